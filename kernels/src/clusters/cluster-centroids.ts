import { throwIfCanceled } from "../kernel-error.ts";
import { KernelError } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkMetric, type Metric } from "../metric.ts";
import { normalizeRows, normalizeRowsInPlace } from "../normalize-rows.ts";
import { clusterMeans, groupLabelledRows, type LabelledRows } from "../quality/labelled-rows.ts";
import { findMedoids } from "./medoids.ts";

export type ClusterCentroidsOptions = {
  /**
   * "mean" (default); "median" of each column, which a few far rows do not move; or "medoid", the row of the cluster whose
   * distances to the others add up to the least, the first at a tie: one that exists.
   */
  readonly method?: "mean" | "median" | "medoid";
  /** "euclidean" (default), or "cosine": of rows divided by their length, and brought to length 1 again; medoids by 1 - cos. */
  readonly metric?: Metric;
  readonly threads?: number;
  readonly signal?: AbortSignal;
};

export type ClusterCentroids = {
  /** The labels that occur, ascending, without -1; int32 [clusters] */
  labels: Int32Array;
  /** A centroid for each of them, [clusters, cols]. A medoid is the row as it was given. */
  centroids: Matrix;
  /** Rows that are the medoids, int32 [clusters]; with "medoid" only. */
  rows?: Int32Array;
};

/**
 * A point for each cluster. Rows labelled -1 are left out. Means and medians are float64; medoids are found by float32
 * products and decided in float64, in the time of the square of a cluster's rows (cosine: of its rows).
 *
 * @param labels [x.rows]
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `not_finite`, `zero_vector` (cosine), `bad_clusters` (cosine: the
 *   directions of a cluster cancel), `canceled`
 */
export async function clusterCentroids(
  x: Matrix,
  labels: ArrayLike<number>,
  options: ClusterCentroidsOptions = {},
): Promise<ClusterCentroids> {
  const { method = "mean", metric = "euclidean", signal } = options;
  checkMetric(metric);
  if (!["mean", "median", "medoid"].includes(method)) {
    throw new KernelError("bad_parameter", `method is "${method}"; give "mean", "median" or "medoid".`);
  }
  const groups = groupLabelledRows(x, labels);
  const names = Int32Array.from(groups.bounds.subarray(0, -1), (first) => labels[groups.order[first]!]!);
  throwIfCanceled(signal);
  const source = metric === "cosine" ? normalizeRows(x) : x;
  if (method === "medoid") {
    const rows = await findMedoids(source, groups, metric, options);
    const data = new Float32Array(rows.length * x.cols);
    for (const [c, row] of rows.entries()) {
      data.set(x.data.subarray(row * x.cols, (row + 1) * x.cols), c * x.cols);
    }
    return { labels: names, centroids: { data, rows: rows.length, cols: x.cols }, rows };
  }
  const centroids = {
    data: Float32Array.from(method === "mean" ? clusterMeans(source, groups) : medians(source, groups)),
    rows: names.length,
    cols: x.cols,
  };
  if (metric === "cosine" && names.length > 0) pointCentroids(centroids, names);
  return { labels: names, centroids };
}

function medians({ data, cols }: Matrix, { order, bounds }: LabelledRows): Float64Array {
  const clusters = bounds.length - 1;
  const out = new Float64Array(clusters * cols);
  for (let c = 0; c < clusters; c++) {
    const rows = order.subarray(bounds[c], bounds[c + 1]);
    const column = new Float32Array(rows.length);
    const middle = (rows.length - 1) / 2;
    for (let p = 0; p < cols; p++) {
      for (let i = 0; i < rows.length; i++) column[i] = data[rows[i]! * cols + p]!;
      column.sort();
      out[c * cols + p] = (column[Math.floor(middle)]! + column[Math.ceil(middle)]!) / 2;
    }
  }
  return out;
}

function pointCentroids(centroids: Matrix, names: Int32Array): void {
  const { data, cols } = centroids;
  for (const [c, name] of names.entries()) {
    if (data.subarray(c * cols, (c + 1) * cols).some((value) => value !== 0)) continue;
    throw new KernelError(
      "bad_clusters",
      `The directions of cluster ${name} cancel, so it has none of its own; use method "medoid".`,
    );
  }
  normalizeRowsInPlace(centroids);
}
