import { KernelError } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkWhole } from "../pairs/pair-options.ts";

export type PcaOptions = {
  /** How many components, from 1 to the smaller of rows and columns. Default: that many. */
  readonly nComponents?: number;
  /** Whether coordinates are divided by their standard deviation. Default false. */
  readonly whiten?: boolean;
  /**
   * "exact", "randomized", or "auto" (default): exact unless both rows and columns are more than PCA_EXACT_SIDE, where the
   * time of an exact one grows with the third power.
   */
  readonly method?: "auto" | "exact" | "randomized";
  /** Integer from 0, of a randomized one. The same seed and data give the same bytes. Default 0. */
  readonly seed?: number;
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Looked at between blocks; rejects with `canceled`. */
  readonly signal?: AbortSignal;
  /** Called between blocks with a fraction that grows from 0 to 1. */
  readonly onProgress?: (fraction: number) => void;
};

/** Up to this many rows or columns, whichever are fewer, "auto" is exact. */
export const PCA_EXACT_SIDE = 2000;

export type CheckedOptions = {
  readonly count: number;
  readonly whiten: boolean;
  readonly exact: boolean;
  readonly seed: number;
};

/** Fills in defaults; throws what pca() documents. */
export function checkOptions(x: Matrix, options: PcaOptions): CheckedOptions {
  const side = Math.min(x.rows, x.cols);
  const { nComponents: count = side, whiten = false, method = "auto", seed = 0 } = options;
  if (x.rows < 2) {
    throw new KernelError(
      "too_few_points",
      `There is ${x.rows} row; directions of variance need at least 2.`,
    );
  }
  if (!Number.isSafeInteger(count) || count < 1 || count > side) {
    throw new KernelError(
      "bad_parameter",
      `nComponents is ${count}; give a whole number from 1 to ${side}, the smaller of ${x.rows} rows and ${x.cols} columns.`,
    );
  }
  if (!["auto", "exact", "randomized"].includes(method)) {
    throw new KernelError("bad_parameter", `method is "${method}"; give "auto", "exact" or "randomized".`);
  }
  checkWhole("seed", seed, 0);
  const exact = method === "exact" || (method === "auto" && side <= PCA_EXACT_SIDE);
  return { count, whiten, exact, seed };
}
