import type { VectorMethod } from "../../clusters/methods/index.ts";
import { FEWEST_TO_REDUCE, fewestDocuments, whatToLower } from "../../clusters/sample-size.ts";
import { RunRefused } from "../run-result.ts";
import type { VectorClustering } from "./cluster-vectors.ts";

/** More groups are no groups, but an identifier taken for an attribute or a distance too small; each is a database row. */
export const MOST_GROUPS = 100_000;

/** Throws RunRefused `too_few_documents`. */
export function refuseTooFew({
  vectors,
  method,
  definition,
  featureName,
  filters,
}: Pick<VectorClustering, "method" | "definition" | "featureName" | "filters"> & {
  readonly vectors: Pick<VectorClustering["vectors"], "documents">;
}): void {
  const needed = Math.max(fewestDocuments(method), definition.reduce ? FEWEST_TO_REDUCE : 1);
  if (vectors.documents >= needed) return;
  const there = filters
    ? `only ${vectors.documents} in the collections match the cluster's filters ${JSON.stringify(filters)}`
    : `the collections hold ${vectors.documents}`;
  const lower = needed > 2 ? whatToLower(method) : null;
  const what = method.algorithm === "kmeans" ? `${needed} clusters need` : `${method.algorithm} needs here`;
  throw new RunRefused(
    "too_few_documents",
    `${what} at least ${needed} documents with a vector of the feature '${featureName}', but ${there}. Add documents${lower === null ? "" : ` or lower ${lower}`}.`,
  );
}

/** Throws RunRefused `too_many_clusters`. */
export function refuseTooManyClusters(clusters: number, { algorithm }: VectorMethod): void {
  if (clusters <= MOST_GROUPS) return;
  const fewer =
    algorithm === "agglomerative"
      ? "Raise distance_threshold, or ask for n_clusters"
      : "Raise eps or min_samples, or min_cluster_size";
  throw new RunRefused(
    "too_many_clusters",
    `${algorithm} found ${clusters} clusters, and a run makes at most ${MOST_GROUPS}. ${fewer}.`,
  );
}
