import { KernelError } from "../kernel-error.ts";
import type { Matrix } from "../matrix.ts";
import { checkPairOptions, checkWhole, type PairOptions } from "../pairs/pair-options.ts";
import type { Metric } from "../metric.ts";

export type Linkage = "ward" | "complete" | "average" | "single";

export type AgglomerativeOptions = PairOptions & {
  /** Clusters to stop at. Default 2; not together with distanceThreshold. */
  readonly nClusters?: number;
  /** Clusters at this distance or above stay apart, in the units of `distances`. */
  readonly distanceThreshold?: number;
  /** What is near: least growth of variance (default), farthest, mean or nearest pair of rows. "ward" is euclidean only. */
  readonly linkage?: Linkage;
};

/** Complete and average linkage hold all distances in float64: 8 bytes a pair, 1.6 GB for so many rows. */
export const CONDENSED_MAX_ROWS = 20_000;

export type CheckedOptions = {
  readonly metric: Metric;
  readonly linkage: Linkage;
  readonly nClusters: number;
  readonly distanceThreshold: number | undefined;
};

/** Fills in defaults; throws what agglomerative() documents. */
export function checkOptions(x: Matrix, options: AgglomerativeOptions): CheckedOptions {
  const metric = checkPairOptions(options);
  const { linkage = "ward", nClusters, distanceThreshold } = options;
  if (!["ward", "complete", "average", "single"].includes(linkage)) {
    throw new KernelError(
      "bad_parameter",
      `linkage is "${linkage}"; give "ward", "complete", "average" or "single".`,
    );
  }
  if (linkage === "ward" && metric !== "euclidean") {
    throw new KernelError(
      "bad_parameter",
      `Ward's linkage is euclidean; to group by direction give normalizeRows(x), or another linkage.`,
    );
  }
  if (nClusters !== undefined) checkWhole("nClusters", nClusters, 1);
  if (distanceThreshold !== undefined && !(typeof distanceThreshold === "number" && distanceThreshold >= 0)) {
    throw new KernelError("bad_parameter", `distanceThreshold is ${distanceThreshold}; give 0 or more.`);
  }
  if (nClusters !== undefined && distanceThreshold !== undefined) {
    throw new KernelError("bad_parameter", "Give nClusters or distanceThreshold, not both.");
  }
  if (x.rows === 1)
    throw new KernelError("too_few_points", "One row cannot be merged; give at least 2 rows.");
  if (nClusters !== undefined && x.rows < nClusters) {
    throw new KernelError(
      "too_few_points",
      `${nClusters} clusters need at least ${nClusters} rows, but there are ${x.rows}; lower nClusters or add rows.`,
    );
  }
  if ((linkage === "complete" || linkage === "average") && x.rows > CONDENSED_MAX_ROWS) {
    throw new KernelError(
      "bad_parameter",
      `linkage "${linkage}" holds the distances of all pairs and takes at most ${CONDENSED_MAX_ROWS} rows, but there ` +
        `are ${x.rows}; take linkage "ward" or "single", whose memory is linear, or draw a sample.`,
    );
  }
  return { metric, linkage, nClusters: nClusters ?? 2, distanceThreshold };
}
