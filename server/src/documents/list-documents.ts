import type { ListDocumentsRequest, ListDocumentsResponse } from "#contract/documents.ts";
import type { ListQuery } from "#contract/pagination.ts";
import { notSupported } from "../platform/app-error.ts";
import type { Collection } from "./collections/store.ts";
import type { DocumentsDeps } from "./deps.ts";
import { readVectorsOf, toDocumentResponse } from "./document-response.ts";
import { readCursor, writeCursor } from "./page-cursor.ts";
import { pageOf } from "./pagination.ts";
import { listDocuments } from "./store.ts";

const UNBUILT = ["filters", "sort", "search", "group_by", "select"] as const;

/** A page of a collection's documents. The cursor stands in the query or the body. Throws `not_supported`, `foreign_cursor`. */
export async function listDocumentsPage(
  { db, vectors }: Pick<DocumentsDeps, "db" | "vectors">,
  collection: Collection,
  query: ListQuery,
  request: ListDocumentsRequest,
): Promise<ListDocumentsResponse> {
  refuseUnbuilt(request);
  const list = ["documents", collection.collectionId];
  const cursor = query.cursor ?? request.cursor ?? undefined;
  const { limit = 50, offset = 0 } = query;
  const rows = await listDocuments(db.sql, collection.collectionId, {
    limit: limit + 1,
    offset: cursor === undefined ? offset : 0,
    afterOrdinal: cursor === undefined ? null : Number(readCursor(list, cursor)[0]),
  });
  const page = rows.slice(0, limit);
  const last = rows.length > limit ? page.at(-1) : undefined;
  const own = request.return_vectors ? await readVectorsOf(db.sql, vectors, collection, page) : undefined;
  return {
    results: page.map((row, i) => toDocumentResponse(collection, row, own?.[i])),
    groups: null,
    pagination: pageOf(
      { ...query, ...(cursor === undefined ? {} : { cursor }) },
      collection.documentCount,
      last ? writeCursor(list, [last.ordinal]) : null,
    ),
    stats: {
      total_documents: collection.documentCount,
      avg_blobs_per_document: 0,
      total_groups: null,
      avg_documents_per_group: null,
    },
    group_by_field: null,
  };
}

function refuseUnbuilt(request: ListDocumentsRequest): void {
  for (const field of UNBUILT) {
    const value = request[field];
    if (value == null || value === "" || Object.keys(value).length === 0) continue;
    throw notSupported(field, "Leave it out; documents come in the order they were first stored.");
  }
  if (request.return_url) throw notSupported("return_url", "Documents have no files here; leave it out.");
}
