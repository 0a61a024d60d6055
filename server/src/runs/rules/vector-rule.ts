import type { Matrix } from "#kernels/index.ts";
import { centreDistances } from "./centre-distances.ts";
import { relabel } from "./relabel.ts";
import type { FeaturePart } from "./normalize.ts";
import { type ClusterRule, predicting } from "./cluster-rule.ts";
import type { ReductionRule } from "./reduction-rule.ts";
import { type NoiseRule, settleNoise } from "./settle-noise.ts";

/** Everything that turns a vector into a cluster of a run, as plain data. */
export interface VectorRule {
  /** The features beside each other, and what each is multiplied by. */
  readonly parts: readonly FeaturePart[];
  /** Whether each feature's vectors are divided by their lengths. */
  readonly normalize: boolean;
  /** Whether a vector without a direction has no place, before or after the reduction. */
  readonly byCosine: boolean;
  readonly byDirection: boolean;
  readonly reduction: ReductionRule;
  readonly clusters: ClusterRule;
  /** What becomes of noise; null where it stays noise. */
  readonly noise: NoiseRule | null;
  /** The method's labels in the order of the run's clusters. int32 [clusters] */
  readonly names: Int32Array;
  /** Of the run's clusters, in the space of the vectors. [clusters, cols] */
  readonly centroids: Matrix;
}

/** Clusters of rows that are normalised, and the same rows reduced. */
export type Label = (
  reduced: Matrix,
  rows: Matrix,
) => Promise<{
  /** Index of the run's cluster, -1 for noise. int32 [rows] */
  readonly labels: Int32Array;
  /** To the centroid, NaN for noise. float32 [rows] */
  readonly distances: Float32Array;
  readonly inertia?: number;
}>;

/** Runs `work` with the last step of the rule. Throws KernelError. */
export async function labeling<T>(
  { clusters, noise, names, centroids }: Pick<VectorRule, "clusters" | "noise" | "names" | "centroids">,
  work: (label: Label) => Promise<T>,
): Promise<T> {
  return predicting(clusters, (predict) =>
    work(async (reduced, rows) => {
      const { labels: found, ...rest } = await predict(reduced);
      const labels = relabel(noise ? await settleNoise(noise, reduced, found) : found, names);
      return { labels, distances: centreDistances(rows, labels, centroids), ...rest };
    }),
  );
}
