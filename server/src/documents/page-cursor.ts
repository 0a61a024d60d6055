import { hashOf } from "./content-hash.ts";
import { AppError } from "../platform/app-error.ts";

/**
 * Where a list goes on: opaque to clients, and bound to what was listed (namespace, filter and sort, as `list`), so
 * that a cursor of another list is refused instead of giving a page of nonsense.
 */
export function writeCursor(list: readonly unknown[], position: readonly (string | number)[]): string {
  return Buffer.from(JSON.stringify([boundTo(list), ...position])).toString("base64url");
}

/** The position in the cursor; throws `foreign_cursor` unless `writeCursor` made it for the same list. */
export function readCursor(list: readonly unknown[], cursor: string): (string | number)[] {
  try {
    const [bound, ...position] = JSON.parse(Buffer.from(cursor, "base64url").toString()) as (
      string | number
    )[];
    if (bound === boundTo(list) && position.length > 0) return position;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  throw new AppError(
    "foreign_cursor",
    "The cursor belongs to another list, filter, sort or namespace. Leave it out to begin with the first page.",
    { details: { field: "cursor" } },
  );
}

function boundTo(list: readonly unknown[]): string {
  return hashOf(JSON.stringify(list)).slice(0, 12);
}
