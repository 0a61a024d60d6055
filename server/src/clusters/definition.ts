/** K-means as the contract's KMeansParams, with its defaults filled in. */
export interface KMeansDefinition {
  readonly algorithm: "kmeans";
  readonly params: {
    readonly n_clusters: number;
    readonly max_iter: number;
    readonly random_state: number | null;
    readonly n_init: number;
    readonly tol: number;
    readonly init: "k-means++" | "random";
  };
}

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
  readonly method: KMeansDefinition | AttributeDefinition;
  /** The feature to cluster by; null means the collections' only one, resolved when the run starts. */
  readonly featureName: string | null;
  readonly normalizeFeatures: boolean;
  /** Documents that k-means is fitted on, drawn by the run's seed; the others are assigned. Absent or null: all. */
  readonly sampleSize?: number | null;
  /** Payload paths whose text makes the labels; null means title, text, content. */
  readonly labelPaths: readonly string[] | null;
}
