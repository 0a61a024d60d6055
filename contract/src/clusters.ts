import { Type, type Static } from "typebox";

import { ClusterFreshness, MaxAgeSeconds } from "./freshness.ts";
import { Instant, Nullable } from "./nullable.ts";
import { ClusterPlacement } from "./placements.ts";
import { PaginationResponse } from "./pagination.ts";
import { TaskStatus } from "./tasks.ts";

const Open = Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: true });
const ClusterType = Type.Enum(["vector", "attribute"]);
const given = <T extends Parameters<typeof Nullable>[0]>(schema: T) => Type.Optional(Nullable(schema));

/** The algorithms of the wire; `hierarchical` is another name of `agglomerative`. */
export const WIRE_ALGORITHMS = [
  "kmeans",
  "dbscan",
  "hdbscan",
  "agglomerative",
  "hierarchical",
  "spectral",
  "gaussian_mixture",
  "mean_shift",
  "optics",
  "attribute_based",
] as const;
export type WireAlgorithm = (typeof WIRE_ALGORITHMS)[number];
const ClusteringMethod = Type.Enum([...WIRE_ALGORITHMS]);

/**
 * Defaults below a nullable object are not filled in by validation, so readers repeat them. The objects of parameters
 * are checked by algorithm: clusters/methods/. `reduce`, `coordinates`, `reassign_noise` and `warm_start` are ours
 * (docs/clustering.md).
 */
const VectorConfig = Type.Object({
  feature_uri: given(Type.String({ minLength: 1 })),
  feature_uris: given(Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })),
  feature_extractor_name: given(Type.String()),
  version: given(Type.String()),
  output_name: given(Type.String()),
  clustering_method: ClusteringMethod,
  sample_size: given(Type.Integer({ minimum: 1 })),
  kmeans_parameters: given(Open),
  dbscan_parameters: given(Open),
  hdbscan_parameters: given(Open),
  algorithm_params: given(Open),
  multi_feature_strategy: Type.Optional(
    Type.Enum(["concatenate", "independent", "weighted"], { default: "concatenate" }),
  ),
  normalize_features: Type.Optional(Type.Boolean({ default: true })),
  feature_weights: given(Type.Record(Type.String(), Type.Number())),
  weight_learning_config: given(Open),
  output_strategy: Type.Optional(Type.Enum(["single", "per_feature"], { default: "single" })),
  effective_feature_method: Type.Optional(Type.Enum(["mean", "median", "medoid"], { default: "mean" })),
  enrich_source: Type.Optional(Type.Boolean({ default: false })),
  reduce: given(Open),
  coordinates: given(Open),
  reassign_noise: Type.Optional(Type.Boolean({ default: false })),
  warm_start: Type.Optional(Type.Boolean({ default: false })),
});
export type VectorConfig = Static<typeof VectorConfig>;

const AttributeConfig = Type.Object({
  attributes: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  hierarchical_grouping: Type.Optional(Type.Boolean({ default: false })),
  aggregation_method: given(Type.String()),
});
export type AttributeConfig = Static<typeof AttributeConfig>;

export const CreateClusterRequest = Type.Object({
  collection_ids: Type.Array(Type.String({ minLength: 1 }), { minItems: 1 }),
  cluster_name: given(Type.String()),
  cluster_type: Type.Optional(Type.Enum(["vector", "attribute"], { default: "vector" })),
  vector_config: given(VectorConfig),
  attribute_config: given(AttributeConfig),
  filters: given(Open),
  llm_labeling: given(Open),
  enrich_source_collection: Type.Optional(Type.Boolean({ default: false })),
  source_enrichment_config: given(Open),
  /** Ours: how old its result may become before it is `too_old`. */
  max_age_seconds: given(MaxAgeSeconds),
  /** Ours: whether documents that come after a run get a cluster by its rules at once. */
  place_new_documents: given(Type.Boolean()),
});
export type CreateClusterRequest = Static<typeof CreateClusterRequest>;

export const PatchClusterRequest = Type.Object({
  cluster_name: given(Type.String()),
  description: given(Type.String()),
  metadata: given(Open),
  max_age_seconds: given(MaxAgeSeconds),
  place_new_documents: given(Type.Boolean()),
});
export type PatchClusterRequest = Static<typeof PatchClusterRequest>;

export const ListClustersRequest = Type.Object({
  filters: given(Open),
  sort: given(
    Type.Object({
      field: Type.String(),
      direction: Type.Optional(Type.Enum(["asc", "desc"], { default: "asc" })),
    }),
  ),
  search: given(Type.String()),
});
export type ListClustersRequest = Static<typeof ListClustersRequest>;

