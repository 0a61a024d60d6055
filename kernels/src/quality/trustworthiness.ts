import { DistanceEngine } from "../engine/distance-engine.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { nearestNeighbours } from "../neighbours/nearest-neighbours.ts";
import { checkPairOptions, checkWhole, type PairOptions, paddedTo } from "../pairs/pair-options.ts";
import { PairRows } from "../pairs/pair-rows.ts";

export type TrustworthinessOptions = Omit<PairOptions, "blockRows"> & {
  /** Neighbours in the map that are looked at, less than half the rows. Default 5. */
  readonly nNeighbors?: number;
};

/**
 * How far neighbours in a map are neighbours in the data too, from 0 to 1: 1 less the ranks beyond nNeighbors that the map's
 * nearest have in the data, as a share of the most there could be (Venna and Kaski 2001; scikit-learn's
 * manifold.trustworthiness). Ranks in the data are by float32 products. Takes rows² time; give a sample of many rows.
 *
 * @param x the data, [rows, cols]; `metric` is about it
 * @param coordinates the map, [rows, any]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `too_few_points`, `not_finite`, `zero_vector` (cosine), `canceled`
 */
export async function trustworthiness(
  x: Matrix,
  coordinates: Matrix,
  options: TrustworthinessOptions = {},
): Promise<number> {
  const { nNeighbors: k = 5, threads, signal, onProgress } = options;
  const metric = checkPairOptions(options);
  checkMatrix(coordinates, "coordinates");
  checkWhole("nNeighbors", k, 1);
  const { rows, cols } = x;
  if (coordinates.rows !== rows) {
    throw new KernelError("shape_mismatch", `coordinates has ${coordinates.rows} rows, x has ${rows}.`);
  }
  const padded = paddedTo(rows, MIN_BLOCK_ROWS);
  const pairs = new PairRows(x, metric, padded);
  if (2 * k >= rows) {
    throw new KernelError(
      "too_few_points",
      `${k} neighbours need more than ${2 * k} rows, but there are ${rows}; lower nNeighbors or add rows.`,
    );
  }
  const { indices } = await nearestNeighbours(coordinates, {
    k,
    ...(threads === undefined ? {} : { threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  const targets = { data: pairs.products, rows: padded, norms: pairs.low };
  const products = new Float32Array(MIN_BLOCK_ROWS * padded);
  let beyond = 0;
  await DistanceEngine.use(cols, threads, async (engine) => {
    for (let first = 0; first < rows; first += MIN_BLOCK_ROWS) {
      throwIfCanceled(signal);
      onProgress?.(first / rows);
      const data = pairs.products.subarray(first * cols, (first + MIN_BLOCK_ROWS) * cols);
      await engine.partial({ data, rows: MIN_BLOCK_ROWS }, targets, products);
      const end = Math.min(MIN_BLOCK_ROWS, rows - first);
      for (let i = 0; i < end; i++) {
        const near = products.subarray(i * padded, i * padded + rows);
        near[first + i] = Infinity; // the row itself has no rank
        for (let p = (first + i) * k; p < (first + i + 1) * k; p++) {
          beyond += Math.max(0, rankOf(near, indices[p]!) - k);
        }
      }
    }
  });
  onProgress?.(1);
  return 1 - (beyond * 2) / (rows * k * (2 * rows - 3 * k - 1));
}

/** 1 for the nearest; equal distances by index. */
function rankOf(distances: Float32Array, at: number): number {
  const own = distances[at]!;
  let rank = 1;
  for (let j = 0; j < at; j++) if (distances[j]! <= own) rank++;
  for (let j = at + 1; j < distances.length; j++) if (distances[j]! < own) rank++;
  return rank;
}
