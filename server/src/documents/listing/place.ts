import { AppError } from "../../platform/app-error.ts";
import { readCursor } from "../page-cursor.ts";
import type { SortKey } from "./sort-key.ts";

/** A place in a list, as a cursor holds it. */
export function writePlace({ ordinal, rank, number, text }: SortKey): (string | number)[] {
  return [ordinal, rank, ...(number !== null ? [number] : text !== null ? [text] : [])];
}

/** The place in a cursor; throws `foreign_cursor` for a cursor of another list, and for one that no list has written. */
export function readPlace(list: readonly unknown[], cursor: string): SortKey {
  const [ordinal, rank, value] = readCursor(list, cursor);
  if (!Number.isSafeInteger(ordinal) || !Number.isSafeInteger(rank)) {
    throw new AppError(
      "foreign_cursor",
      "The cursor was not made by this list. Leave it out to begin with the first page.",
      {
        details: { field: "cursor" },
      },
    );
  }
  return {
    ordinal: ordinal as number,
    rank: rank as number,
    number: typeof value === "number" ? value : null,
    text: typeof value === "string" ? value : null,
  };
}
