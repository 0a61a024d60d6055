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

/**
 * Leaves Householder's vectors in the rows above the diagonal; `scales` are their factors 2 / |v|². Only the upper triangle
 * is read and written, two rows at a time: half of the work, and each entry of the vectors is loaded half as often.
 */
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
    multiplyUpper(a, n, k, w);
    let along = 0;
    for (let i = k + 1; i < n; i++) {
      w[i]! *= scale;
      along += w[i]! * a[row + i]!;
    }
    along *= scale / 2;
    for (let i = k + 1; i < n; i++) w[i]! -= along * a[row + i]!;
    reflectUpper(a, n, k, w);
  }
  diagonal[n - 1] = a[n * n - 1]!;
  return { diagonal, beside, scales };
}

/** w = A v, of the rows and columns behind k, with v in row k. */
function multiplyUpper(a: Float64Array, n: number, k: number, w: Float64Array): void {
  const row = k * n;
  w.fill(0, k + 1);
  let i = k + 1;
  for (; i + 1 < n; i += 2) {
    const p = i * n;
    const q = p + n;
    const v0 = a[row + i]!;
    const v1 = a[row + i + 1]!;
    let s0 = a[p + i]! * v0 + a[p + i + 1]! * v1;
    let s1 = a[p + i + 1]! * v0 + a[q + i + 1]! * v1;
    for (let j = i + 2; j < n; j++) {
      const a0 = a[p + j]!;
      const a1 = a[q + j]!;
      const v = a[row + j]!;
      s0 += a0 * v;
      s1 += a1 * v;
      w[j]! += a0 * v0 + a1 * v1;
    }
    w[i]! += s0;
    w[i + 1]! += s1;
  }
  if (i < n) w[i]! += a[i * n + i]! * a[row + i]!;
}

/** A -= v wᵀ + w vᵀ, of the rows and columns behind k, with v in row k. */
function reflectUpper(a: Float64Array, n: number, k: number, w: Float64Array): void {
  const row = k * n;
  let i = k + 1;
  for (; i + 1 < n; i += 2) {
    const p = i * n;
    const q = p + n;
    const v0 = a[row + i]!;
    const v1 = a[row + i + 1]!;
    const w0 = w[i]!;
    const w1 = w[i + 1]!;
    a[p + i]! -= 2 * v0 * w0;
    for (let j = i + 1; j < n; j++) {
      const v = a[row + j]!;
      const wj = w[j]!;
      a[p + j]! -= v0 * wj + w0 * v;
      a[q + j]! -= v1 * wj + w1 * v;
    }
  }
  if (i < n) a[i * n + i]! -= 2 * a[row + i]! * w[i]!;
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
