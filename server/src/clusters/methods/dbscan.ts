import { LATER_METRICS, type Metric, METRICS, oneOf, type WireMethod } from "./wire-method.ts";

/** The contract's DBSCANParams, but those that change nothing here. */
export interface DbscanParams {
  readonly eps: number;
  readonly min_samples: number;
  readonly metric: Metric;
}

export const dbscanMethod: WireMethod<DbscanParams> = {
  title: "dbscan",
  rules: {
    eps: { type: "number", above: 0 },
    min_samples: { type: "integer", minimum: 1 },
    metric: { type: "string" },
    metric_params: { type: "object", nullable: true },
    algorithm: { type: "string" },
    leaf_size: { type: "integer", minimum: 1 },
    p: { type: "number", above: 0 },
    n_jobs: { type: "integer", nullable: true },
  },
  // Which tree is searched and on how many cores decides how long scikit-learn takes, not what it finds.
  inert: { metric_params: [null, {}], algorithm: ["auto", "ball_tree", "kd_tree", "brute"], p: [2] },
  defaults: { eps: 0.5, min_samples: 5, metric: "euclidean" },
  check: ({ metric }) => {
    oneOf("dbscan", "metric", metric, METRICS, LATER_METRICS);
  },
};
