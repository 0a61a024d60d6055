import type { ExecutionChangesSummary } from "#contract/changes.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import type { CoordinatesStep } from "../clusters/methods/steps.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";

/** One cluster of a run, as it is stored and published. */
export interface RunCluster {
  /** The <n> of `cl_<n>`. */
  readonly number: number;
  readonly numMembers: number;
  readonly label: string | null;
  /** By a language model. */
  readonly summary?: string | null;
  readonly keywords: readonly string[] | null;
  /** Attribute grouping: the values that make the group, by path. */
  readonly attributes: Readonly<Record<string, unknown>> | null;
  readonly parentNumber: number | null;
  /** Whose vectors it is made of, if each of several features was clustered by itself. */
  readonly feature: string | null;
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
  /** Of the sample, the reduction, the map and the method, whichever draw. Clusterings of vectors only. */
  readonly seed?: number;
  /** K-means only: the sum of squared distances to the centres, in the space that was clustered. */
  readonly inertia?: number;
  /** K-means and mixtures. */
  readonly iterations?: number;
  readonly converged?: boolean;
  /** Mixtures only: mean ln of the density of a document. */
  readonly log_likelihood?: number;
  /** Documents in no cluster, from 0 to 1. Clusterings of vectors only. */
  readonly noise_share?: number;
  /** If each feature was clustered by itself, its own figures, in the order of their clusters. */
  readonly features?: readonly FeatureMetrics[];
}

export interface FeatureMetrics extends Omit<RunMetrics, "approximate" | "notes" | "seed" | "features"> {
  readonly feature: string;
  readonly num_clusters: number;
}

export interface RunResult {
  /** Noise included. */
  readonly numDocuments: number;
  readonly clusters: readonly RunCluster[];
  readonly metrics: RunMetrics;
  /** Which clusters a language model was asked to name and did not, and why; absent or null: it was not asked, or named all. */
  readonly labelingErrors?: readonly string[] | null;
  /** Since the completed run before; null when there is none with artifacts. The whole of it is an artifact. */
  readonly changes: ExecutionChangesSummary | null;
}

/** A completed run of the same cluster that has left artifacts. */
export interface PreviousRun {
  readonly runId: string;
  /** Relative to the storage folder. */
  readonly artifactPath: string;
  /** How its map was made; null when not at all. */
  readonly coordinates: CoordinatesStep | null;
}

/** A completed run of the same cluster whose clusters this one's may be. */
export interface EarlierRun extends Pick<PreviousRun, "runId" | "artifactPath"> {
  readonly metrics: RunMetrics | null;
}

/** Everything a child process needs to compute one attempt. */
export interface RunJob {
  readonly runId: string;
  readonly clusterId: string;
  readonly storageFolder: string;
  readonly manifest: SnapshotManifest;
  readonly definition: Omit<ClusterDefinition, "collectionIds" | "filters" | "labelPaths">;
  readonly seed: number;
  /** The run before, if the definition asks to start from it; null when there is none. */
  readonly previous?: PreviousRun | null;
  /** The completed runs before, newest first, as far as identity looks back. */
  readonly earlier?: readonly EarlierRun[];
  /** Labels that people have given to clusters of the definition; absent unless a language model is asked for labels. */
  readonly givenLabels?: readonly { readonly number: number; readonly label: string }[];
  /** Where the artifacts go, relative to the storage folder. */
  readonly artifactPath: string;
  /** Whether documents that come later are to be placed by this run's rules. */
  readonly leaveRules?: boolean;
}

/** How far a run is; `fraction` grows from 0 to 1 over the whole attempt. */
export interface RunProgress {
  readonly stage:
    | "snapshot"
    | "reading"
    | "reducing"
    | "clustering"
    | "measuring"
    | "mapping"
    | "assigning"
    | "describing"
    | "writing";
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
