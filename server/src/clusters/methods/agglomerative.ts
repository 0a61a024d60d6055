import { AppError } from "../../platform/app-error.ts";
import { LATER_METRICS, type Metric, METRICS, oneOf, type WireMethod } from "./wire-method.ts";

export const LINKAGES = ["ward", "complete", "average", "single"] as const;

/** The contract's AgglomerativeParams, but those that change nothing here; one of the first two is null. */
export interface AgglomerativeParams {
  readonly n_clusters: number | null;
  readonly distance_threshold: number | null;
  /** scikit-learn's former word for the metric. */
  readonly affinity: Metric;
  readonly linkage: (typeof LINKAGES)[number];
}

const DEFAULTS: AgglomerativeParams = {
  n_clusters: 2,
  distance_threshold: null,
  affinity: "euclidean",
  linkage: "ward",
};

export const agglomerativeMethod: WireMethod<AgglomerativeParams> = {
  title: "agglomerative",
  rules: {
    n_clusters: { type: "integer", nullable: true, minimum: 2 },
    affinity: { type: "string" },
    memory: { type: "string", nullable: true },
    connectivity: { type: "object", nullable: true },
    compute_full_tree: { type: "string" },
    linkage: { type: "string" },
    distance_threshold: { type: "number", nullable: true, above: 0 },
    compute_distances: { type: "boolean" },
  },
  inert: {
    memory: [null],
    connectivity: [null],
    compute_full_tree: ["auto"],
    compute_distances: [false, true],
  },
  defaults: DEFAULTS,
  check: (params, given) => {
    oneOf("agglomerative", "affinity", params.affinity, METRICS, LATER_METRICS);
    oneOf("agglomerative", "linkage", params.linkage, LINKAGES);
    if (params.linkage === "ward" && params.affinity !== "euclidean") {
      throw invalid(
        "affinity",
        `linkage 'ward' is about euclidean distance, and affinity is '${params.affinity}'. Leave affinity out (with normalize_features, directions are compared), or take linkage 'average'.`,
      );
    }
    if (params.distance_threshold !== null && given.n_clusters != null) {
      throw invalid(
        "distance_threshold",
        "n_clusters and distance_threshold each decide how many clusters there are. Send one of them.",
      );
    }
    if (params.distance_threshold === null && params.n_clusters === null) {
      throw invalid("n_clusters", "n_clusters is null and there is no distance_threshold. Send one of them.");
    }
  },
};

function invalid(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}

/** With a threshold the default number of clusters does not count. */
export function settle(params: AgglomerativeParams): AgglomerativeParams {
  return params.distance_threshold === null ? params : { ...params, n_clusters: null };
}
