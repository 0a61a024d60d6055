import type { Matrix } from "./matrix.ts";

/** A matrix of some rows of another, in the order given. */
export function takeRows(x: Matrix, rows: ArrayLike<number>): Matrix {
  const { cols } = x;
  const data = new Float32Array(rows.length * cols);
  for (let i = 0; i < rows.length; i++) {
    data.set(x.data.subarray(rows[i]! * cols, (rows[i]! + 1) * cols), i * cols);
  }
  return { data, rows: rows.length, cols };
}
