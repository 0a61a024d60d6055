import type { ClusterDefinition } from "../clusters/definition.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";

/** One cluster of a run, as it is stored and published. */
export interface RunCluster {
  /** The <n> of `cl_<n>`. */
  readonly number: number;
  readonly numMembers: number;
  readonly label: string | null;
  readonly keywords: readonly string[] | null;
  /** Attribute grouping: the values that make the group, by path. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly parentNumber: number | null;
}

/** How good the clusters are, and what has to be known to read the figures. */
export interface RunMetrics {
  readonly silhouette_score: number | null;
  readonly davies_bouldin_index: number | null;
  readonly calinski_harabasz_score: number | null;
  /** Whether clusters or figures were made on a sample. */
  readonly approximate: boolean;
  /** In words: how a figure was made, why one is missing, what differs from what was asked. */
  readonly notes: readonly string[];
  /** K-means only. */
  readonly seed?: number;
  readonly inertia?: number;
  readonly iterations?: number;
  readonly converged?: boolean;
}

export interface RunResult {
  /** Noise included. */
  readonly numDocuments: number;
  readonly clusters: readonly RunCluster[];
  readonly metrics: RunMetrics;
}

/** Everything a child process needs to compute one attempt. */
export interface RunJob {
  readonly runId: string;
  readonly storageFolder: string;
  readonly manifest: SnapshotManifest;
  readonly definition: Pick<ClusterDefinition, "method" | "featureName" | "normalizeFeatures" | "sampleSize">;
  readonly seed: number;
  /** Where the artifacts go, relative to the storage folder. */
  readonly artifactPath: string;
}

/** How far a run is; `fraction` grows from 0 to 1 over the whole attempt. */
export interface RunProgress {
  readonly stage:
    "snapshot" | "reading" | "clustering" | "assigning" | "measuring" | "describing" | "writing";
  readonly fraction: number;
}

/** A run that would fail the same way again: it is not retried. `code` says why in one word. */
export class RunRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "RunRefused";
    this.code = code;
  }
}
