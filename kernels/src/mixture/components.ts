import { cholesky, invertLower } from "../linear/cholesky.ts";
import { KernelError } from "../kernel-error.ts";
import type { CovarianceType } from "./options.ts";

/** Components in one system of units; float64. */
export type Components = {
  readonly type: CovarianceType;
  readonly cols: number;
  /** [k], adding up to 1 */
  readonly weights: Float64Array;
  /** [k, cols] */
  readonly means: Float64Array;
  /** [k, cols, cols] for "full", [k, cols] for "diag" */
  readonly covariances: Float64Array;
};

/** What distances and densities need of components. */
export type Precisions = {
  /** "full": the transposed inverse of the Cholesky factor, so that |(x - mean) factor|² is the distance; "diag": 1 / variance. */
  readonly factors: Float64Array;
  /** ln weight - (cols ln 2 pi + ln |covariance|) / 2 of each component, [k] */
  readonly logHeights: Float64Array;
};

/** @throws KernelError `bad_parameter` when a covariance has collapsed */
export function precisionsOf({ type, cols, weights, covariances }: Components): Precisions {
  const k = weights.length;
  const factors = new Float64Array(covariances.length);
  const logHeights = new Float64Array(k);
  for (let j = 0; j < k; j++) {
    let logRoot = 0; // ln of the root of the precision's determinant
    if (type === "diag") {
      for (let p = j * cols; p < (j + 1) * cols; p++) {
        if (!(covariances[p]! > 0)) throw collapsed(j);
        factors[p] = 1 / covariances[p]!;
        logRoot -= Math.log(covariances[p]!) / 2;
      }
    } else {
      const from = j * cols * cols;
      const lower = cholesky(covariances.subarray(from, from + cols * cols), cols);
      if (lower === undefined) throw collapsed(j);
      const inverse = invertLower(lower, cols);
      for (let r = 0; r < cols; r++) {
        for (let c = 0; c <= r; c++) factors[from + c * cols + r] = inverse[r * cols + c]!;
        logRoot += Math.log(inverse[r * cols + r]!);
      }
    }
    logHeights[j] = Math.log(weights[j]!) + logRoot - (cols * Math.log(2 * Math.PI)) / 2;
  }
  return { factors, logHeights };
}

function collapsed(component: number): KernelError {
  return new KernelError(
    "bad_parameter",
    `The covariance of component ${component} has collapsed (too few different rows); lower nComponents or raise regCovar.`,
  );
}
