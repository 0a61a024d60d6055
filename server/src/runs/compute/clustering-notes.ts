import type { VectorMethod } from "../../clusters/methods/index.ts";
import type { Found } from "./find-clusters.ts";

interface Outcome {
  readonly method: VectorMethod;
  readonly found: Found;
  /** With members. */
  readonly clusters: number;
  readonly documents: number;
  /** Documents that the clusters were found on; null for all. */
  readonly sampled: number | null;
  /** Of those, how many were noise and got a cluster; null where that was not wanted. */
  readonly settled: number | null;
  /** Documents that are noise in the end. */
  readonly noise: number;
  readonly seed: number;
}

/** What differs from what was asked, and how documents got their clusters, in words. */
export function clusteringNotes(outcome: Outcome): string[] {
  return [...counts(outcome), ...reassigned(outcome), ...sample(outcome)];
}

const MORE_CLUSTERS: Partial<Record<VectorMethod["algorithm"], string>> = {
  dbscan: "Raise eps or lower min_samples",
  hdbscan:
    "Lower min_cluster_size or min_samples, reduce the vectors first (reduce), or allow_single_cluster",
};

function counts({ method, found, clusters }: Outcome): string[] {
  if (clusters === 0) {
    return [`No cluster was found: every document is noise. ${MORE_CLUSTERS[method.algorithm]!}.`];
  }
  if (clusters === found.clusters) return [];
  // Only methods that are asked for a number of clusters leave some without members.
  const why =
    method.algorithm === "kmeans"
      ? `there are only ${clusters} different groups of vectors`
      : `only ${clusters} are the likeliest component of a document`;
  return [`${found.clusters} clusters were asked for, but ${why}.`];
}

function reassigned({ settled, sampled }: Outcome): string[] {
  if (settled === null || settled === 0) return [];
  const of = sampled === null ? "documents" : `of the ${sampled} documents of the sample`;
  return [`${settled} ${of} were noise and got the cluster with the nearest mean (reassign_noise).`];
}

function sample(outcome: Outcome): string[] {
  const { sampled, documents, seed } = outcome;
  const { ruleInWords, figures } = outcome.found;
  if (sampled === null) return [];
  const overall = figures.inertia === undefined ? "" : ", inertia is over all documents";
  const own = figures.log_likelihood === undefined ? "" : " log_likelihood,";
  return [
    `Fitted on a sample of ${sampled} of ${documents} documents, seed ${seed}; the others ${ruleInWords}.`,
    ...noiseOfOthers(outcome, sampled),
    `Centroids,${own} silhouette_score, davies_bouldin_index and calinski_harabasz_score are those of the sample${overall}.`,
  ];
}

/** A rule that suits the sample may be too strict for the others, who are less dense on it. */
function noiseOfOthers({ found, settled, noise, documents }: Outcome, sampled: number): string[] {
  if (noise === 0 || settled !== null) return [];
  const within = found.labels.reduce((count, label) => (label < 0 ? count + 1 : count), 0);
  const shareOf = (part: number, whole: number) => `${((100 * part) / whole).toFixed(1)} %`;
  return [
    `Noise are ${shareOf(within, sampled)} of the sample and ${shareOf(noise - within, documents - sampled)} of the others.`,
  ];
}
