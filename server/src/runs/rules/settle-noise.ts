import { clusterCentroids, KernelError, type Matrix, NearestCentres } from "#kernels/index.ts";
import type { Metric } from "../../clusters/methods/wire-method.ts";
import { takeRows } from "./take-rows.ts";
import { RunRefused } from "../run-result.ts";

/** Gives noise to the cluster whose mean is the nearest; `labels[i]` is that of mean i. */
export interface NoiseRule {
  readonly means: Matrix;
  readonly labels: Int32Array;
  readonly metric: Metric;
}

/**
 * The rule that gives noise to the cluster whose mean is the nearest: one rule for the rows that the clusters were found
 * on and for those that come later, so the means stay those of the first labels. Null where there is no cluster. Throws
 * RunRefused `bad_clusters` where a cluster has no mean direction.
 */
export async function noiseRule(x: Matrix, labels: Int32Array, metric: Metric): Promise<NoiseRule | null> {
  const { labels: names, centroids } = await clusterCentroids(x, labels, { metric }).catch(refuseCanceled);
  return names.length === 0 ? null : { means: centroids, labels: names, metric };
}

/** Labels without noise; those it is given stay as they are. Throws KernelError. */
export async function settleNoise(
  { means, labels, metric }: NoiseRule,
  rows: Matrix,
  own: Int32Array,
): Promise<Int32Array> {
  const noise = Int32Array.from(own.keys()).filter((row) => own[row]! < 0);
  if (noise.length === 0) return own;
  const nearest = new Int32Array(noise.length);
  await NearestCentres.use(means, { metric }, (search) =>
    search.assign(takeRows(rows, noise), nearest, new Float32Array(noise.length)),
  );
  const settled = own.slice();
  for (const [at, row] of noise.entries()) settled[row] = labels[nearest[at]!]!;
  return settled;
}

function refuseCanceled(error: unknown): never {
  if (!(error instanceof KernelError) || error.code !== "bad_clusters") throw error;
  throw new RunRefused(
    "bad_clusters",
    "The vectors of a cluster point in opposite directions and have no mean that noise could be compared with (reassign_noise). Turn reassign_noise off, or take the metric 'euclidean'.",
  );
}
