import { clusterCentroids, KernelError, type Matrix, NearestCentres } from "#kernels/index.ts";
import type { Metric } from "../../clusters/methods/wire-method.ts";
import { RunRefused } from "../run-result.ts";
import { takeRows } from "./take-rows.ts";

/** Gives rows that are noise to a cluster. The labels it is given stay as they are. */
export type SettleNoise = (rows: Matrix, labels: Int32Array) => Promise<Int32Array>;

/**
 * The rule that gives noise to the cluster whose mean is the nearest: one rule for the rows that the clusters were found
 * on and for those that come later, so the means stay those of the first labels. Null where there is no cluster. Throws
 * RunRefused `bad_clusters` where a cluster has no mean direction.
 */
export async function noiseSettler(
  x: Matrix,
  labels: Int32Array,
  metric: Metric,
): Promise<SettleNoise | null> {
  const { labels: names, centroids } = await clusterCentroids(x, labels, { metric }).catch(refuseCanceled);
  if (names.length === 0) return null;
  return async (rows, own) => {
    const noise = Int32Array.from(own.keys()).filter((row) => own[row]! < 0);
    if (noise.length === 0) return own;
    const nearest = new Int32Array(noise.length);
    await NearestCentres.use(centroids, { metric }, (search) =>
      search.assign(takeRows(rows, noise), nearest, new Float32Array(noise.length)),
    );
    const settled = own.slice();
    for (const [at, row] of noise.entries()) settled[row] = names[nearest[at]!]!;
    return settled;
  };
}

function refuseCanceled(error: unknown): never {
  if (!(error instanceof KernelError) || error.code !== "bad_clusters") throw error;
  throw new RunRefused(
    "bad_clusters",
    "The vectors of a cluster point in opposite directions and have no mean that noise could be compared with (reassign_noise). Turn reassign_noise off, or take the metric 'euclidean'.",
  );
}
