import { type CentredRows, squaredNorms } from "../engine/centred-rows.ts";
import { KernelError } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";

/**
 * As centreRows, of rows divided by their lengths. Everything is rounded to float32 once, at the end: rows that were
 * rounded before the mean is taken off would have lost the digits in which nearly parallel rows differ.
 *
 * @returns also 1 / length of each row, float64 [rows]
 * @throws KernelError `zero_vector`
 */
export function centredDirections(x: Matrix, paddedRows: number): CentredRows & { inverse: Float64Array } {
  const { data: source, rows, cols } = x;
  const inverse = squaredNorms(source, cols).map((squared, i) => {
    if (squared > 0) return 1 / Math.sqrt(squared);
    throw new KernelError(
      "zero_vector",
      `Row ${i} is all zeros and has no direction; remove it or give it a value.`,
    );
  });
  const mean = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) mean[c]! += source[i * cols + c]! * inverse[i]!;
  }
  for (let c = 0; c < cols; c++) mean[c]! /= rows;
  let largest = 0;
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      const size = Math.abs(source[i * cols + c]! * inverse[i]! - mean[c]!);
      if (size > largest) largest = size;
    }
  }
  // Differences of equal directions are roundings; scaled up they would only be noise.
  const scale = largest < 2 ** -48 ? 1 : 2 ** -Math.ceil(Math.log2(largest));
  const data = new Float32Array(paddedRows * cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      data[i * cols + c] = (source[i * cols + c]! * inverse[i]! - mean[c]!) * scale;
    }
  }
  return { data, rows, paddedRows, cols, mean, scale, inverse };
}
