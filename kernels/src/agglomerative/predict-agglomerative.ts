import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkQueries, listsAmong } from "../neighbours/nearest-among.ts";
import { checkPairOptions, type PairOptions } from "../pairs/pair-options.ts";
import type { Linkage } from "./options.ts";

export type PredictAgglomerativeOptions = PairOptions & {
  /** As in the run. Default "ward". */
  readonly linkage?: Linkage;
};

/**
 * Labels new rows by a run of agglomerative(): under Ward's linkage with the cluster whose mean is nearest, under the others
 * with the label of the nearest row of the run; the lowest label or row at a tie.
 *
 * @param queries [m, cols]; m may be 0
 * @param x the rows of the run
 * @param labels of the run, [x.rows]
 * @returns int32 [m]
 * @throws what agglomerative() throws
 */
export async function predictAgglomerative(
  queries: Matrix,
  x: Matrix,
  labels: Int32Array,
  options: PredictAgglomerativeOptions = {},
): Promise<Int32Array> {
  const { linkage = "ward", signal, onProgress } = options;
  const metric = checkPairOptions(options);
  checkQueries(queries, x, 1);
  if (labels.length !== x.rows) {
    throw new KernelError("shape_mismatch", `There are ${labels.length} labels for ${x.rows} rows.`);
  }
  const among = linkage === "ward" ? clusterMeans(x, labels) : x;
  const { indices } = await listsAmong(queries, among, metric, { ...options, k: 1 }, (fraction) => {
    throwIfCanceled(signal);
    onProgress?.(fraction);
  });
  onProgress?.(1);
  return linkage === "ward" ? indices : indices.map((index) => labels[index]!);
}

/** Summed in float64, [clusters, cols]. */
function clusterMeans(x: Matrix, labels: Int32Array): Matrix {
  const { cols } = x;
  const clusters = labels.reduce((most, label) => Math.max(most, label), 0) + 1;
  const sums = new Float64Array(clusters * cols);
  const counts = new Int32Array(clusters);
  for (const [i, label] of labels.entries()) {
    counts[label]!++;
    for (let c = 0; c < cols; c++) sums[label * cols + c]! += x.data[i * cols + c]!;
  }
  const data = Float32Array.from(sums, (sum, p) => sum / counts[Math.floor(p / cols)]!);
  return { data, rows: clusters, cols };
}
