/**
 * The lower factor L of a symmetric positive definite matrix, A = L Lᵀ, row by row.
 *
 * @param matrix float64 [n, n]; its upper half is not read
 * @returns float64 [n, n] with zeros above the diagonal, or undefined if the matrix is not positive definite
 */
export function cholesky(matrix: Float64Array, n: number): Float64Array | undefined {
  const lower = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= lower[i * n + k]! * lower[j * n + k]!;
      if (i !== j) lower[i * n + j] = sum / lower[j * n + j]!;
      else if (sum > 0) lower[i * n + i] = Math.sqrt(sum);
      else return undefined;
    }
  }
  return lower;
}

/** The inverse of a lower triangular matrix, itself lower triangular; float64 [n, n]. */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  // Row by row: row i of the inverse is what row i of the factor leaves of the rows above, all of them contiguous.
  for (let i = 0; i < n; i++) {
    const row = i * n;
    for (let k = 0; k < i; k++) {
      const factor = lower[row + k]!;
      if (factor === 0) continue;
      for (let j = 0, from = k * n; j <= k; j++) inverse[row + j]! -= factor * inverse[from + j]!;
    }
    const pivot = lower[row + i]!;
    for (let j = 0; j < i; j++) inverse[row + j]! /= pivot;
    inverse[row + i] = 1 / pivot;
  }
  return inverse;
}

/** The inverse of a symmetric positive definite matrix, or undefined if it is none; float64 [n, n]. */
export function invertPositive(matrix: Float64Array, n: number): Float64Array | undefined {
  const lower = cholesky(matrix, n);
  if (lower === undefined) return undefined;
  const half = invertLower(lower, n);
  const inverse = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < n; k++) sum += half[k * n + i]! * half[k * n + j]!;
      inverse[i * n + j] = inverse[j * n + i] = sum;
    }
  }
  return inverse;
}
