import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { squaredDistance } from "../engine/centred-rows.ts";
import { daviesBouldin } from "../quality/davies-bouldin.ts";
import { checkClusterCount, clusterMeans, groupLabelledRows } from "../quality/labelled-rows.ts";
import { silhouette } from "../quality/silhouette.ts";
import { takeRows } from "../take-rows.ts";
import type { DriftOptions, DriftSample } from "./drift-sample.ts";
import { labelPooledRows } from "./pooled-labels.ts";
import { BASELINE, CURRENT, poolRows } from "./pooled-rows.ts";

export type QualityIndex = "silhouette" | "davies_bouldin" | "calinski_harabasz";

export type QualityDegradation = {
  /** max(0, 1 - currentQuality / baselineQuality), from 0 to 1. */
  value: number;
  /**
   * From 0 to 1, higher is better: (silhouette + 1) / 2; 1 / (1 + Davies–Bouldin); or the share of the variance that lies
   * between the clusters, R² = CH (k - 1) / (CH (k - 1) + n - k) for Calinski–Harabasz.
   */
  baselineQuality: number;
  /** 0 if all rows of current fall to one centroid: nothing is left that separates them. */
  currentQuality: number;
};

/**
 * How much worse the baseline's clusters fit now: both samples are assigned to the nearest centroid by direction, and the
 * same index is taken of both.
 *
 * @param centroids those of the baseline's run, [k, d], k from 2
 * @throws KernelError `bad_clusters` if the baseline falls to fewer than 2 centroids, or to as many as it has rows;
 *   `shape_mismatch`, `bad_parameter`, `too_few_points`, `not_finite`, `zero_vector`, `canceled`
 */
export async function qualityDegradation(
  baseline: DriftSample,
  current: DriftSample,
  centroids: Matrix,
  { index, ...options }: DriftOptions & { readonly index: QualityIndex },
): Promise<QualityDegradation> {
  const qualityOf = (INDICES as Readonly<Record<string, Quality | undefined>>)[index];
  if (qualityOf === undefined) {
    throw new KernelError(
      "bad_parameter",
      `index is "${index}"; give "silhouette", "davies_bouldin" or "calinski_harabasz".`,
    );
  }
  const pooled = poolRows(baseline, current);
  const labels = await labelPooledRows(pooled, centroids, options);
  const rowsOf = (side: number): Int32Array =>
    Int32Array.from(labels.keys()).filter((row) => (pooled.sides[row]! & side) !== 0);
  const measure = (rows: Int32Array): Promise<number> | number => {
    throwIfCanceled(options.signal);
    return qualityOf(takeRows(pooled.x, rows), rows.map((row) => labels[row]!), options); // prettier-ignore
  };
  const now = rowsOf(CURRENT);
  const baselineQuality = await measure(rowsOf(BASELINE));
  const isOne = new Set(now.map((row) => labels[row]!)).size === 1;
  const currentQuality = isOne ? 0 : await measure(now);
  return {
    value: baselineQuality === 0 ? 0 : Math.max(0, 1 - currentQuality / baselineQuality),
    baselineQuality,
    currentQuality,
  };
}

type Quality = (x: Matrix, labels: Int32Array, options: DriftOptions) => Promise<number> | number;

const INDICES: Readonly<Record<QualityIndex, Quality>> = {
  silhouette: async (x, labels, options) => ((await silhouette(x, labels, options)).score + 1) / 2,
  davies_bouldin: (x, labels) => 1 / (1 + daviesBouldin(x, labels)),
  calinski_harabasz: explainedShare,
};

/** Calinski–Harabasz without its degrees of freedom, which grow with the sample. */
function explainedShare(x: Matrix, labels: Int32Array): number {
  const groups = groupLabelledRows(x, labels);
  checkClusterCount(groups, "rows of a sample");
  const { order, bounds } = groups;
  const means = clusterMeans(x, groups);
  const whole = clusterMeans(x, { order, bounds: Int32Array.of(0, order.length) });
  let within = 0;
  let total = 0;
  for (let c = 0; c + 1 < bounds.length; c++) {
    for (let i = bounds[c]!; i < bounds[c + 1]!; i++) {
      within += squaredDistance(x.data, order[i]! * x.cols, means, c * x.cols, x.cols);
      total += squaredDistance(x.data, order[i]! * x.cols, whole, 0, x.cols);
    }
  }
  return total === 0 ? 0 : Math.max(0, 1 - within / total);
}
