import type { ListCollectionsRequest, ListCollectionsResponse } from "#contract/collections.ts";
import type { ListQuery } from "#contract/pagination.ts";
import type { Sql } from "../../db/database.ts";
import { notSupported } from "../../platform/app-error.ts";
import { readCursor, writeCursor } from "../page-cursor.ts";
import { pageOf } from "../pagination.ts";
import { toCollectionResponse } from "./collection-response.ts";
import { countCollections, listCollections, SORTS, type Collection, type SortField } from "./store.ts";

/** A page of a namespace's collections. Throws `not_supported` for filters and other sorts, `foreign_cursor`. */
export async function listPage(
  sql: Sql,
  namespaceId: string,
  query: ListQuery,
  request: ListCollectionsRequest,
): Promise<ListCollectionsResponse> {
  if (request.filters && Object.keys(request.filters).length > 0) {
    throw notSupported("filters", "Use search, which looks for a part of the name.");
  }
  const sort = sortField(request.sort?.field ?? "created_at");
  const descending = request.sort ? request.sort.direction === "desc" : true;
  const search = request.search ?? null;
  const caseSensitive = request.case_sensitive ?? false;
  const list = ["collections", namespaceId, search, caseSensitive, sort, descending];
  const after = query.cursor === undefined ? null : readCursor(list, query.cursor);
  const { limit = 50, offset = 0 } = query;
  const rows = await listCollections(sql, namespaceId, {
    search,
    caseSensitive,
    sort,
    descending,
    limit: limit + 1,
    offset: after ? 0 : offset,
    after: after && { value: String(after[0]), id: String(after[1]) },
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const counts = await countCollections(sql, namespaceId, { search, caseSensitive });
  return {
    results: page.map(toCollectionResponse),
    pagination: pageOf(
      query,
      counts.collections,
      last ? writeCursor(list, [valueOf(last, sort), last.collectionId]) : null,
    ),
    total_count: counts.collections,
    stats: {
      total_documents: counts.documents,
      avg_documents_per_collection: counts.collections === 0 ? 0 : counts.documents / counts.collections,
      collections_with_taxonomies: 0,
      total_feature_extractors: 0,
      total_taxonomies: 0,
      total_retrievers: 0,
    },
  };
}

function sortField(field: string): SortField {
  if (field in SORTS) return field as SortField;
  throw notSupported(`sort by '${field.slice(0, 100)}'`, `Sort by one of: ${Object.keys(SORTS).join(", ")}.`);
}

function valueOf(collection: Collection, sort: SortField): string {
  if (sort === "collection_name") return collection.name;
  return (sort === "created_at" ? collection.createdAt : collection.updatedAt).toISOString();
}
