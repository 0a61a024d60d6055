import type { Sql } from "../../db/database.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { readHistory, type HistoryRow } from "./store.ts";

export interface PageRequest {
  readonly offset: number;
  readonly limit: number;
  readonly status: string | null;
  /** undefined: by offset; null: the first of pages by cursor. */
  readonly cursor: string | null | undefined;
  /** At or after. */
  readonly triggeredAfter: Date | null;
  readonly triggeredBefore: Date | null;
}

export interface Page {
  readonly rows: readonly HistoryRow[];
  readonly total: number;
  readonly offset: number;
  readonly limit: number;
  /** Undefined unless pages by cursor were asked for; null after the last. */
  readonly nextCursor: string | null | undefined;
}

/**
 * A page of the trigger's history, newest first, `total` exact under the filter. Past the end it is empty. Throws
 * `not_found`, `foreign_cursor`, or `contradictory_bounds` for an offset beside a cursor.
 */
export async function historyPage(
  run: Sql,
  namespaceId: string,
  triggerId: string,
  request: PageRequest,
): Promise<Page> {
  const { offset, limit, cursor, status, triggeredAfter, triggeredBefore } = request;
  if (typeof cursor === "string" && offset > 0) {
    throw new AppError(
      "contradictory_bounds",
      `Both a cursor and offset ${offset} were given. A cursor says itself where the page begins; leave the offset out.`,
    );
  }
  const found = await readHistory(run, {
    triggerId,
    namespaceId,
    status: status?.toLowerCase() ?? null,
    offset,
    // One more than asked for tells whether there is a next page.
    limit: cursor === undefined ? limit : limit + 1,
    belowOrdinal: typeof cursor === "string" ? decodeCursor(triggerId, cursor) : null,
    triggeredAfter,
    triggeredBefore,
  });
  if (!found) throw notFound("trigger", triggerId);
  const rows = found.rows.slice(0, limit);
  const isLast = found.rows.length <= limit;
  return {
    rows,
    total: found.total,
    offset,
    limit,
    nextCursor:
      cursor === undefined
        ? undefined
        : isLast
          ? null
          : encodeCursor(triggerId, rows.at(-1)!.trigger_ordinal),
  };
}
