import type { Matrix } from "#kernels/index.ts";

/** Rows without NaN or an infinity. */
export function finiteRows({ data, rows, cols }: Matrix): Int32Array {
  const kept: number[] = [];
  for (let row = 0; row < rows; row++) {
    let zero = 0;
    for (let p = row * cols; p < (row + 1) * cols; p++) zero += data[p]! * 0;
    if (zero === 0) kept.push(row);
  }
  return Int32Array.from(kept);
}
