import { KernelError, throwIfCanceled } from "../kernel-error.ts";
import { NearestCentres } from "../kmeans/assign-to-centres.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import type { DriftOptions } from "./drift-sample.ts";
import type { PooledRows } from "./pooled-rows.ts";

/**
 * The nearest centroid of each of pooled's rows, by direction; int32 [rows]
 *
 * @throws KernelError `shape_mismatch`, `bad_parameter`, `too_few_points` (no centroid), `not_finite`, `zero_vector`
 */
export async function labelPooledRows(
  pooled: PooledRows,
  centroids: Matrix,
  { threads, signal }: DriftOptions,
): Promise<Int32Array> {
  const { x } = pooled;
  checkMatrix(centroids, "centroids");
  if (centroids.cols !== x.cols) {
    throw new KernelError(
      "shape_mismatch",
      `centroids have ${centroids.cols} dimensions, the samples ${x.cols}; give the centroids of the baseline's own run.`,
    );
  }
  throwIfCanceled(signal);
  const labels = new Int32Array(x.rows);
  const options = { metric: "cosine" as const, ...(threads === undefined ? {} : { threads }) };
  await NearestCentres.use(centroids, options, (nearest) =>
    nearest.assign(x, labels, new Float32Array(x.rows)),
  );
  throwIfCanceled(signal);
  return labels;
}
