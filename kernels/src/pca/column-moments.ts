import { checkMatrix, checkShape, type Matrix } from "../matrix.ts";

export type ColumnMoments = {
  /** float64 [cols] */
  readonly mean: Float64Array;
  /** A power of two that brings rows to ordinary size; 1 for all but very large or very small values. */
  readonly scale: number;
};

/** Means of the columns in one pass, four rows at a time. Throws what checkMatrix() throws. */
export function columnMoments(x: Matrix): ColumnMoments {
  checkShape(x, "x");
  const { data, rows, cols } = x;
  const sums = new Float64Array(cols);
  let total = 0;
  let i = 0;
  for (; i + 3 < rows; i += 4) {
    const p = i * cols;
    const q = p + cols;
    const r = q + cols;
    const s = r + cols;
    for (let c = 0; c < cols; c++) {
      const a = data[p + c]!;
      const b = data[q + c]!;
      const d = data[r + c]!;
      const e = data[s + c]!;
      sums[c]! += a + b + (d + e);
      total += a * a + b * b + (d * d + e * e);
    }
  }
  for (; i < rows; i++) {
    for (let c = 0; c < cols; c++) {
      const a = data[i * cols + c]!;
      sums[c]! += a;
      total += a * a;
    }
  }
  // A NaN or an infinity anywhere is one here: squares of float32 stay within float64.
  if (!Number.isFinite(total)) checkMatrix(x, "x");
  const mean = sums.map((sum) => sum / rows);
  const size = Math.sqrt(total / (rows * cols));
  const ordinary = size === 0 || (size > 2 ** -40 && size < 2 ** 40);
  return { mean, scale: ordinary ? 1 : 2 ** -Math.round(Math.log2(size)) };
}
