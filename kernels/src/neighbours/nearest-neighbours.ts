import { DistanceEngine } from "../engine/distance-engine.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { checkPairOptions, type PairOptions, paddedTo } from "../pairs/pair-options.ts";
import { TileScan, tileSide } from "../pairs/tile-scan.ts";
import { exactLists } from "./exact-lists.ts";

export type NearestNeighboursOptions = PairOptions & {
  /** Neighbours of each row, from 1 to rows - 1; the row itself does not count. */
  readonly k: number;
};

export type NearestNeighboursResult = {
  /** int32 [rows, k]: nearest first, the lowest index at a tie, never the row itself. */
  indices: Int32Array;
  /** float32 [rows, k], in the metric's units. */
  distances: Float32Array;
};

/**
 * The k nearest other rows of each row, exact: which rows, and in which order, is decided by distances in float64, so the
 * result is the same for any number of threads and any block size. Every pair is multiplied once, in float32; no tree, as
 * trees lose above some 30 dimensions. Memory: a copy of the rows and 20 bytes for each neighbour.
 *
 * @param x [rows, cols]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (not more than k rows), `not_finite`, `zero_vector`
 *   (cosine), `canceled`
 */
export async function nearestNeighbours(
  x: Matrix,
  options: NearestNeighboursOptions,
): Promise<NearestNeighboursResult> {
  const { k, signal, onProgress } = options;
  const metric: Metric = checkPairOptions(options);
  if (!Number.isSafeInteger(k) || k < 1) {
    throw new KernelError("bad_parameter", `k is ${k}; give a whole number from 1.`);
  }
  if (x.rows <= k && x.rows > 0) {
    throw new KernelError(
      "too_few_points",
      `${k} neighbours need at least ${k + 1} rows, but there are ${x.rows}; lower k or add rows.`,
    );
  }
  throwIfCanceled(signal);
  const side = tileSide(x.rows, options.blockRows);
  const rows = new PairRows(x, metric, paddedTo(x.rows, side));
  const lists = await DistanceEngine.use(x.cols, options.threads, async (engine) =>
    exactLists(engine, rows, await TileScan.create(side), k, (fraction) => {
      throwIfCanceled(signal);
      onProgress?.(fraction);
    }),
  );
  onProgress?.(1);
  return {
    indices: lists.indices,
    distances: Float32Array.from(lists.squared, (squared) => rows.distance(squared)),
  };
}
