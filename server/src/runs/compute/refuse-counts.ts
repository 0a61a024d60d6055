import type { VectorMethod } from "../../clusters/methods/index.ts";
import { fewestDocuments } from "../../clusters/sample-size.ts";
import { RunRefused } from "../run-result.ts";
import type { VectorClustering } from "./cluster-vectors.ts";

/** More groups are no groups, but an identifier taken for an attribute or a distance too small; each is a database row. */
export const MOST_GROUPS = 100_000;

const LOWER: Partial<Record<VectorMethod["algorithm"], string>> = {
  kmeans: " or lower n_clusters",
  gaussian_mixture: " or lower n_components",
  agglomerative: " or lower n_clusters",
  hdbscan: " or lower min_samples",
};

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
  // One vector alone has no direction of variance and no neighbour.
  const needed = Math.max(fewestDocuments(method), definition.reduce ? 2 : 1);
  if (vectors.documents >= needed) return;
  const there = filters
    ? `only ${vectors.documents} in the collections match the cluster's filters ${JSON.stringify(filters)}`
    : `the collections hold ${vectors.documents}`;
  const what = method.algorithm === "kmeans" ? `${needed} clusters need` : `${method.algorithm} needs here`;
  throw new RunRefused(
    "too_few_documents",
    `${what} at least ${needed} documents with a vector of the feature '${featureName}', but ${there}. Add documents${LOWER[method.algorithm] ?? ""}.`,
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
