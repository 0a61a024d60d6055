import type { BatchDeleteDocumentsRequest, BatchUpdateDocumentsRequest } from "#contract/document-changes.ts";
import { AppError } from "../../platform/app-error.ts";
import type { Filter } from "../filters/filter.ts";
import { parseFilter } from "../filters/parse-filter.ts";

type AskedUpdates = NonNullable<BatchUpdateDocumentsRequest["updates"]>;

export type BatchUpdate =
  | { readonly updates: readonly { document_id: string; update_data: Record<string, unknown> }[] }
  | { readonly filter: Filter; readonly updateData: Record<string, unknown> };

/** `updates`, or `filters` with `update_data`; throws `invalid_value` for both, neither or half of it. */
export function readBatchUpdate({ updates, filters, update_data }: BatchUpdateDocumentsRequest): BatchUpdate {
  if (updates != null) {
    if (filters != null || update_data != null) {
      throw impossible(
        "updates",
        "updates name their documents themselves; leave out filters and update_data.",
      );
    }
    return { updates: updates as (AskedUpdates[number] & { update_data: Record<string, unknown> })[] };
  }
  if (update_data == null) {
    throw impossible("updates", "Send updates, or filters with the update_data for what they match.");
  }
  const filter = parseFilter(filters, ["body", "filters"]);
  if (!filter) {
    throw impossible(
      "filters",
      "Without a condition every document would be changed; PATCH …/documents/bulk does that.",
    );
  }
  return { filter, updateData: update_data as Record<string, unknown> };
}

export type BatchDelete = { readonly documentIds: readonly string[] } | { readonly filter: Filter };

/** `document_ids` or `filters`; throws `invalid_value` for both, for neither, and for filters without a condition. */
export function readBatchDelete({ document_ids, filters }: BatchDeleteDocumentsRequest): BatchDelete {
  if (document_ids != null) {
    if (filters != null) throw impossible("filters", "Send document_ids or filters, not both.");
    return { documentIds: document_ids };
  }
  const filter = parseFilter(filters, ["body", "filters"]);
  if (filter) return { filter };
  throw impossible(
    "filters",
    'Without document_ids and without a condition every document would be deleted; who wants that says {"field": "document_id", "operator": "exists", "value": true}.',
  );
}

function impossible(field: string, message: string): AppError {
  return new AppError("invalid_value", message, { details: { field } });
}
