import { KernelError } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, type PairOptions } from "../pairs/pair-options.ts";
import type { Metric } from "../metric.ts";
import type { Selection } from "./select-clusters.ts";

export type HdbscanOptions = PairOptions & {
  /** Fewest rows of a cluster, from 2. Default 5. */
  readonly minClusterSize?: number;
  /**
   * The core distance of a row is the distance to its minSamples-th nearest row, itself counted (as in scikit-learn; the
   * hdbscan package does not count it). From 1 to the number of rows. Default minClusterSize.
   */
  readonly minSamples?: number;
  /** Which clusters of the tree become labels: the most stable choice (excess of mass, default), or its leaves. */
  readonly clusterSelectionMethod?: "eom" | "leaf";
  /** Clusters that part at a smaller distance than this stay together. In the metric's units. Default 0. */
  readonly clusterSelectionEpsilon?: number;
  /** Whether all rows may be one cluster. Default false. */
  readonly allowSingleCluster?: boolean;
  /** Most rows of a cluster chosen by "eom". Default: no limit. */
  readonly maxClusterSize?: number;
  /** Distances are divided by it, core distances are not (robust single linkage). Default 1. */
  readonly alpha?: number;
};

export type CheckedOptions = Selection & {
  readonly metric: Metric;
  readonly minClusterSize: number;
  readonly minSamples: number;
  readonly alpha: number;
};

/** Fills in defaults; throws what hdbscan() documents. */
export function checkOptions(x: Matrix, options: HdbscanOptions): CheckedOptions {
  const metric = checkPairOptions(options);
  const {
    minClusterSize = 5,
    clusterSelectionMethod = "eom",
    clusterSelectionEpsilon = 0,
    alpha = 1,
  } = options;
  const { minSamples = minClusterSize, allowSingleCluster = false, maxClusterSize = Infinity } = options;
  checkWhole("minClusterSize", minClusterSize, 2);
  checkWhole("minSamples", minSamples, 1);
  if (maxClusterSize !== Infinity) checkWhole("maxClusterSize", maxClusterSize, 1);
  if (!["eom", "leaf"].includes(clusterSelectionMethod)) {
    throw new KernelError(
      "bad_parameter",
      `clusterSelectionMethod is "${clusterSelectionMethod}"; give "eom" or "leaf".`,
    );
  }
  if (!Number.isFinite(clusterSelectionEpsilon) || clusterSelectionEpsilon < 0) {
    throw new KernelError(
      "bad_parameter",
      `clusterSelectionEpsilon is ${clusterSelectionEpsilon}; give 0 or a positive distance.`,
    );
  }
  if (!Number.isFinite(alpha) || alpha <= 0) {
    throw new KernelError("bad_parameter", `alpha is ${alpha}; give a positive number, 1 to change nothing.`);
  }
  if (x.rows === 1) {
    throw new KernelError("too_few_points", "One row has no clusters; give at least 2 rows.");
  }
  if (minSamples > x.rows && x.rows > 0) {
    throw new KernelError(
      "too_few_points",
      `minSamples is ${minSamples}, but there are ${x.rows} rows; lower minSamples or add rows.`,
    );
  }
  return {
    metric,
    minClusterSize,
    minSamples,
    clusterSelectionMethod,
    clusterSelectionEpsilon,
    allowSingleCluster,
    maxClusterSize,
    alpha,
  };
}
