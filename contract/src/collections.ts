import { Type, type Static } from "typebox";

import { Instant, Nullable } from "./nullable.ts";
import { PaginationResponse } from "./pagination.ts";

/** A named vector of each document. The name is plain or a URI; numbers a vector has. */
export const Feature = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 200 }),
    dimensions: Type.Integer({ minimum: 1, maximum: 65_536 }),
  },
  { additionalProperties: false },
);
export type Feature = Static<typeof Feature>;

export const COLLECTION_NAME_LENGTH = { minLength: 3, maxLength: 100 };
const CollectionName = Type.String(COLLECTION_NAME_LENGTH);
const Metadata = Type.Object({}, { additionalProperties: true });

/**
 * Ours: a collection stores vectors that are made elsewhere. The hosted service's fields are declared so that they
 * are refused by name; their empty values, and the placeholders of our own answers, pass.
 */
export const CreateCollectionRequest = Type.Object(
  {
    collection_name: CollectionName,
    description: Type.Optional(Nullable(Type.String())),
    metadata: Type.Optional(Nullable(Metadata)),
    enabled: Type.Optional(Type.Boolean({ default: true })),
    features: Type.Array(Feature, { minItems: 1, maxItems: 16 }),
    source: Type.Optional(Type.Unknown()),
    input_schema: Type.Optional(Type.Unknown()),
    feature_extractor: Type.Optional(Type.Unknown()),
    schedule: Type.Optional(Type.Unknown()),
    taxonomy_applications: Type.Optional(Type.Unknown()),
    cluster_applications: Type.Optional(Type.Unknown()),
    alert_applications: Type.Optional(Type.Unknown()),
    retriever_enrichments: Type.Optional(Type.Unknown()),
  },
  { additionalProperties: false },
);
export type CreateCollectionRequest = Static<typeof CreateCollectionRequest>;

/** The contract's PATCH takes any object; what we change, what is immutable and what is not built is told apart in code. */
export const PatchCollectionRequest = Type.Object(
  {
    collection_name: Type.Optional(CollectionName),
    description: Type.Optional(Nullable(Type.String())),
    metadata: Type.Optional(Nullable(Metadata)),
    enabled: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: true },
);
export type PatchCollectionRequest = Static<typeof PatchCollectionRequest>;

export const ListCollectionsRequest = Type.Object({
  filters: Type.Optional(Nullable(Type.Object({}, { additionalProperties: true }))),
  sort: Type.Optional(
    Nullable(
      Type.Object({
        field: Type.String(),
        direction: Type.Optional(Type.Enum(["asc", "desc"], { default: "asc" })),
      }),
    ),
  ),
  search: Type.Optional(Nullable(Type.String())),
  case_sensitive: Type.Optional(Type.Boolean({ default: false })),
});
export type ListCollectionsRequest = Static<typeof ListCollectionsRequest>;

const Schema = Type.Object({ properties: Type.Object({}, { additionalProperties: true }) });

export const CollectionResponse = Type.Object({
  collection_id: Type.String(),
  collection_name: CollectionName,
  description: Nullable(Type.String()),
  features: Type.Array(Feature),
  input_schema: Schema,
  output_schema: Schema,
  feature_extractor: Type.Object({
    feature_extractor_name: Type.String(),
    version: Type.String(),
    feature_extractor_id: Type.String(),
  }),
  source: Type.Object({ type: Type.String() }),
  source_bucket_schemas: Type.Null(),
  source_lineage: Type.Array(Type.Unknown()),
  vector_indexes: Type.Array(Type.Unknown()),
  payload_indexes: Type.Array(Type.Unknown()),
  enabled: Type.Boolean(),
  metadata: Nullable(Metadata),
  schedule: Type.Null(),
  trigger_id: Type.Null(),
  created_at: Nullable(Instant),
  updated_at: Nullable(Instant),
  document_count: Nullable(Type.Integer()),
  schema_version: Type.Integer(),
  last_schema_sync: Type.Null(),
  schema_sync_enabled: Type.Boolean(),
  taxonomy_applications: Type.Null(),
  cluster_applications: Type.Null(),
  alert_applications: Type.Null(),
  retriever_enrichments: Type.Null(),
  taxonomy_count: Nullable(Type.Integer()),
  retriever_count: Nullable(Type.Integer()),
});
export type CollectionResponse = Static<typeof CollectionResponse>;

export const ListCollectionsResponse = Type.Object({
  results: Type.Array(CollectionResponse),
  pagination: PaginationResponse,
  total_count: Type.Integer(),
  stats: Nullable(
    Type.Object({
      total_documents: Type.Integer(),
      avg_documents_per_collection: Type.Number(),
      collections_with_taxonomies: Type.Integer(),
      total_feature_extractors: Type.Integer(),
      total_taxonomies: Type.Integer(),
      total_retrievers: Type.Integer(),
    }),
  ),
});
export type ListCollectionsResponse = Static<typeof ListCollectionsResponse>;
