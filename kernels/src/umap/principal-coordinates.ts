import { centreRows } from "../engine/centred-rows.ts";
import type { Matrix } from "../matrix.ts";
import { largestEigenpairs } from "./lanczos.ts";

/**
 * Rows along the directions of largest variance, float64 [rows, dims], for a layout to start from: found by Lanczos on the
 * covariance without ever making it. Dimensions beyond the rows or columns are 0.
 */
export function principalCoordinates(x: Matrix, dims: number, checkpoint: () => void): Float64Array {
  const { data, rows, cols } = centreRows(x, x.rows);
  const apply = (direction: Float32Array, out: Float64Array): void => {
    out.fill(0);
    for (let i = 0; i < rows; i++) {
      const from = i * cols;
      let along = 0;
      for (let c = 0; c < cols; c++) along += data[from + c]! * direction[c]!;
      for (let c = 0; c < cols; c++) out[c]! += data[from + c]! * along;
    }
    for (let c = 0; c < cols; c++) out[c]! /= rows;
  };
  const { vectors } = largestEigenpairs(
    { size: cols, apply },
    { count: dims, basis: Math.max(2 * dims + 8, 24), tolerance: 1e-5, products: 200, checkpoint },
  );
  const coordinates = new Float64Array(rows * dims);
  for (const [d, direction] of vectors.entries()) {
    for (let i = 0; i < rows; i++) {
      let along = 0;
      for (let c = 0; c < cols; c++) along += data[i * cols + c]! * direction[c]!;
      coordinates[i * dims + d] = along;
    }
  }
  return coordinates;
}
