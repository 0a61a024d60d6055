import type { ListDocumentsRequest, ListDocumentsResponse } from "#contract/documents.ts";
import type { ListQuery } from "#contract/pagination.ts";
import { notSupported } from "../../platform/app-error.ts";
import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { readField } from "../field-value.ts";
import type { Field } from "../filters/filter.ts";
import { parseFilter } from "../filters/parse-filter.ts";
import { writeCursor } from "../page-cursor.ts";
import { pageOf } from "../pagination.ts";
import { isEverything, readSearch, type Criteria } from "./criteria.ts";
import { countFound, findInOrder, findSorted, type Page } from "./find-page.ts";
import { listGroups } from "./list-groups.ts";
import { readPlace, writePlace } from "./place.ts";
import { readResults } from "./read-results.ts";
import { readSelection } from "./select-fields.ts";
import type { Sort } from "./sort-key.ts";

/** What a list's request asks for, checked. */
export interface ListRequest {
  readonly criteria: Criteria;
  readonly sort: Sort | null;
  readonly groupBy: { readonly name: string; readonly field: Field } | null;
  readonly selection: ReturnType<typeof readSelection>;
  readonly withVectors: boolean;
  /** From the query or the body. */
  readonly cursor: string | undefined;
  readonly limit: number;
  readonly offset: number;
  readonly paging: ListQuery;
  /** What a cursor is bound to, beside the collection. */
  readonly list: readonly unknown[];
}

/** A page of a collection's documents, or of groups of them. Throws `foreign_cursor`. */
export async function listDocumentsPage(
  deps: Pick<DocumentsDeps, "db" | "vectors">,
  collection: Collection,
  asked: ListRequest,
): Promise<ListDocumentsResponse> {
  const list = ["documents", collection.collectionId, ...asked.list];
  if (asked.groupBy) return listGroups(deps, collection, { ...asked, list });
  const { criteria, sort, limit, offset, cursor } = asked;
  const after = cursor === undefined ? null : readPlace(list, cursor);
  const page: Page = { after, skip: after ? 0 : offset, take: limit + 1 };
  const found = sort
    ? await findSorted(deps.db.sql, collection.collectionId, criteria, sort, page)
    : await findInOrder(deps.db.sql, collection.collectionId, criteria, page);
  const shown = found.slice(0, limit);
  const last = found.length > limit ? shown.at(-1) : undefined;
  const results = await readResults(deps, collection, shown, asked);
  const isCounted = asked.paging.include_total === true || isEverything(criteria);
  const total = isCounted ? await countFound(deps.db.sql, collection, criteria) : results.length;
  return {
    results,
    groups: null,
    pagination: pageOf(asked.paging, total, last ? writeCursor(list, writePlace(last)) : null),
    stats: {
      total_documents: total,
      avg_blobs_per_document: 0,
      total_groups: null,
      avg_documents_per_group: null,
    },
    group_by_field: null,
  };
}

/** Throws ValidationFailed for filters, paths and searches that cannot be, and `not_supported`. */
export function readListRequest(query: ListQuery, request: ListDocumentsRequest): ListRequest {
  if (request.return_url) throw notSupported("return_url", "Documents have no files here; leave it out.");
  const { filters = null, sort = null, group_by = null, search } = request;
  const pieces = readSearch(search);
  const cursor = query.cursor ?? request.cursor ?? undefined;
  const descending = sort?.direction === "desc";
  return {
    criteria: { filter: parseFilter(filters, ["body", "filters"]), pieces },
    sort: sort && { field: readField(sort.field, ["body", "sort", "field"]), descending },
    groupBy: group_by ? { name: group_by, field: readField(group_by, ["body", "group_by"]) } : null,
    selection: readSelection(request.select),
    withVectors: request.return_vectors ?? false,
    cursor,
    limit: query.limit ?? 50,
    offset: query.offset ?? 0,
    paging: { ...query, ...(cursor === undefined ? {} : { cursor }) },
    list: [filters, pieces, sort && [sort.field, descending], group_by],
  };
}
