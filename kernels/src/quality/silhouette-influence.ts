import { type CentredRows, squaredDistance, squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { TILE } from "./distance-sums.ts";
import type { SilhouetteParts } from "./silhouette-parts.ts";

/** How much a change of a and of b changes a row's silhouette (b - a) / max(a, b). */
export function slopes({ a, b, nearest }: SilhouetteParts): { ofA: Float64Array; ofB: Float64Array } {
  const ofA = new Float64Array(a.length);
  const ofB = new Float64Array(a.length);
  for (let j = 0; j < a.length; j++) {
    if (nearest[j]! < 0 || Math.max(a[j]!, b[j]!) === 0) continue;
    ofA[j] = a[j]! < b[j]! ? -1 / b[j]! : -b[j]! / a[j]! ** 2;
    ofB[j] = a[j]! < b[j]! ? a[j]! / b[j]! ** 2 : 1 / a[j]!;
  }
  return { ofA, ofB };
}

/**
 * The variance of the mean silhouette of a sample that is measured against itself, by the infinitesimal jackknife (Efron
 * 1982): a row counts by its own silhouette and by what its place adds to the mean distances of others. Without the second
 * part an interval of 95 % held the truth in 40 of 60 samples. It is estimated from the rows `some`.
 *
 * @param weighted for each of the rows `some`: the sum over the rows j of its cluster of slope of a_j times distance, over
 *   (size - 1), and over the rows j whose nearest cluster is its own of slope of b_j times distance, over size
 */
export function sampleVariance(
  parts: SilhouetteParts,
  bounds: Int32Array,
  some: Int32Array,
  weighted: Float64Array,
): number {
  const { a, b, nearest, values } = parts;
  const { ofA, ofB } = slopes(parts);
  const clusters = bounds.length - 1;
  /** What a row at the mean distance would add: taken off, as only deviations count. */
  const expected = new Float64Array(clusters);
  for (let c = 0; c < clusters; c++) {
    const size = bounds[c + 1]! - bounds[c]!;
    for (let j = bounds[c]!; j < bounds[c + 1]!; j++) {
      if (nearest[j]! < 0) continue;
      expected[c]! += (ofA[j]! * a[j]!) / (size - 1);
      expected[nearest[j]!]! += (ofB[j]! * b[j]!) / (bounds[nearest[j]! + 1]! - bounds[nearest[j]!]!);
    }
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let own = 0;
  let squares = 0;
  for (const [at, i] of some.entries()) {
    while (i >= bounds[own + 1]!) own++;
    squares += (values[i]! - mean + weighted[at]! - expected[own]!) ** 2;
  }
  return squares / some.length / values.length;
}

/** The `weighted` above for euclidean distances, by tiles of products; `some` has at most TILE rows. */
export async function weightedDistances(
  engine: DistanceEngine,
  x: CentredRows,
  parts: SilhouetteParts,
  bounds: Int32Array,
  some: Int32Array,
): Promise<Float64Array> {
  const { data, rows, cols } = x;
  const { ofA, ofB } = slopes(parts);
  const picked = new Float32Array(TILE * cols);
  for (const [at, i] of some.entries()) picked.set(data.subarray(i * cols, (i + 1) * cols), at * cols);
  const norms = squaredNorms(data, cols);
  const norms32 = Float32Array.from(norms);
  const tile = new Float32Array(TILE * TILE);
  const clusterOf = new Int32Array(rows);
  for (let c = 0; c + 1 < bounds.length; c++) clusterOf.fill(c, bounds[c], bounds[c + 1]);
  const out = new Float64Array(some.length);
  for (let left = 0; left < rows; left += TILE) {
    const block = { data: data.subarray(left * cols, (left + TILE) * cols), rows: TILE, norms: norms32.subarray(left, left + TILE) }; // prettier-ignore
    await engine.partial({ data: picked, rows: TILE }, block, tile);
    for (const [at, i] of some.entries()) {
      const own = clusterOf[i]!;
      const size = bounds[own + 1]! - bounds[own]!;
      let sum = 0;
      for (let j = left; j < Math.min(rows, left + TILE); j++) {
        const weight =
          clusterOf[j] === own
            ? ofA[j]! / Math.max(1, size - 1)
            : parts.nearest[j] === own
              ? ofB[j]! / size
              : 0;
        if (weight === 0 || i === j) continue;
        let squared = tile[at * TILE + j - left]! + norms[i]!;
        if (squared < 1e-3 * (norms[i]! + norms[j]!)) {
          squared = squaredDistance(data, i * cols, data, j * cols, cols);
        }
        sum += weight * Math.sqrt(squared);
      }
      out[at]! += sum;
    }
  }
  return out;
}

/** The same for 1 - cos of rows of length 1, which add up in sums of the directions by cluster: rows times columns. */
export function weightedCosines(
  unit: { readonly data: Float32Array; readonly cols: number },
  parts: SilhouetteParts,
  bounds: Int32Array,
  some: Int32Array,
): Float64Array {
  const { data, cols } = unit;
  const { ofA, ofB } = slopes(parts);
  const clusters = bounds.length - 1;
  const weights = new Float64Array(clusters);
  const sums = new Float64Array(clusters * cols);
  const add = (cluster: number, row: number, weight: number): void => {
    weights[cluster]! += weight;
    for (let c = 0; c < cols; c++) sums[cluster * cols + c]! += weight * data[row * cols + c]!;
  };
  for (let own = 0; own < clusters; own++) {
    const size = bounds[own + 1]! - bounds[own]!;
    for (let j = bounds[own]!; j < bounds[own + 1]!; j++) {
      const other = parts.nearest[j]!;
      if (other < 0) continue;
      add(own, j, ofA[j]! / (size - 1));
      add(other, j, ofB[j]! / (bounds[other + 1]! - bounds[other]!));
    }
  }
  let own = 0;
  return Float64Array.from(some, (i) => {
    while (i >= bounds[own + 1]!) own++;
    let along = 0;
    for (let c = 0; c < cols; c++) along += data[i * cols + c]! * sums[own * cols + c]!;
    return weights[own]! - along;
  });
}
