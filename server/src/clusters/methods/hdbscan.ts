import { AppError } from "../../platform/app-error.ts";
import { LATER_METRICS, type Metric, METRICS, oneOf, type WireMethod } from "./wire-method.ts";

/** The contract's HDBSCANParams, but those that change nothing here. */
export interface HdbscanParams {
  readonly min_cluster_size: number;
  /** Null: as `min_cluster_size`. Counts the document itself, as scikit-learn's does. */
  readonly min_samples: number | null;
  readonly cluster_selection_epsilon: number;
  readonly max_cluster_size: number | null;
  readonly metric: Metric;
  readonly alpha: number;
  readonly cluster_selection_method: "eom" | "leaf";
  readonly allow_single_cluster: boolean;
}

export const hdbscanMethod: WireMethod<HdbscanParams> = {
  title: "hdbscan",
  rules: {
    min_cluster_size: { type: "integer", minimum: 2 },
    min_samples: { type: "integer", nullable: true, minimum: 1 },
    cluster_selection_epsilon: { type: "number", minimum: 0 },
    max_cluster_size: { type: "integer", nullable: true, minimum: 1 },
    metric: { type: "string" },
    alpha: { type: "number", above: 0 },
    cluster_selection_method: { type: "string" },
    allow_single_cluster: { type: "boolean" },
    prediction_data: { type: "boolean" },
    match_reference_implementation: { type: "boolean" },
  },
  inert: { prediction_data: [false, true], match_reference_implementation: [false] },
  defaults: {
    min_cluster_size: 5,
    min_samples: null,
    cluster_selection_epsilon: 0,
    max_cluster_size: null,
    metric: "euclidean",
    alpha: 1,
    cluster_selection_method: "eom",
    allow_single_cluster: false,
  },
  check: ({ metric, cluster_selection_method, min_cluster_size, max_cluster_size }) => {
    oneOf("hdbscan", "metric", metric, METRICS, LATER_METRICS);
    oneOf("hdbscan", "cluster_selection_method", cluster_selection_method, ["eom", "leaf"]);
    if (max_cluster_size === null || max_cluster_size >= min_cluster_size) return;
    throw new AppError(
      "invalid_value",
      `max_cluster_size is ${max_cluster_size}, below min_cluster_size ${min_cluster_size}: no cluster can be of both sizes.`,
      { details: { field: "max_cluster_size" } },
    );
  },
};
