import type { ListQuery, PaginationResponse } from "#contract/pagination.ts";

/** The contract's account of a page. Totals are there when asked for; a page reached by a cursor has no number. */
export function pageOf(query: ListQuery, total: number, nextCursor: string | null): PaginationResponse {
  const { limit = 50, offset = 0, cursor, include_total: withTotal = false } = query;
  return {
    total: withTotal ? total : null,
    page: cursor === undefined ? Math.floor(offset / limit) + 1 : null,
    page_size: limit,
    total_pages: withTotal ? Math.ceil(total / limit) : null,
    next_page: null,
    previous_page: null,
    next_cursor: nextCursor,
  };
}
