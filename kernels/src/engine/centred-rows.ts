import type { Matrix } from "../matrix.ts";

/**
 * A copy of rows, moved and scaled so that float32 products lose little: (x - mean) * scale.
 *
 * The mean is taken off as scikit-learn does, because |x|² + |y|² - 2 x·y cancels when the data lie far from the origin.
 * The scale is a power of two, so it changes no digit; it only keeps squares of very large or very small values within
 * float32. `data` has `paddedRows` rows, zeros after `rows`.
 */
export type CentredRows = {
  readonly data: Float32Array;
  readonly rows: number;
  readonly paddedRows: number;
  readonly cols: number;
  /** float64 [cols], in the units of the input. */
  readonly mean: Float64Array;
  readonly scale: number;
};

/** `order[i]` is the input row that becomes row i; without it the rows stay in place. */
export function centreRows(x: Matrix, paddedRows: number, order?: Int32Array): CentredRows {
  const { data: source, cols } = x;
  const rows = order?.length ?? x.rows;
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    const from = (order?.[i] ?? i) * cols;
    for (let c = 0; c < cols; c++) mean[c]! += source[from + c]!;
  }
  for (let c = 0; c < cols; c++) mean[c]! /= rows;

  let largest = 0;
  for (let i = 0; i < rows; i++) {
    const from = (order?.[i] ?? i) * cols;
    for (let c = 0; c < cols; c++) {
      const size = Math.abs(source[from + c]! - mean[c]!);
      if (size > largest) largest = size;
    }
  }
  const scale = largest === 0 ? 1 : 2 ** -Math.ceil(Math.log2(largest));

  const data = new Float32Array(paddedRows * cols);
  for (let i = 0; i < rows; i++) {
    const from = (order?.[i] ?? i) * cols;
    const to = i * cols;
    for (let c = 0; c < cols; c++) data[to + c] = (source[from + c]! - mean[c]!) * scale;
  }
  return { data, rows, paddedRows, cols, mean, scale };
}

/** Squared length of each row, summed in float64. */
export function squaredNorms(data: Float32Array | Float64Array, cols: number): Float64Array {
  const norms = new Float64Array(data.length / cols);
  for (let i = 0; i < norms.length; i++) {
    let sum = 0;
    for (let p = i * cols; p < (i + 1) * cols; p++) sum += data[p]! * data[p]!;
    norms[i] = sum;
  }
  return norms;
}

/** Squared euclidean distance in float64 of two stretches of `length` values. */
export function squaredDistance(
  a: ArrayLike<number>,
  aAt: number,
  b: ArrayLike<number>,
  bAt: number,
  length: number,
): number {
  let sum = 0;
  for (let c = 0; c < length; c++) {
    const difference = a[aAt + c]! - b[bAt + c]!;
    sum += difference * difference;
  }
  return sum;
}
