import { completeBasis } from "../linear/complete-basis.ts";
import { largestEigenpairs } from "../linear/symmetric-eigen.ts";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import type { CentredBlocks, Checkpoint } from "./centred-blocks.ts";
import type { Placement } from "./placement.ts";

export type PrincipalAxes = {
  /** Orthonormal, float64 [count, cols] */
  readonly axes: Float64Array;
  /** Sum of the squared coordinates along each axis, descending, float64 [count] */
  readonly squares: Float64Array;
  /** The same along all axes there are. */
  readonly total: number;
};

/** From the scatter of the columns, [cols, cols], which is overwritten: for rows that are many. */
export function axesOfScatter(scatter: Float64Array, cols: number, count: number): PrincipalAxes {
  const total = trace(scatter, cols);
  const { values, vectors } = largestEigenpairs(scatter, cols, count);
  return { axes: vectors, squares: values.map((value) => Math.max(0, value)), total };
}

/** The scatter of rows that are few, in float64, which keeps the digits of the smallest variances. */
export function exactScatter({ data, rows, cols }: Matrix, { mean, scale }: Placement): Float64Array {
  const sums = new Float64Array(cols * cols);
  const y = new Float64Array(cols);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < cols; c++) y[c] = (data[i * cols + c]! - mean[c]!) * scale;
    for (let r = 0; r < cols; r++) {
      const value = y[r]!;
      for (let c = 0, at = r * cols; c <= r; c++) sums[at + c]! += value * y[c]!;
    }
  }
  for (let r = 0; r < cols; r++) for (let c = 0; c < r; c++) sums[c * cols + r] = sums[r * cols + c]!;
  return sums;
}

/**
 * From the products of the rows, [rows, rows]: for rows that are fewer than columns. Rows are multiplied in float64, which
 * takes longer than the products would but keeps the digits of the small axes; there are at most 2,000 of them.
 */
export function axesOfRows(
  y: Float64Array,
  rows: number,
  cols: number,
  count: number,
  checkpoint: Checkpoint,
): PrincipalAxes {
  const products = new Float64Array(rows * rows);
  for (let i = 0; i < rows; i++) {
    if (i % 64 === 0) checkpoint((i / rows) ** 2);
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let c = 0, p = i * cols, q = j * cols; c < cols; c++) sum += y[p + c]! * y[q + c]!;
      products[i * rows + j] = products[j * rows + i] = sum;
    }
  }
  const total = trace(products, rows);
  const { values, vectors } = largestEigenpairs(products, rows, count);
  const axes = new Float64Array(count * cols);
  for (let r = 0; r < count; r++) {
    // Below, the direction is that of roundings: completeBasis finds another.
    if (values[r]! <= 1e-14 * total) continue;
    for (let i = 0; i < rows; i++) {
      const weight = vectors[r * rows + i]!;
      for (let c = 0; c < cols; c++) axes[r * cols + c]! += weight * y[i * cols + c]!;
    }
  }
  completeBasis(axes, count, cols);
  return { axes, squares: values.map((value) => Math.max(0, value)), total };
}

const OVERSAMPLED = 10;
const POWERS = 7;

/**
 * By subspace iteration from random directions (Halko, Martinsson and Tropp 2011; scikit-learn's randomized solver has the
 * same 10 directions more than wanted and 7 powers). `total` is NaN: it takes a pass of its own.
 */
export async function axesByRandomSubspace(
  blocks: CentredBlocks,
  count: number,
  seed: number,
  checkpoint: Checkpoint,
): Promise<PrincipalAxes> {
  const { cols, rows } = blocks.x;
  const size = Math.min(count + OVERSAMPLED, rows, cols);
  const random = Random.seeded(seed);
  let axes = Float64Array.from({ length: size * cols }, () => random.uniform() - 0.5);
  completeBasis(axes, size, cols);
  for (let power = 0; power < POWERS; power++) {
    axes = (await blocks.image(axes, size, (f) =>
      checkpoint((power + f) / (POWERS + 1)),
    )) as Float64Array<ArrayBuffer>;
    completeBasis(axes, size, cols);
  }
  const image = await blocks.image(axes, size, (f) => checkpoint((POWERS + f) / (POWERS + 1)));
  const inside = new Float64Array(size * size);
  for (let a = 0; a < size; a++) {
    for (let b = 0; b < size; b++) {
      let sum = 0;
      for (let c = 0; c < cols; c++) {
        sum += axes[a * cols + c]! * image[b * cols + c]! + axes[b * cols + c]! * image[a * cols + c]!;
      }
      inside[a * size + b] = sum / 2;
    }
  }
  const { values, vectors } = largestEigenpairs(inside, size, count);
  const turned = new Float64Array(count * cols);
  for (let r = 0; r < count; r++) {
    for (let a = 0; a < size; a++) {
      const weight = vectors[r * size + a]!;
      for (let c = 0; c < cols; c++) turned[r * cols + c]! += weight * axes[a * cols + c]!;
    }
  }
  return { axes: turned, squares: values.map((value) => Math.max(0, value)), total: NaN };
}

function trace(matrix: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += matrix[i * n + i]!;
  return sum;
}
