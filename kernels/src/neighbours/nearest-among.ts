import { DistanceEngine } from "../engine/distance-engine.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, paddedTo } from "../pairs/pair-options.ts";
import type { Metric } from "../metric.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { TileScan, tileSide } from "../pairs/tile-scan.ts";
import { exactLists } from "./exact-lists.ts";
import type { NearestNeighboursOptions, NearestNeighboursResult } from "./nearest-neighbours.ts";

/**
 * For each row of `queries` the k nearest rows of `x`, exact as in nearestNeighbours(). Memory: a copy of both.
 *
 * @param queries [m, cols]; m may be 0
 * @param x [rows, cols]
 * @returns indices of rows of `x` and distances, [m, k]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` (fewer than k rows in `x`), `not_finite`,
 *   `zero_vector` (cosine), `canceled`
 */
export async function nearestAmong(
  queries: Matrix,
  x: Matrix,
  options: NearestNeighboursOptions,
): Promise<NearestNeighboursResult> {
  const { signal, onProgress } = options;
  const metric = checkPairOptions(options);
  checkQueries(queries, x, options.k);
  throwIfCanceled(signal);
  const { indices, distances } = await listsAmong(queries, x, metric, options, (fraction) => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  });
  onProgress?.(1);
  return { indices, distances: Float32Array.from(distances) };
}

/** @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points` or `not_finite` */
export function checkQueries(queries: Matrix, x: Matrix, k: number): void {
  checkMatrix(x, "x");
  if (queries.rows > 0) checkMatrix(queries, "queries");
  checkWhole("k", k, 1);
  if (queries.rows > 0 && queries.cols !== x.cols) {
    throw new KernelError(
      "shape_mismatch",
      `The queries have ${queries.cols} columns and x has ${x.cols}; they must be the same.`,
    );
  }
  if (x.rows < k) {
    throw new KernelError(
      "too_few_points",
      `${k} neighbours need at least ${k} rows, but x has ${x.rows}; lower k.`,
    );
  }
}

/** The same with distances in float64, without checks. */
export async function listsAmong(
  queries: Matrix,
  x: Matrix,
  metric: Metric,
  options: NearestNeighboursOptions,
  checkpoint: (fraction: number) => void,
): Promise<{ indices: Int32Array; distances: Float64Array }> {
  const { k } = options;
  if (queries.rows === 0) return { indices: new Int32Array(0), distances: new Float64Array(0) };
  const data = new Float32Array(queries.data.length + x.data.length);
  data.set(queries.data);
  data.set(x.data, queries.data.length);
  const both = { data, rows: queries.rows + x.rows, cols: x.cols };
  const side = tileSide(both.rows, options.blockRows);
  const rows = new PairRows(both, metric, paddedTo(both.rows, side));
  const lists = await DistanceEngine.use(x.cols, options.threads, async (engine) =>
    exactLists(engine, rows, await TileScan.create(side), k, checkpoint, queries.rows),
  );
  return {
    indices: lists.indices.map((index) => index - queries.rows),
    distances: lists.squared.map((squared) => rows.distance(squared)),
  };
}
