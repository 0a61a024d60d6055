import { tridiagonalVectors } from "./tridiagonal-vectors.ts";

/**
 * The largest eigenvalues of a symmetric matrix, descending, and their eigenvectors, in float64: Householder's reduction
 * to three diagonals (Golub and Van Loan 8.3.1), implicit QL for the values, and vectors by inverse iteration if few are
 * wanted, else along with the values. n³ multiply-adds, and as many again for all vectors.
 *
 * @param matrix float64 [n, n], overwritten
 * @param count how many, from 1 to n
 * @returns values [count] and vectors [count, n], a vector a row, of length 1 and of either sign
 */
export function largestEigenpairs(
  matrix: Float64Array,
  n: number,
  count: number,
): { values: Float64Array; vectors: Float64Array } {
  const { diagonal, beside, scales } = tridiagonalize(matrix, n);
  const { values, vectors } =
    (count <= n / 4 ? fewPairs(diagonal, beside, count) : undefined) ?? allPairs(diagonal, beside, count);
  for (let r = 0; r < count; r++) reflectBack(vectors.subarray(r * n, (r + 1) * n), matrix, scales, n);
  return { values, vectors };
}

type Pairs = { values: Float64Array; vectors: Float64Array };

function fewPairs(diagonal: Float64Array, beside: Float64Array, count: number): Pairs | undefined {
  const all = diagonal.slice();
  diagonalize(all, beside.slice(), undefined);
  const values = all.sort().reverse().slice(0, count);
  const vectors = tridiagonalVectors(diagonal, beside, values);
  return vectors && { values, vectors };
}

function allPairs(diagonal: Float64Array, beside: Float64Array, count: number): Pairs {
  const n = diagonal.length;
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) rows[i * n + i] = 1;
  diagonalize(diagonal, beside, rows);
  const order = Int32Array.from(diagonal.keys()).sort((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const values = new Float64Array(count);
  const vectors = new Float64Array(count * n);
  for (let r = 0; r < count; r++) {
    values[r] = diagonal[order[r]!]!;
    vectors.set(rows.subarray(order[r]! * n, (order[r]! + 1) * n), r * n);
  }
  return { values, vectors };
}

/** Leaves Householder's vectors in the rows above the diagonal; `scales` are their factors 2 / |v|². */
function tridiagonalize(
  a: Float64Array,
  n: number,
): { diagonal: Float64Array; beside: Float64Array; scales: Float64Array } {
  const diagonal = new Float64Array(n);
  const beside = new Float64Array(n);
  const scales = new Float64Array(n);
  const w = new Float64Array(n);
  for (let k = 0; k < n - 1; k++) {
    const row = k * n;
    diagonal[k] = a[row + k]!;
    let rest = 0;
    for (let j = k + 2; j < n; j++) rest += a[row + j]! ** 2;
    const first = a[row + k + 1]!;
    if (rest === 0) {
      beside[k] = first;
      continue;
    }
    const length = Math.sqrt(first * first + rest);
    beside[k] = first > 0 ? -length : length;
    a[row + k + 1] = first - beside[k]!;
    const scale = 2 / (a[row + k + 1]! ** 2 + rest);
    scales[k] = scale;
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      w[i] = scale * dot(a, i * n + k + 1, row + k + 1, n - k - 1);
      along += w[i]! * a[row + i]!;
    }
    along *= scale / 2;
    for (let i = k + 1; i < n; i++) w[i]! -= along * a[row + i]!;
    for (let i = k + 1; i < n; i++) {
      const v = a[row + i]!;
      const wi = w[i]!;
      for (let j = k + 1, at = i * n; j < n; j++) a[at + j]! -= v * w[j]! + wi * a[row + j]!;
    }
  }
  diagonal[n - 1] = a[n * n - 1]!;
  return { diagonal, beside, scales };
}

function dot(a: Float64Array, p: number, q: number, length: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < length; i += 4) {
    s0 += a[p + i]! * a[q + i]!;
    s1 += a[p + i + 1]! * a[q + i + 1]!;
    s2 += a[p + i + 2]! * a[q + i + 2]!;
    s3 += a[p + i + 3]! * a[q + i + 3]!;
  }
  for (; i < length; i++) s0 += a[p + i]! * a[q + i]!;
  return s0 + s1 + (s2 + s3);
}

/**
 * Implicit QL (EISPACK's tql2): `d` becomes the eigenvalues; row i of `rows`, the identity before, the eigenvector of d[i].
 * `e` is overwritten.
 */
function diagonalize(d: Float64Array, e: Float64Array, rows: Float64Array | undefined): void {
  const n = d.length;
  for (let l = 0; l < n; l++) {
    for (;;) {
      let m = l;
      while (m < n - 1 && Math.abs(e[m]!) > 2 ** -52 * (Math.abs(d[m]!) + Math.abs(d[m + 1]!))) m++;
      if (m === l) break;
      let g = (d[l + 1]! - d[l]!) / (2 * e[l]!);
      let r = Math.hypot(g, 1);
      g = d[m]! - d[l]! + e[l]! / (g + (g >= 0 ? r : -r));
      let s = 1;
      let c = 1;
      let p = 0;
      let i = m - 1;
      for (; i >= l; i--) {
        const f = s * e[i]!;
        const b = c * e[i]!;
        r = Math.hypot(f, g);
        e[i + 1] = r;
        if (r === 0) {
          d[i + 1]! -= p;
          e[m] = 0;
          break;
        }
        s = f / r;
        c = g / r;
        g = d[i + 1]! - p;
        r = (d[i]! - g) * s + 2 * c * b;
        p = s * r;
        d[i + 1] = g + p;
        g = c * r - b;
        if (rows !== undefined) rotate(rows, i * n, (i + 1) * n, n, c, s);
      }
      if (r === 0 && i >= l) continue;
      d[l]! -= p;
      e[l] = g;
      e[m] = 0;
    }
  }
}

function rotate(rows: Float64Array, p: number, q: number, n: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const f = rows[q + k]!;
    const g = rows[p + k]!;
    rows[q + k] = s * g + c * f;
    rows[p + k] = c * g - s * f;
  }
}

/** From the basis of the three diagonals to that of the matrix, in place. */
function reflectBack(vector: Float64Array, a: Float64Array, scales: Float64Array, n: number): void {
  for (let k = n - 3; k >= 0; k--) {
    if (scales[k] === 0) continue;
    let along = 0;
    for (let j = k + 1, at = k * n; j < n; j++) along += a[at + j]! * vector[j]!;
    along *= scales[k]!;
    for (let j = k + 1, at = k * n; j < n; j++) vector[j]! -= along * a[at + j]!;
  }
}
