import { Type, type Static } from "typebox";

import { Nullable } from "./nullable.ts";

const Open = Type.Object({}, { additionalProperties: true });
/** docs/filters.md has the language; `parseFilter` checks it. */
export const DocumentFilters = Type.Object(
  {},
  {
    additionalProperties: true,
    description:
      "A group {AND?, OR?, NOT?, case_sensitive?} of groups and conditions {field, operator?, value}, or one condition",
  },
);

/** Payload fields at the top level; `vectors`, an object from feature name to numbers, replaces those vectors. */
export const UpdateData = Open;
export type UpdateData = Record<string, unknown>;

export const BulkUpdateDocumentsRequest = Type.Object({
  filters: Type.Optional(Nullable(DocumentFilters)),
  update_data: UpdateData,
});
export type BulkUpdateDocumentsRequest = Static<typeof BulkUpdateDocumentsRequest>;

export const BulkUpdateDocumentsResponse = Type.Object({
  updated_count: Type.Integer(),
  message: Type.String(),
});
export type BulkUpdateDocumentsResponse = Static<typeof BulkUpdateDocumentsResponse>;

const MAX_BATCH = 1_000;

/** `updates`, or `filters` with `update_data`. */
export const BatchUpdateDocumentsRequest = Type.Object({
  updates: Type.Optional(
    Nullable(
      Type.Array(Type.Object({ document_id: Type.String(), update_data: UpdateData }), {
        minItems: 1,
        maxItems: MAX_BATCH,
      }),
    ),
  ),
  filters: Type.Optional(Nullable(DocumentFilters)),
  update_data: Type.Optional(Nullable(UpdateData)),
});
export type BatchUpdateDocumentsRequest = Static<typeof BatchUpdateDocumentsRequest>;

const BatchResult = Type.Object({
  document_id: Type.String(),
  success: Type.Boolean(),
  error: Nullable(Type.String()),
});
export type BatchResult = Static<typeof BatchResult>;

/** `results` in the order of the request; empty for a change by filters. */
export const BatchUpdateDocumentsResponse = Type.Object({
  updated_count: Type.Integer(),
  failed_count: Type.Integer(),
  results: Type.Array(BatchResult),
  message: Type.String(),
});
export type BatchUpdateDocumentsResponse = Static<typeof BatchUpdateDocumentsResponse>;

/** One of the two. */
export const BatchDeleteDocumentsRequest = Type.Object({
  document_ids: Type.Optional(Nullable(Type.Array(Type.String(), { minItems: 1, maxItems: MAX_BATCH }))),
  filters: Type.Optional(Nullable(DocumentFilters)),
});
export type BatchDeleteDocumentsRequest = Static<typeof BatchDeleteDocumentsRequest>;

export const BatchDeleteDocumentsResponse = Type.Object({
  deleted_count: Type.Integer(),
  failed_count: Type.Integer(),
  results: Type.Array(BatchResult),
  message: Type.String(),
});
export type BatchDeleteDocumentsResponse = Static<typeof BatchDeleteDocumentsResponse>;
