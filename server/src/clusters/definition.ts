import type { Labeling } from "./labeling.ts";
import type { EnrichmentStep } from "./enrichment/enrichment-fields.ts";
import type { VectorMethod } from "./methods/index.ts";
import type { CoordinatesStep, ReduceStep } from "./methods/steps.ts";
import type { SeveralFeatures } from "./several-features.ts";

export interface AttributeDefinition {
  readonly algorithm: "attribute_based";
  /** Paths into the payload, dots between levels. */
  readonly attributes: readonly string[];
  readonly hierarchicalGrouping: boolean;
}

/**
 * What to group and how, in our own words: made once from any of the shapes the wire offers, stored with the
 * cluster, and copied into each execution so that a later edit does not rewrite history.
 */
export interface ClusterDefinition {
  readonly collectionIds: readonly string[];
  /** Which of their documents, in the filter language as it was sent. Absent or null: all. */
  readonly filters?: Readonly<Record<string, unknown>> | null;
  readonly method: VectorMethod | AttributeDefinition;
  /** The feature to cluster by; null means the only one that the collections share, resolved when the run starts. */
  readonly featureName: string | null;
  /** The features if there are two or more; `featureName` is null then. Absent: one. */
  readonly several?: SeveralFeatures | undefined;
  readonly normalizeFeatures: boolean;
  /** Documents that the clusters are found on, drawn by the run's seed; the others are assigned. Absent or null: all. */
  readonly sampleSize?: number | null;
  /** What happens to the vectors before they are clustered. Absent or null: nothing. */
  readonly reduce?: ReduceStep | null;
  /** How the map's coordinates are made. Absent: by PCA in two dimensions; null: not at all. */
  readonly coordinates?: CoordinatesStep | null;
  /** Whether documents that are noise go to the nearest cluster afterwards. */
  readonly reassignNoise?: boolean;
  /** Whether k-means starts from the centroids of the run before. */
  readonly warmStart?: boolean;
  /** What stands for a cluster. Absent: the mean. */
  readonly centroid?: "mean" | "median" | "medoid";
  /** Payload paths whose text makes the labels; null means title, text, content. */
  readonly labelPaths: readonly string[] | null;
  /** How a language model names the clusters. Absent or null: none does. */
  readonly labeling?: Labeling | null;
  /** What is written into the documents. Absent: nothing after runs, the usual fields when asked. */
  readonly enrichment?: EnrichmentStep | undefined;
}
