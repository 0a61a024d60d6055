import { Type, type Static } from "typebox";

import { ExecutionChangesSummary } from "./changes.ts";
import { Instant, Nullable } from "./nullable.ts";
import { PaginationResponse } from "./pagination.ts";

export const ExecutionParams = Type.Object({ cluster_id: Type.String(), run_id: Type.String() });
export const ClusterExecutionsParams = Type.Object({ cluster_id: Type.String() });

/** Of the clusters of one space. */
const figures = {
  silhouette_score: Nullable(Type.Number({ minimum: -1, maximum: 1 })),
  davies_bouldin_index: Nullable(Type.Number({ minimum: 0 })),
  calinski_harabasz_score: Nullable(Type.Number({ minimum: 0 })),
};
const ownFigures = {
  inertia: Type.Optional(Type.Number({ description: "kmeans" })),
  iterations: Type.Optional(Type.Integer({ description: "kmeans, gaussian_mixture" })),
  converged: Type.Optional(Type.Boolean({ description: "kmeans, gaussian_mixture" })),
  log_likelihood: Type.Optional(
    Type.Number({ description: "gaussian_mixture: mean ln of the density of a document" }),
  ),
  noise_share: Type.Optional(
    Type.Number({ minimum: 0, maximum: 1, description: "Documents that are in no cluster" }),
  ),
};

export const ClusterExecutionMetrics = Type.Object(
  {
    ...figures,
    approximate: Type.Boolean({ description: "Ours: whether a figure is that of a sample" }),
    notes: Type.Array(Type.String(), {
      description: "Ours: how figures were made, and why one is missing",
    }),
    seed: Type.Optional(Type.Integer({ description: "Ours, as all below: of everything that draws" })),
    ...ownFigures,
    features: Type.Optional(
      Type.Array(
        Type.Object({ feature: Type.String(), num_clusters: Type.Integer(), ...figures, ...ownFigures }),
        { description: "independent: the figures of each feature; the three measures of the whole are null" },
      ),
    ),
  },
  { $id: "ClusterExecutionMetrics" },
);
export type ClusterExecutionMetrics = Static<typeof ClusterExecutionMetrics>;

export const ClusterExecutionCentroid = Type.Object(
  {
    cluster_id: Type.String({ pattern: "^cl_[0-9]+$" }),
    num_members: Type.Integer({ minimum: 0 }),
    label: Nullable(Type.String()),
    label_locked: Type.Boolean({ description: "Ours: a person has given the label" }),
    summary: Nullable(Type.String()),
    keywords: Nullable(Type.Array(Type.String())),
    parent_cluster_id: Nullable(
      Type.String({ pattern: "^cl_[0-9]+$", description: "Ours: the group that contains this one" }),
    ),
    attributes: Nullable(
      Type.Object({}, { additionalProperties: true, description: "Ours: the values that make the group" }),
    ),
    feature: Nullable(
      Type.String({ description: "Ours: independent: whose vectors the cluster is made of" }),
    ),
  },
  { $id: "ClusterExecutionCentroid" },
);
export type ClusterExecutionCentroid = Static<typeof ClusterExecutionCentroid>;

/** The contract has no word for canceled here: such a run reads `failed`, its error message begins with "canceled". */
export const ClusterExecutionStatus = Type.Enum(["pending", "processing", "completed", "failed"]);
export type ClusterExecutionStatus = Static<typeof ClusterExecutionStatus>;

export const ExecutionSnapshot = Type.Object(
  {
    taken_at: Instant,
    documents: Type.Integer({ minimum: 0 }),
    kept: Type.Boolean({ description: "Whether another run can be asked to read the same data" }),
    same_data_as: Nullable(Type.String({ description: "The run that took it, if this one did not" })),
    collections: Type.Array(
      Type.Object({
        collection_id: Type.String(),
        seq: Type.Integer({ description: "How far the collection's event log went" }),
        documents: Type.Integer({ minimum: 0 }),
      }),
    ),
  },
  { $id: "ExecutionSnapshot", description: "Ours: the documents a run reads" },
);
export type ExecutionSnapshot = Static<typeof ExecutionSnapshot>;

