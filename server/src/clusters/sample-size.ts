import { AppError } from "../platform/app-error.ts";
import type { KMeansDefinition } from "./definition.ts";

type Given = number | null | undefined;

/** How many documents k-means is fitted on, null for all; `invalid_value` for fewer than there are to be clusters. */
export function toSampleSize(given: Given, { params }: KMeansDefinition): number | null {
  if (given === undefined || given === null) return null;
  if (given >= params.n_clusters) return given;
  throw invalid(
    `sample_size is ${given}, but ${params.n_clusters} clusters cannot be found among fewer documents than that. ` +
      "Give a larger one (some hundred documents a cluster are a good sample), or lower n_clusters.",
  );
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
