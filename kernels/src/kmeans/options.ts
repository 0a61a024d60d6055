import { KernelError } from "../kernel-error.ts";
import { checkMatrix, type Matrix } from "../matrix.ts";
import { checkMetric } from "../metric.ts";

export type KMeansOptions = {
  /** Number of clusters, from 1 to the number of rows. */
  readonly nClusters: number;
  /**
   * "euclidean" (default), or "cosine": spherical k-means. Rows are divided by their length, centres are brought to length
   * 1 after each move, distances are 1 - cos, inertia is their sum.
   */
  readonly metric?: "euclidean" | "cosine";
  /** Most iterations of a run. Default 300. */
  readonly maxIter?: number;
  /** A run ends when the squared movement of all centres is at most `tol` times the mean variance of the columns. Default 1e-4. */
  readonly tol?: number;
  /** Runs from different starts, of which the one with the lowest inertia is kept. Default 1; always 1 with given centres. */
  readonly nInit?: number;
  /**
   * How a run starts: greedy k-means++ (default), `nClusters` rows at random, or centres [nClusters, cols], such as the
   * `centers` of a run before (a warm start).
   */
  readonly init?: "k-means++" | "random" | Matrix;
  /** Integer from 0. The same seed and data give the same bytes. Default 0. */
  readonly seed?: number;
  /** Threads of the products, at most 32; no influence on the result. Default: all cores. */
  readonly threads?: number;
  /** Rows of a block of products; no influence on the result. Default: chosen by size. */
  readonly blockRows?: number;
  /** Looked at between blocks; rejects with `canceled`. */
  readonly signal?: AbortSignal;
  /** Called between blocks with a fraction that grows from 0 to 1; as the number of iterations is not known before, it may jump at the end. */
  readonly onProgress?: (fraction: number) => void;
};

export type CheckedOptions = Required<
  Pick<KMeansOptions, "nClusters" | "metric" | "maxIter" | "tol" | "nInit" | "init" | "seed">
>;

/** Fills in defaults; throws what kmeans() documents. */
export function checkOptions(x: Matrix, options: KMeansOptions): CheckedOptions {
  const {
    nClusters,
    metric = "euclidean",
    maxIter = 300,
    tol = 1e-4,
    init = "k-means++",
    seed = 0,
  } = options;
  checkMetric(metric);
  whole("nClusters", nClusters);
  whole("maxIter", maxIter);
  whole("nInit", options.nInit ?? 1);
  if (options.blockRows !== undefined) whole("blockRows", options.blockRows);
  if (!Number.isFinite(tol) || tol < 0) {
    throw new KernelError("bad_parameter", `tol is ${tol}; give 0 or a small positive number such as 1e-4.`);
  }
  if (x.rows < nClusters) {
    throw new KernelError(
      "too_few_points",
      `${nClusters} clusters need at least ${nClusters} rows, but there are ${x.rows}; lower nClusters or add rows.`,
    );
  }
  if (typeof init === "string") {
    if (!["k-means++", "random"].includes(init)) {
      throw new KernelError(
        "bad_parameter",
        `init is "${init}"; give "k-means++", "random" or a matrix of centres.`,
      );
    }
    return { nClusters, metric, maxIter, tol, nInit: options.nInit ?? 1, init, seed };
  }
  checkMatrix(init, "init");
  if (init.rows !== nClusters || init.cols !== x.cols) {
    throw new KernelError(
      "shape_mismatch",
      `init is ${init.rows} x ${init.cols}; ${nClusters} centres for ${x.cols} columns are ${nClusters} x ${x.cols}.`,
    );
  }
  return { nClusters, metric, maxIter, tol, nInit: 1, init, seed };
}

function whole(name: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 1.`);
  }
}
