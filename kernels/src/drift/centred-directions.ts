import type { Matrix } from "../matrix.ts";

/** Rows less their mean, and the mean, float64 [cols]. Moved first, differences of means keep their digits in float32. */
export function centredDirections({ data, rows, cols }: Matrix): { y: Matrix; mean: Float64Array } {
  const mean = new Float64Array(cols);
  for (let p = 0, row = 0; row < rows; row++) for (let c = 0; c < cols; c++) mean[c]! += data[p++]!;
  for (let c = 0; c < cols; c++) mean[c]! /= rows;
  const centred = new Float32Array(data.length);
  for (let p = 0, row = 0; row < rows; row++) {
    for (let c = 0; c < cols; c++, p++) centred[p] = data[p]! - mean[c]!;
  }
  return { y: { data: centred, rows, cols }, mean };
}
