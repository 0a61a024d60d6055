import { type DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor, blockStarts, MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import type { Matrix } from "../matrix.ts";
import { emptyParts, type SilhouetteParts, writePart } from "./silhouette-parts.ts";

/**
 * The silhouette of each row under cosine distance, exactly, in rows times clusters: the mean of 1 - cos over the rows of
 * a cluster is 1 less the product with the mean of their directions. The nearest other cluster is found by float32
 * products; the two distances that count are computed in float64.
 *
 * @param unit rows of length 1 [rows, cols], ordered by cluster
 * @param bounds first row of each cluster and the number of rows, int32 [clusters + 1]
 */
export async function cosineSilhouettes(
  engine: DistanceEngine,
  unit: Matrix,
  bounds: Int32Array,
  checkpoint: (fraction: number) => void,
): Promise<SilhouetteParts> {
  const { rows, cols } = unit;
  const clusters = bounds.length - 1;
  const sums = directionSums(unit, bounds);
  const means = new Float32Array(clusters * cols);
  for (let c = 0; c < clusters; c++) {
    const size = bounds[c + 1]! - bounds[c]!;
    for (let p = c * cols; p < (c + 1) * cols; p++) means[p] = sums[p]! / size;
  }
  const targets = { data: means, rows: clusters, norms: new Float32Array(clusters) };
  const paddedRows = Math.max(rows, MIN_BLOCK_ROWS);
  const data = paddedRows === rows ? unit.data : new Float32Array(paddedRows * cols);
  if (paddedRows > rows) data.set(unit.data);
  const step = Math.min(paddedRows, blockRowsFor(clusters, cols));
  const products = new Float32Array(step * clusters);
  const parts = emptyParts(rows);
  for (const start of blockStarts(paddedRows, step)) {
    checkpoint(start / paddedRows);
    const block = { data: data.subarray(start * cols, (start + step) * cols), rows: step };
    await engine.partial(block, targets, products);
    let own = 0;
    for (let row = start; row < Math.min(rows, start + step); row++) {
      while (row >= bounds[own + 1]!) own++;
      const size = bounds[own + 1]! - bounds[own]!;
      if (size === 1) continue;
      const at = (row - start) * clusters;
      let nearest = -1;
      for (let c = 0; c < clusters; c++) {
        // -2 product: the least is the nearest.
        if (c !== own && (nearest < 0 || products[at + c]! < products[at + nearest]!)) nearest = c;
      }
      const a = meanDistance(data, row, sums, own, size, size - 1, cols);
      const other = bounds[nearest + 1]! - bounds[nearest]!;
      const b = meanDistance(data, row, sums, nearest, other, other, cols);
      writePart(parts, row, a, b, nearest);
    }
  }
  return parts;
}

/** float64 [clusters, cols] */
function directionSums({ data, cols }: Matrix, bounds: Int32Array): Float64Array {
  const clusters = bounds.length - 1;
  const sums = new Float64Array(clusters * cols);
  for (let c = 0; c < clusters; c++) {
    for (let row = bounds[c]!; row < bounds[c + 1]!; row++) {
      for (let p = 0; p < cols; p++) sums[c * cols + p]! += data[row * cols + p]!;
    }
  }
  return sums;
}

/** Directions are of length 1 to float32: the mean distance of equal ones is up to this instead of 0. */
const ROUNDING = 2 ** -23;

/** The sum of 1 - cos over `size` rows, by `count`. */
function meanDistance(
  data: Float32Array,
  row: number,
  sums: Float64Array,
  cluster: number,
  size: number,
  count: number,
  cols: number,
): number {
  let along = 0;
  for (let c = 0, p = row * cols, q = cluster * cols; c < cols; c++) along += data[p + c]! * sums[q + c]!;
  const distance = (size - along) / count;
  return distance < ROUNDING ? 0 : distance;
}
