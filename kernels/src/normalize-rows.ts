import { KernelError } from "./kernel-error.ts";
import { checkMatrix, checkShape, type Matrix } from "./matrix.ts";

/**
 * Each row divided by its euclidean length, as a new matrix of the same shape. Lengths are summed in float64. On rows of
 * length 1, squared euclidean distance is twice the cosine distance, so k-means on them groups by direction.
 *
 * @throws KernelError `not_finite`, `shape_mismatch`, `too_few_points` (no row), `zero_vector` naming the first row of zeros
 */
export function normalizeRows(x: Matrix): Matrix {
  checkShape(x, "x");
  const copy = { ...x, data: x.data.slice() };
  normalizeRowsInPlace(copy);
  return copy;
}

/**
 * The same where the rows lie, for data too large to have twice. After an error some rows may be divided and some not.
 *
 * @param columns the stretch of each row that is divided by its own length, `to` not included; the rest stays
 * @throws RangeError for columns that the rows have not
 */
export function normalizeRowsInPlace(
  x: Matrix,
  columns: { readonly from: number; readonly to: number } = { from: 0, to: x.cols },
): void {
  checkMatrix(x, "x");
  const { data, rows, cols } = x;
  const { from, to } = columns;
  if (!(from >= 0 && from < to && to <= cols)) {
    throw new RangeError(`columns are ${from} to ${to}, and x has ${cols}.`);
  }
  for (let i = 0; i < rows; i++) {
    let squared = 0;
    for (let p = i * cols + from; p < i * cols + to; p++) squared += data[p]! ** 2;
    if (squared === 0) {
      throw new KernelError(
        "zero_vector",
        `Row ${i} is all zeros and has no direction; remove it or give it a value.`,
      );
    }
    const length = Math.sqrt(squared);
    for (let p = i * cols + from; p < i * cols + to; p++) data[p]! /= length;
  }
}
