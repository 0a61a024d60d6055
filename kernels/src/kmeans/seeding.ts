import { type CentredRows, squaredNorms } from "../engine/centred-rows.ts";
import type { DistanceEngine } from "../engine/distance-engine.ts";
import { blockRowsFor, blockStarts } from "../engine/row-blocks.ts";
import type { Random } from "../random.ts";
import type { Checkpoint } from "./nearest-centres.ts";

/**
 * Greedy k-means++ (Arthur and Vassilvitskii 2007, with the local trials of scikit-learn's _kmeans_plusplus): each next
 * centre is the best of 2 + floor(ln k) rows drawn with probability proportional to their squared distance to the
 * centres so far. Distances are float32 products, their sums float64.
 *
 * @returns rows chosen, int32 [k]
 */
export async function plusPlusRows(
  engine: DistanceEngine,
  x: CentredRows,
  k: number,
  random: Random,
  blockRows: number | undefined,
  checkpoint: Checkpoint,
): Promise<Int32Array> {
  const { rows, cols, paddedRows } = x;
  const trials = 2 + Math.floor(Math.log(k));
  const norms = squaredNorms(x.data, cols);
  const chosen = new Int32Array(k);
  const closest = new Float64Array(rows).fill(Infinity);
  const partial = new Float32Array(paddedRows * trials);
  const step = Math.min(paddedRows, blockRowsFor(trials, blockRows));
  const starts = blockStarts(paddedRows, step);

  const measure = async (candidates: Int32Array, done: number): Promise<void> => {
    const targets = gather(x, norms, candidates);
    for (const start of starts) {
      checkpoint((done + start / paddedRows) / k);
      const block = { data: x.data.subarray(start * cols, (start + step) * cols), rows: step };
      await engine.partial(block, targets, partial.subarray(start * trials, (start + step) * trials));
    }
  };
  /** Distance of row i to the nearest of the chosen rows and candidate t. */
  const closer = (i: number, t: number): number =>
    Math.min(closest[i]!, Math.max(0, partial[i * trials + t]! + norms[i]!));

  let candidates = new Int32Array(trials).fill(random.below(rows));
  for (let c = 0; c < k; c++) {
    await measure(candidates, c);
    const potentials = new Float64Array(trials);
    for (let i = 0; i < rows; i++) for (let t = 0; t < trials; t++) potentials[t]! += closer(i, t);
    const best = potentials.indexOf(potentials.reduce((a, b) => Math.min(a, b)));
    chosen[c] = candidates[best]!;
    for (let i = 0; i < rows; i++) closest[i] = closer(i, best);
    closest[chosen[c]!] = 0;
    candidates = drawProportional(closest, trials, random);
  }
  return chosen;
}

/** `count` rows drawn with probability proportional to `weights`; row 0 if all weights are 0. */
function drawProportional(weights: Float64Array, count: number, random: Random): Int32Array<ArrayBuffer> {
  const cumulative = new Float64Array(weights.length);
  let total = 0;
  for (let i = 0; i < weights.length; i++) cumulative[i] = total += weights[i]!;
  return Int32Array.from({ length: count }, () => firstAtLeast(cumulative, random.uniform() * total));
}

/** numpy's searchsorted, side "left", kept within the array. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function gather(
  x: CentredRows,
  norms: Float64Array,
  rows: Int32Array,
): { data: Float32Array; rows: number; norms: Float32Array } {
  const data = new Float32Array(rows.length * x.cols);
  for (const [t, row] of rows.entries()) {
    data.set(x.data.subarray(row * x.cols, (row + 1) * x.cols), t * x.cols);
  }
  return { data, rows: rows.length, norms: Float32Array.from(rows, (row) => norms[row]!) };
}