export const ClusterExecutionResult = Type.Object(
  {
    run_id: Type.String({ pattern: "^run_[a-zA-Z0-9]+$" }),
    cluster_id: Type.String({ pattern: "^clust_[a-zA-Z0-9]+$" }),
    status: ClusterExecutionStatus,
    num_clusters: Type.Integer({ minimum: 0 }),
    num_points: Type.Integer({ minimum: 0 }),
    metrics: Nullable(ClusterExecutionMetrics),
    centroids: Nullable(Type.Array(ClusterExecutionCentroid)),
    created_at: Instant,
    completed_at: Nullable(Instant),
    error_message: Nullable(Type.String()),
    llm_labeling_errors: Nullable(Type.Array(Type.String())),
    snapshot: Nullable(ExecutionSnapshot),
    changes: Nullable(ExecutionChangesSummary),
  },
  { $id: "ClusterExecutionResult" },
);
export type ClusterExecutionResult = Static<typeof ClusterExecutionResult>;

/** Filters, sort and search come later; until then they are refused when given. */
export const ListClusterExecutionsRequest = Type.Object(
  {
    filters: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
    sort: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
    search: Type.Optional(Nullable(Type.String())),
  },
  { $id: "ListClusterExecutionsRequest" },
);

export const ClusterExecutionListStats = Type.Object(
  {
    total_executions: Type.Integer({ minimum: 0 }),
    executions_by_status: Type.Record(Type.String(), Type.Integer()),
    avg_execution_time_ms: Type.Number({ minimum: 0 }),
    total_documents_clustered: Type.Integer({ minimum: 0 }),
    avg_num_clusters: Type.Number({ minimum: 0 }),
  },
  { $id: "ClusterExecutionListStats" },
);
export type ClusterExecutionListStats = Static<typeof ClusterExecutionListStats>;

export const ListClusterExecutionsResponse = Type.Object(
  {
    results: Type.Array(ClusterExecutionResult),
    pagination: PaginationResponse,
    total_count: Type.Integer({ minimum: 0 }),
    stats: Nullable(ClusterExecutionListStats),
  },
  { $id: "ListClusterExecutionsResponse" },
);

const PAGE = { minimum: 1, maximum: 10_000, default: 1000 } as const;
const ClusterNumber = Type.String({ pattern: "^cl_[0-9]+$" });

export const ExecutionArtifactsQuery = Type.Object({
  include_centroids: Type.Optional(Type.Boolean({ default: true })),
  include_members: Type.Optional(Type.Boolean({ default: false })),
  limit: Type.Optional(Type.Integer(PAGE)),
  projection_method: Type.Optional(Type.Enum(["2d", "3d"])),
});

/** `cluster_id` is one of the run's clusters, `cl_<n>`. */
export const ExecutionDataRequest = Type.Object(
  {
    cluster_id: Type.Optional(Nullable(ClusterNumber)),
    include_centroids: Type.Optional(Type.Boolean({ default: true })),
    include_members: Type.Optional(Type.Boolean({ default: false })),
    limit: Type.Optional(Nullable(Type.Integer(PAGE))),
    offset: Type.Optional(Type.Integer({ minimum: 0, default: 0 })),
  },
  { additionalProperties: false },
);

const OwnFeature = Nullable(
  Type.String({ description: "independent: by which feature; a document is a member once for each" }),
);

export const ExecutionCentroid = Type.Object({
  cluster_id: ClusterNumber,
  num_members: Type.Integer(),
  label: Nullable(Type.String()),
  vector: Nullable(Type.Array(Type.Number())),
  feature: OwnFeature,
});

export const ExecutionMember = Type.Object({
  document_id: Type.String(),
  collection_id: Type.String(),
  cluster_id: Nullable(ClusterNumber),
  distance: Nullable(Type.Number()),
  coordinates: Nullable(Type.Array(Type.Number())),
  feature: OwnFeature,
});

/** `total` counts the members that offset and limit page through, whether they are included or not. */
export const ExecutionData = Type.Object({
  cluster_id: Type.String(),
  run_id: Type.String(),
  centroids: Nullable(Type.Array(ExecutionCentroid)),
  members: Nullable(Type.Array(ExecutionMember)),
  total: Type.Integer(),
  offset: Type.Integer(),
  limit: Type.Integer(),
});
export type ExecutionData = Static<typeof ExecutionData>;
