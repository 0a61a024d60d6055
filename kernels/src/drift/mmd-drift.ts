import { drawRows } from "../draw-rows.ts";
import { GraphRunner } from "../engine/graph-runner.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { takeRows } from "../take-rows.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { eachKernelTile, padToTiles, pairDistances, TILE_ROWS } from "./kernel-tiles.ts";
import { OwnParts } from "./own-parts.ts";
import { PairSums } from "./pair-sums.ts";
import { PermutationTest } from "./permutation-test.ts";
import { PermutedWeights } from "./permuted-weights.ts";
import { type PooledRows, poolRows } from "./pooled-rows.ts";

export type MmdDrift = {
  /** sqrt(max(0, MMD²) / 2), from 0 to 1. */
  value: number;
  /** By permutation of documents, at least 1 / 1024. */
  pValue: number;
  /** σ of exp(-|a - b|² / (2 σ²)): the median distance of the rows of both samples; 0 if all rows are equal. */
  bandwidth: number;
  /** That were drawn, at most 1,023: fewer if p is not small. */
  permutations: number;
};

/** p is below 0.001 if none of them is as far apart. */
const PERMUTATIONS = 1023;

/** Permutations of a pass over all pairs, with what was observed as the first: most need one, the others a second. */
const PASSES = [256, PERMUTATIONS + 1 - 256];

/** All pairs are looked at, and for each pair 1,024 permutations. */
const MOST_ROWS = 20_000;

/** What float32 may lose or make of a sum of weighted kernels; a thousandth of its standard error at 2,000 rows. */
const ROUNDING = 1e-6;

/** Roundings of float32 products of rows of length 1, as a distance. */
const NO_DISTANCE = 1e-3;

/**
 * Maximum mean discrepancy (Gretton et al. 2012) of radial basis functions, unbiased: pairs of rows of one document count
 * neither inside a sample nor between the two. Sees any change of the distribution, not only of its mean, at the price of
 * time with the square of the rows: two samples of 2,000 are 16 million pairs.
 *
 * @param baseline vectors [m, d]  @param current vectors [n, d]; up to 20,000 different rows in all
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function mmdDrift(
  baseline: DriftSample,
  current: DriftSample,
  options: DriftOptions = {},
): Promise<MmdDrift> {
  const { seed = 0, threads, signal } = options;
  throwIfCanceled(signal);
  const pooled = poolRows(baseline, current);
  if (pooled.x.rows > MOST_ROWS) {
    throw new KernelError(
      "bad_parameter",
      `The samples have ${pooled.x.rows} different rows; mmd takes up to ${MOST_ROWS}. Draw smaller samples.`,
    );
  }
  return GraphRunner.use(threads, async (runner) => {
    const bandwidth = await medianDistance(runner, pooled, seed);
    if (bandwidth === 0) return { value: 0, pValue: 1, bandwidth, permutations: 0 };
    const gamma = 1 / (2 * bandwidth ** 2);
    const x = padToTiles(pooled.x);
    const kernelOf = (row: number, other: number): number => rowKernel(x.data, x.cols, row, other, gamma);
    const permuted = new PermutedWeights(pooled, new OwnParts(pooled, kernelOf), seed);
    const tested = new PermutationTest(PERMUTATIONS);
    const pairs = new PairSums(pooled, kernelOf);
    let observed: number | undefined;
    for (const lists of PASSES) {
      if (tested.isDone) break;
      const weights = new Float32Array(lists * x.rows);
      const statistics = new Float64Array(lists);
      for (let i = 0; i < lists; i++) statistics[i] = -permuted.next(weights, i * x.rows);
      await eachKernelTile(runner, x, gamma, weights, (first, kernel, sums) => {
        throwIfCanceled(signal);
        if (observed === undefined) pairs.add(first, kernel, x.rows);
        for (let i = 0; i < lists; i++) {
          statistics[i]! += weightedSum(weights, i * x.rows + first, sums, i, lists);
        }
      });
      for (const statistic of observed === undefined ? statistics.subarray(1) : statistics) {
        tested.add(statistic >= (observed ?? statistics[0]!) - ROUNDING);
      }
      observed ??= statistics[0]!;
    }
    return {
      value: Math.min(1, Math.sqrt(Math.max(0, pairs.discrepancy()) / 2)),
      pValue: tested.pValue,
      bandwidth,
      permutations: tested.drawn,
    };
  });
}

/** Of the pairs of up to 1,024 rows, which are drawn if there are more; their mean if more than half of them are equal. */
async function medianDistance(runner: GraphRunner, { x }: PooledRows, seed: number): Promise<number> {
  const some = x.rows > TILE_ROWS ? takeRows(x, drawRows(TILE_ROWS, x.rows, seed)) : x;
  const distances = (await pairDistances(runner, some)).sort();
  const middle = (distances.length - 1) / 2;
  const median = (distances[Math.floor(middle)]! + distances[Math.ceil(middle)]!) / 2;
  if (median > NO_DISTANCE) return median;
  const apart = distances.filter((distance) => distance > NO_DISTANCE);
  return apart.length === 0 ? 0 : apart.reduce((sum, distance) => sum + distance, 0) / distances.length;
}

/** Of a permutation's sums with the rows of a tile, by their weights. */
function weightedSum(
  weights: Float32Array,
  at: number,
  sums: Float32Array,
  list: number,
  lists: number,
): number {
  let sum = 0;
  for (let row = 0, from = list; row < TILE_ROWS; row++, from += lists)
    sum += weights[at + row]! * sums[from]!;
  return sum;
}

function rowKernel(data: Float32Array, cols: number, row: number, other: number, gamma: number): number {
  let squared = 0;
  for (let c = 0; c < cols; c++) squared += (data[row * cols + c]! - data[other * cols + c]!) ** 2;
  return Math.exp(-gamma * squared);
}
