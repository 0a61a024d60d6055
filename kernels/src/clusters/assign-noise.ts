import { KernelError } from "../kernel-error.ts";
import { NearestCentres } from "../kmeans/assign-to-centres.ts";
import type { Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";
import { clusterCentroids } from "./cluster-centroids.ts";

export type AssignNoiseOptions = {
  /** "euclidean" (default) or "cosine". */
  readonly metric?: Metric;
  /** Rows farther than this from every centroid, by the metric, stay noise. Default: none does. */
  readonly maxDistance?: number;
  readonly threads?: number;
  readonly signal?: AbortSignal;
};

/**
 * Gives rows labelled -1 to the cluster whose mean is the nearest, the lower label at a tie; the means are those of the
 * rows that had labels, and other labels stay. What was found to be noise is noise by the cluster's density, which this
 * rule does not know: use it where each row has to be somewhere.
 *
 * @param labels [x.rows]; not changed
 * @returns labels int32 [x.rows], and how many rows were given one. Without any cluster nothing changes.
 * @throws KernelError `bad_parameter`, `shape_mismatch`, `not_finite`, `zero_vector` and `bad_clusters` (cosine), `canceled`
 */
export async function assignNoise(
  x: Matrix,
  labels: ArrayLike<number>,
  options: AssignNoiseOptions = {},
): Promise<{ labels: Int32Array; assigned: number }> {
  const { maxDistance = Infinity } = options;
  if (typeof maxDistance !== "number" || !(maxDistance >= 0)) {
    throw new KernelError("bad_parameter", `maxDistance is ${maxDistance}; give 0 or a positive number.`);
  }
  const { labels: names, centroids } = await clusterCentroids(x, labels, options);
  const out = Int32Array.from(labels);
  const noise = Int32Array.from(out.keys()).filter((i) => out[i] === -1);
  if (names.length === 0 || noise.length === 0) return { labels: out, assigned: 0 };
  const { cols } = x;
  const data = new Float32Array(noise.length * cols);
  for (const [i, row] of noise.entries()) data.set(x.data.subarray(row * cols, (row + 1) * cols), i * cols);
  const nearest = new Int32Array(noise.length);
  const distances = new Float32Array(noise.length);
  await NearestCentres.use(centroids, options, (search) =>
    search.assign({ data, rows: noise.length, cols }, nearest, distances),
  );
  let assigned = 0;
  for (const [i, row] of noise.entries()) {
    if (distances[i]! > maxDistance) continue;
    out[row] = names[nearest[i]!]!;
    assigned++;
  }
  return { labels: out, assigned };
}
