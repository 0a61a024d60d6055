import { Type, type Static } from "typebox";

import { DocumentFilters } from "./document-changes.ts";
import { Nullable } from "./nullable.ts";
import { PaginationResponse } from "./pagination.ts";

const Open = Type.Object({}, { additionalProperties: true });

/** The contract's create; open, so what else it carries is payload. `document_id` is ours, made if missing. */
export const DocumentCreateRequest = Type.Object(
  {
    collection_id: Type.String(),
    document_id: Type.Optional(Nullable(Type.String())),
    root_object_id: Type.Optional(Nullable(Type.String())),
    root_bucket_id: Type.Optional(Nullable(Type.String())),
    source_type: Type.Optional(Nullable(Type.Enum(["bucket", "collection"]))),
    source_collection_id: Type.Optional(Nullable(Type.String())),
    source_document_id: Type.Optional(Nullable(Type.String())),
    source_object_id: Type.Optional(Nullable(Type.String())),
    lineage_path: Type.Optional(Nullable(Type.String())),
    lineage_chain: Type.Optional(Type.Array(Open)),
    document_schema_version: Type.Optional(Nullable(Type.String())),
    metadata: Type.Optional(Open),
    features: Type.Optional(
      Type.Array(
        Type.Object(
          {
            feature_extractor_id: Type.String(),
            payload: Type.Optional(Open),
            vectors: Type.Optional(Type.Unknown()),
          },
          { additionalProperties: true },
        ),
      ),
    ),
  },
  { additionalProperties: true },
);
export type DocumentCreateRequest = Static<typeof DocumentCreateRequest>;

/** The payload's fields stand beside these, at the top level; `vectors` only when they were asked for. */
export const DocumentResponse = Type.Object(
  {
    document_id: Type.String(),
    collection_id: Type.String(),
    document_blobs: Type.Array(Type.Unknown()),
    _internal: Nullable(
      Type.Object({
        internal_id: Nullable(Type.String()),
        namespace_id: Nullable(Type.String()),
        document_id: Nullable(Type.String()),
        collection_id: Nullable(Type.String()),
        created_at: Nullable(Type.String()),
        updated_at: Nullable(Type.String()),
        lineage: Type.Null(),
        processing: Type.Null(),
        source_blobs: Type.Null(),
        document_blobs: Type.Null(),
        source_details: Type.Null(),
        modality: Type.Null(),
        metadata: Type.Null(),
        mime_type: Type.Null(),
        size_bytes: Type.Null(),
        content_hash: Nullable(Type.String()),
      }),
    ),
  },
  { additionalProperties: true },
);
export type DocumentResponse = Static<typeof DocumentResponse>;

export const ListDocumentsRequest = Type.Object({
  filters: Type.Optional(Nullable(DocumentFilters)),
  sort: Type.Optional(
    Nullable(
      Type.Object({
        field: Type.String(),
        direction: Type.Optional(Type.Enum(["asc", "desc"], { default: "asc" })),
      }),
    ),
  ),
  search: Type.Optional(Nullable(Type.String({ maxLength: 1_000 }))),
  cursor: Type.Optional(Nullable(Type.String())),
  return_url: Type.Optional(Nullable(Type.Boolean({ default: false }))),
  return_vectors: Type.Optional(Nullable(Type.Boolean({ default: false }))),
  group_by: Type.Optional(Nullable(Type.String())),
  select: Type.Optional(Nullable(Type.Array(Type.String(), { maxItems: 100 }))),
});
export type ListDocumentsRequest = Static<typeof ListDocumentsRequest>;

/** `documents` are the group's first ones, `count` is of all. */
export const DocumentGroup = Type.Object({
  group_key: Type.Unknown(),
  documents: Type.Array(DocumentResponse),
  count: Type.Integer(),
});
export type DocumentGroup = Static<typeof DocumentGroup>;

/** `results` of a plain list, `groups` of one with `group_by`; the other is null. */
export const ListDocumentsResponse = Type.Object({
  results: Nullable(Type.Array(DocumentResponse)),
  groups: Nullable(Type.Array(DocumentGroup)),
  pagination: PaginationResponse,
  stats: Nullable(
    Type.Object({
      total_documents: Type.Integer(),
      avg_blobs_per_document: Type.Number(),
      total_groups: Nullable(Type.Integer()),
      avg_documents_per_group: Nullable(Type.Number()),
    }),
  ),
  group_by_field: Nullable(Type.String()),
});
export type ListDocumentsResponse = Static<typeof ListDocumentsResponse>;

/** What the ingest route takes: this object as JSON, or one of its documents a line as NDJSON. */
export const IngestRequest = Type.Object(
  {
    documents: Type.Array(
      Type.Object(
        {
          document_id: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
          payload: Type.Optional(Open),
          vectors: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Number()))),
        },
        { additionalProperties: false },
      ),
      { maxItems: 10_000 },
    ),
  },
  { additionalProperties: false },
);
export type IngestRequest = Static<typeof IngestRequest>;

/**
 * Counts of documents: `ingested` are new ones, `updated` existed and changed, `unchanged` were stored already,
 * `failed` were refused. `errors` lists the first 10,000 of those; `index` is the document's place in the request,
 * from 0.
 */
export const IngestResponse = Type.Object({
  ingested: Type.Integer(),
  updated: Type.Integer(),
  unchanged: Type.Integer(),
  failed: Type.Integer(),
  errors: Type.Array(
    Type.Object({ index: Type.Integer(), document_id: Nullable(Type.String()), message: Type.String() }),
  ),
});
export type IngestResponse = Static<typeof IngestResponse>;
