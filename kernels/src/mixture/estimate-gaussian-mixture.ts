import { estimateKmeans } from "../kmeans/estimate-kmeans.ts";
import type { GaussianMixtureOptions } from "./options.ts";

/** What a call of gaussianMixture() takes: peak bytes beyond the input, and multiply-adds of all iterations and the start. */
export function estimateGaussianMixture(
  { rows, cols }: { readonly rows: number; readonly cols: number },
  options: Pick<GaussianMixtureOptions, "nComponents" | "covarianceType" | "maxIter" | "nInit" | "init">,
): { bytes: number; operations: number } {
  const { nComponents: k = 1, covarianceType = "full", maxIter = 100, nInit = 1 } = options;
  const start = estimateKmeans({ rows, cols }, { nClusters: k });
  const square = covarianceType === "full" ? cols * cols : cols;
  const held = 4 * rows * (cols + k + 3) + 8 * 6 * k * square + 4 * 1024 * (4 * cols + 2 * k);
  // A step over the rows and its mirror image; "full" multiplies each row with a matrix in both.
  const steps = rows * k * (covarianceType === "full" ? 2 * square : 4 * cols);
  return {
    bytes: held + start.bytes,
    operations: nInit * (start.operations + maxIter * steps),
  };
}
