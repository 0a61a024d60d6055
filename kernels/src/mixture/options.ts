import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkWhole } from "../pairs/pair-options.ts";

export type CovarianceType = "full" | "diag";

/** Where a fit starts. What is left out is estimated from a k-means of the rows, as scikit-learn does. */
export type MixtureStart = {
  /** [nComponents, cols] */
  readonly means?: Matrix;
  /** [nComponents], positive, adding up to 1 */
  readonly weights?: ArrayLike<number>;
  /** Inverse covariances: [nComponents, cols, cols] for "full", [nComponents, cols] for "diag". */
  readonly precisions?: ArrayLike<number>;
};

export type GaussianMixtureOptions = {
  /** Number of components, from 1 to the number of rows. Default 1. */
  readonly nComponents?: number;
  /** "full" (default): each component has a covariance matrix of its own; "diag": a variance for each column. */
  readonly covarianceType?: CovarianceType;
  /** A run ends when the mean log-likelihood of a row changes by less. Default 1e-3. */
  readonly tol?: number;
  /** Added to every variance, in squared units of the input. Default 1e-6. */
  readonly regCovar?: number;
  /** Most iterations of a run. Default 100. */
  readonly maxIter?: number;
  /** Runs from different starts, of which the one with the highest likelihood is kept. Default 1. */
  readonly nInit?: number;
  /** "kmeans" (default): from the clusters of a k-means; or given parameters. */
  readonly init?: "kmeans" | MixtureStart;
  /** Integer from 0, of the k-means. The same seed and data give the same bytes. Default 0. */
  readonly seed?: number;
  /** Whether to return the probability of each component for each row. Default false. */
  readonly responsibilities?: boolean;
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Looked at between blocks; rejects with `canceled`. */
  readonly signal?: AbortSignal;
  /** Called between blocks with a fraction that grows from 0 to 1; as the number of iterations is not known before, it may jump at the end. */
  readonly onProgress?: (fraction: number) => void;
};

export type CheckedOptions = Required<
  Pick<
    GaussianMixtureOptions,
    "nComponents" | "covarianceType" | "tol" | "regCovar" | "maxIter" | "nInit" | "seed"
  >
> & { readonly start: MixtureStart };

/** Fills in defaults; throws what gaussianMixture() documents. */
export function checkOptions(x: Matrix, options: GaussianMixtureOptions): CheckedOptions {
  const { nComponents = 1, covarianceType = "full", tol = 1e-3, regCovar = 1e-6 } = options;
  const { maxIter = 100, nInit = 1, init = "kmeans", seed = 0 } = options;
  for (const [name, value] of Object.entries({ nComponents, maxIter, nInit })) {
    if (Number.isSafeInteger(value) && value >= 1) continue;
    throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 1.`);
  }
  for (const [name, value] of Object.entries({ tol, regCovar })) {
    if (Number.isFinite(value) && value >= 0) continue;
    throw new KernelError("bad_parameter", `${name} is ${value}; give 0 or a small positive number.`);
  }
  if (!["full", "diag"].includes(covarianceType)) {
    throw new KernelError("bad_parameter", `covarianceType is "${covarianceType}"; give "full" or "diag".`);
  }
  if (x.rows < Math.max(2, nComponents)) {
    throw new KernelError(
      "too_few_points",
      `${nComponents} components need at least ${Math.max(2, nComponents)} rows, but there are ${x.rows}; lower nComponents or add rows.`,
    );
  }
  const given: unknown = init;
  if (given === null || (typeof given !== "object" && given !== "kmeans")) {
    throw new KernelError(
      "bad_parameter",
      `init is ${JSON.stringify(given)}; give "kmeans" or given parameters.`,
    );
  }
  checkWhole("seed", seed, 0);
  const start = typeof init === "string" ? {} : init;
  checkStart(start, nComponents, x.cols, covarianceType);
  return { nComponents, covarianceType, tol, regCovar, maxIter, nInit, seed, start };
}

function checkStart(start: MixtureStart, k: number, cols: number, covarianceType: CovarianceType): void {
  const { means, weights, precisions } = start;
  if (means !== undefined) {
    checkMatrix(means, "init.means");
    if (means.rows !== k || means.cols !== cols) {
      throw new KernelError(
        "shape_mismatch",
        `init.means is ${means.rows} x ${means.cols}; ${k} components of ${cols} columns have ${k} x ${cols}.`,
      );
    }
  }
  if (weights !== undefined) {
    const list = Array.from(weights);
    const sum = list.reduce((a, b) => a + b, 0);
    if (list.length !== k || !list.every((weight) => weight > 0) || !(Math.abs(sum - 1) < 1e-6)) {
      throw new KernelError(
        "bad_parameter",
        `init.weights must be ${k} positive numbers that add up to 1; there are ${list.length}, adding up to ${sum}.`,
      );
    }
  }
  const wanted = covarianceType === "full" ? k * cols * cols : k * cols;
  if (precisions !== undefined && precisions.length !== wanted) {
    throw new KernelError(
      "shape_mismatch",
      `init.precisions has ${precisions.length} values; "${covarianceType}" needs ${wanted}.`,
    );
  }
}
