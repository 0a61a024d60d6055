import { createHash } from "node:crypto";

import type { PaginationResponse } from "#contract/pagination.ts";
import { AppError } from "../platform/app-error.ts";

/** What a cursor is bound to: the list, its namespace, filter and sort. Any JSON value. */
type Binding = unknown;

/** An opaque cursor for `position`, good only for the same list asked in the same way. */
export function encodeCursor(binding: Binding, position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([fingerprint(binding), ...position])).toString("base64url");
}

/** The position in the cursor; throws `foreign_cursor` for one that was made by another list, filter or sort. */
export function decodeCursor(binding: Binding, cursor: string): (string | number)[] {
  try {
    const [mark, ...position] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as unknown[];
    if (
      mark === fingerprint(binding) &&
      position.every((part) => typeof part === "string" || typeof part === "number")
    ) {
      return position;
    }
  } catch {
    // Not one of ours at all: the same answer.
  }
  throw new AppError(
    "foreign_cursor",
    "This cursor does not belong to this list with this namespace, filter and sort. Begin without a cursor.",
  );
}

function fingerprint(binding: Binding): string {
  return createHash("sha256").update(JSON.stringify(binding)).digest("base64url").slice(0, 16);
}

export interface Page {
  readonly url: string;
  readonly limit: number;
  readonly offset: number;
  /** Whether the page was found by a cursor; it has no page number then. */
  readonly byCursor: boolean;
  /** Known where it was counted; null otherwise. */
  readonly total: number | null;
  /** The cursor behind this page; null on the last one. */
  readonly nextCursor: string | null;
}

/** The contract's `pagination` of a list's answer. */
export function paginationOf({ url, limit, offset, byCursor, total, nextCursor }: Page): PaginationResponse {
  const link = (at: number) => `${url}?limit=${limit}&offset=${at}`;
  return {
    total,
    page: byCursor ? null : Math.floor(offset / limit) + 1,
    page_size: limit,
    total_pages: total === null ? null : Math.ceil(total / limit),
    next_page: byCursor || nextCursor === null ? null : link(offset + limit),
    previous_page: byCursor || offset === 0 ? null : link(Math.max(0, offset - limit)),
    next_cursor: nextCursor,
  };
}
