import { Type, type Static } from "typebox";

import { Nullable } from "./nullable.ts";
import { PaginationResponse } from "./pagination.ts";

/** The contract's words; those used here are PENDING, PROCESSING, COMPLETED, FAILED and CANCELED. */
export const TaskStatus = Type.Enum([
  "PENDING",
  "IN_PROGRESS",
  "PROCESSING",
  "COMPLETED",
  "COMPLETED_WITH_ERRORS",
  "FAILED",
  "CANCELED",
  "UNKNOWN",
  "SKIPPED",
  "DRAFT",
  "ACTIVE",
  "ARCHIVED",
  "SUSPENDED",
]);
export type TaskStatus = Static<typeof TaskStatus>;

/** The contract's words; the one kind of task there is here is engine_cluster_build. */
export const TaskType = Type.Enum([
  "api_namespaces_create",
  "api_namespaces_delete",
  "api_namespaces_migrations_run",
  "api_buckets_objects_create",
  "api_buckets_delete",
  "api_buckets_batches_process",
  "api_buckets_batches_submit",
  "api_buckets_uploads_create",
  "api_buckets_uploads_confirm",
  "api_buckets_uploads_batch_confirm",
  "api_collections_documents_create",
  "api_collections_extraction_artifacts",
  "api_taxonomies_create",
  "api_taxonomies_execute",
  "api_taxonomies_materialize",
  "api_evaluations_run",
  "api_evaluations_dataset_create",
  "api_retrievers_publish",
  "api_collections_export",
  "api_collections_trigger",
  "engine_feature_extractor_run",
  "engine_inference_run",
  "engine_object_processing",
  "engine_cluster_build",
  "thumbnail",
  "video_segment",
  "audio_segment",
  "materialize",
  "plugin_custom",
  "model_custom",
]);
export type TaskType = Static<typeof TaskType>;

const Places = Nullable(
  Type.Array(Type.Union([Type.String(), Type.Object({}, { additionalProperties: true })])),
);

/** An execution as a client's background job. `inputs` are its collections, `outputs` its run. */
export const TaskResponse = Type.Object({
  task_id: Type.String(),
  task_type: TaskType,
  status: TaskStatus,
  inputs: Places,
  outputs: Places,
  additional_data: Nullable(Type.Object({}, { additionalProperties: true })),
  error: Nullable(Type.String()),
});
export type TaskResponse = Static<typeof TaskResponse>;

export const TaskParams = Type.Object({ task_id: Type.String() });

const Open = Type.Unsafe<Record<string, unknown>>({ type: "object", additionalProperties: true });

/** `filters`, `sort` and `search` are refused by code. */
export const ListTasksRequest = Type.Object({
  status: Type.Optional(Nullable(TaskStatus)),
  task_type: Type.Optional(Nullable(TaskType)),
  filters: Type.Optional(Nullable(Open)),
  sort: Type.Optional(Nullable(Open)),
  search: Type.Optional(Nullable(Type.String())),
});
export type ListTasksRequest = Static<typeof ListTasksRequest>;

export const ListTasksResponse = Type.Object({
  results: Type.Array(TaskResponse),
  pagination: PaginationResponse,
});
export type ListTasksResponse = Static<typeof ListTasksResponse>;
