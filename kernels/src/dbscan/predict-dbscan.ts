import { throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkQueries, listsAmong } from "../neighbours/nearest-among.ts";
import { checkPairOptions, type PairOptions } from "../pairs/pair-options.ts";
import { takeRows } from "../take-rows.ts";
import { checkEps, type DbscanResult } from "./dbscan.ts";

export type PredictDbscanOptions = PairOptions & {
  /** As in the run. Default 0.5. */
  readonly eps?: number;
};

/**
 * Labels new rows by a run of dbscan(): the label of the nearest core row at most eps away, the lowest row at a tie, else -1.
 * A row of the run itself gets its label back, but for rows beside cores of several clusters, which get the nearest one's.
 *
 * @param queries [m, cols]; m may be 0
 * @param x the rows of the run
 * @returns int32 [m]
 * @throws what dbscan() throws
 */
export async function predictDbscan(
  queries: Matrix,
  x: Matrix,
  run: Pick<DbscanResult, "labels" | "coreRows">,
  options: PredictDbscanOptions = {},
): Promise<Int32Array> {
  const metric = checkPairOptions(options);
  const eps = checkEps(options.eps);
  checkQueries(queries, x, 1);
  const { signal, onProgress } = options;
  const { coreRows, labels } = run;
  const predicted = new Int32Array(queries.rows).fill(-1);
  if (coreRows.length === 0) return predicted;
  const cores = takeRows(x, coreRows);
  const { indices, distances } = await listsAmong(
    queries,
    cores,
    metric,
    { ...options, k: 1 },
    (fraction) => {
      throwIfCanceled(signal);
      onProgress?.(fraction);
    },
  );
  for (let i = 0; i < queries.rows; i++) {
    if (distances[i]! <= eps) predicted[i] = labels[coreRows[indices[i]!]!]!;
  }
  onProgress?.(1);
  return predicted;
}