/** Ours: the hosted service takes no body here. */
export const ExecuteClusterRequest = Type.Object(
  {
    same_data_as: given(
      Type.String({
        pattern: "^run_[a-zA-Z0-9]+$",
        description: "A run whose documents and vectors are read again instead of those there are now",
      }),
    ),
  },
  { $id: "ExecuteClusterRequest" },
);
export type ExecuteClusterRequest = Static<typeof ExecuteClusterRequest>;

export const ClusterIdParams = Type.Object({ cluster_id: Type.String() });
export const ClusterIdentifierParams = Type.Object({ cluster_identifier: Type.String() });

const NullableText = Nullable(Type.String());
const NullableTexts = Nullable(Type.Array(Type.String()));
const NullableNumber = Nullable(Type.Number());

/** A cluster as most routes answer it; `description`, `feature_weights`, `sample_size`, the steps, `freshness` and `placement` are ours. */
export const ClusterMetadata = Type.Object({
  cluster_id: Type.String(),
  cluster_name: Type.String(),
  description: NullableText,
  namespace_id: Type.String(),
  input_collections: Type.Array(Type.String()),
  source_bucket_ids: NullableTexts,
  filters: Nullable(Open),
  cluster_type: ClusterType,
  feature_uris: NullableTexts,
  multi_feature_strategy: NullableText,
  feature_weights: Nullable(Type.Record(Type.String(), Type.Number())),
  learned_weights: Nullable(Open),
  learning_quality_score: NullableNumber,
  effective_feature_method: NullableText,
  clustered_attributes: NullableTexts,
  hierarchical_grouping: Nullable(Type.Boolean()),
  aggregation_method: NullableText,
  output_collection_ids: Type.Array(Type.String()),
  output_collection_names: Type.Array(Type.String()),
  algorithm: NullableText,
  algorithm_params: Nullable(Open),
  sample_size: Nullable(Type.Integer()),
  reduce: Nullable(Open),
  coordinates: Nullable(Open),
  reassign_noise: Nullable(Type.Boolean()),
  warm_start: Nullable(Type.Boolean()),
  enrich_source: Type.Boolean(),
  source_enrichment_config: Nullable(Open),
  llm_labeling: Nullable(Open),
  num_clusters: Nullable(Type.Integer()),
  num_documents_clustered: Nullable(Type.Integer()),
  execution_time_seconds: NullableNumber,
  hierarchy_detected: Type.Boolean(),
  parent_cluster_id: NullableText,
  child_cluster_ids: NullableTexts,
  hierarchy_relationships: Nullable(Type.Array(Open)),
  status: TaskStatus,
  last_execution_task_id: NullableText,
  created_at: Instant,
  updated_at: Instant,
  last_executed_at: Nullable(Instant),
  completed_at: Nullable(Instant),
  llm_labeling_errors: NullableTexts,
  freshness: ClusterFreshness,
  placement: Nullable(ClusterPlacement),
  metadata: Open,
});
export type ClusterMetadata = Static<typeof ClusterMetadata>;

/** A cluster as PATCH answers it; `description`, `freshness` and `placement` are ours. */
export const ClusterModel = Type.Object({
  collection_ids: Type.Array(Type.String()),
  cluster_name: Type.String(),
  description: NullableText,
  cluster_type: ClusterType,
  vector_config: Nullable(Open),
  attribute_config: Nullable(Open),
  filters: Nullable(Open),
  llm_labeling: Nullable(Open),
  enrich_source_collection: Type.Boolean(),
  source_enrichment_config: Nullable(Open),
  cluster_id: Type.String(),
  parquet_path: NullableText,
  members_key: NullableText,
  num_clusters: Nullable(Type.Integer()),
  cluster_stats: Nullable(Open),
  status: TaskStatus,
  task_id: NullableText,
  last_run_id: NullableText,
  created_at: Instant,
  updated_at: Instant,
  freshness: ClusterFreshness,
  placement: Nullable(ClusterPlacement),
  metadata: Open,
});
export type ClusterModel = Static<typeof ClusterModel>;

export const ListClustersResponse = Type.Object({
  results: Type.Array(ClusterMetadata),
  pagination: PaginationResponse,
  total_count: Type.Integer(),
  stats: Type.Null(),
});
export type ListClustersResponse = Static<typeof ListClustersResponse>;
