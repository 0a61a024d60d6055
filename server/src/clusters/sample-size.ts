import { AppError } from "../platform/app-error.ts";
import type { VectorMethod } from "./methods/index.ts";

type Given = number | null | undefined;

/**
 * How many documents clusters are found on, null for all; `invalid_value` for fewer than there are to be clusters, or than
 * a reduction needs.
 */
export function toSampleSize(given: Given, method: VectorMethod, isReduced: boolean): number | null {
  if (given === undefined || given === null) return null;
  const fewest = fewestDocuments(method);
  if (given < fewest) {
    const why =
      method.algorithm === "hdbscan"
        ? `hdbscan needs at least ${fewest} documents`
        : `${fewest} clusters cannot be found among fewer documents than that`;
    throw invalid(
      `sample_size is ${given}, but ${why}. ` +
        `Give a larger one (some hundred documents a cluster are a good sample), or lower ${whatToLower(method)!}.`,
    );
  }
  if (isReduced && given < FEWEST_TO_REDUCE) {
    throw invalid(
      `sample_size is ${given}, but one document alone cannot be reduced. Give a larger one, or leave reduce out.`,
    );
  }
  return given;
}

/** One vector alone has no direction of variance and no neighbour. */
export const FEWEST_TO_REDUCE = 2;

/** The parameter by which a method needs so many documents; null if none is to blame. */
export function whatToLower({ algorithm, params }: VectorMethod): string | null {
  switch (algorithm) {
    case "kmeans":
    case "agglomerative":
      return "n_clusters";
    case "gaussian_mixture":
      return "n_components";
    case "hdbscan":
      return params.min_samples === null ? "min_cluster_size" : "min_samples";
    case "dbscan":
      return null;
  }
}

/** Documents without which a method refuses to begin. */
export function fewestDocuments({ algorithm, params }: VectorMethod): number {
  switch (algorithm) {
    case "kmeans":
      return params.n_clusters;
    case "gaussian_mixture":
      return Math.max(2, params.n_components);
    case "agglomerative":
      return Math.max(2, params.n_clusters ?? 2);
    case "hdbscan":
      return Math.max(2, params.min_samples ?? params.min_cluster_size);
    case "dbscan":
      return 1;
  }
}

/** Groups of equal values are found by looking at every document, which needs no vectors in memory. */
export function refuseSample(given: Given): void {
  if (given === undefined || given === null) return;
  throw invalid(
    `sample_size is ${given}, but a sample makes no sense for grouping by attributes: ` +
      "every document is in the group of its values. Leave sample_size out.",
  );
}

function invalid(message: string): AppError {
  return new AppError("invalid_value", message, { details: { field: "sample_size" } });
}
