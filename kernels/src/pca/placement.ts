import { checkMatrix, checkShape, type Matrix } from "../matrix.ts";
import type { Rows } from "./graphs.ts";

/** Where rows are for their products: at (x - mean) scale, or as they were given. */
export type Placement = {
  /** float64 [cols] */
  readonly mean: Float64Array;
  /** A power of two that brings rows to ordinary size; 1 for all but very large or very small values. */
  readonly scale: number;
  readonly rows: Rows;
};

/**
 * Rows farther from the origin than this many times their spread are moved before they are multiplied; of the others the
 * mean is taken off the products, which loses few digits and saves a pass over the rows.
 */
const FAR = 4;

/** Exponent of the largest scale: the products take it as a float32, which ends at 2 ** 128. */
const MOST_SCALE = 120;

/** @param offset squared length of the mean  @param variance sum of the variances of the columns */
export function placementOf(mean: Float64Array, offset: number, variance: number): Placement {
  const size = Math.sqrt(Math.max(offset, variance) / mean.length);
  const ordinary = size === 0 || (size > 2 ** -40 && size < 2 ** 40);
  const scale = ordinary ? 1 : 2 ** -Math.max(-MOST_SCALE, Math.min(MOST_SCALE, Math.round(Math.log2(size))));
  return { mean, scale, rows: ordinary && offset <= FAR * variance ? "given" : "moved" };
}

/**
 * By the means of the columns, in one pass, four rows at a time.
 *
 * @param step 1 for all rows, 2 for every second, …; of all rows it throws what checkMatrix() throws
 */
export function placeRows(x: Matrix, step = 1): Placement {
  checkShape(x, "x");
  const { data, rows, cols } = x;
  const sums = new Float64Array(cols);
  let total = 0;
  let count = 0;
  let i = 0;
  for (; i + 3 * step < rows; i += 4 * step) {
    const p = i * cols;
    const q = p + step * cols;
    const r = q + step * cols;
    const s = r + step * cols;
    for (let c = 0; c < cols; c++) {
      const a = data[p + c]!;
      const b = data[q + c]!;
      const d = data[r + c]!;
      const e = data[s + c]!;
      sums[c]! += a + b + (d + e);
      total += a * a + b * b + (d * d + e * e);
    }
    count += 4;
  }
  for (; i < rows; i += step) {
    for (let c = 0; c < cols; c++) {
      const a = data[i * cols + c]!;
      sums[c]! += a;
      total += a * a;
    }
    count++;
  }
  // A NaN or an infinity is one here: squares of float32 stay within float64.
  if (!Number.isFinite(total)) checkMatrix(x, "x");
  const mean = sums.map((sum) => sum / count);
  const offset = squaredLength(mean);
  return placementOf(mean, offset, Math.max(0, total / count - offset));
}

export function squaredLength(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
