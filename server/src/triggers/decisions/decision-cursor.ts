import { isInstantText } from "../../platform/instant-text.ts";
import { AppError } from "../../platform/app-error.ts";

/** The last decision of a page; the next page begins behind it. */
export interface DecisionPlace {
  readonly lastDue: string;
  readonly decisionId: string;
}

/** Opaque to clients; it carries whose list and which filter it belongs to. */
export function writeCursor(triggerId: string, filter: object, place: DecisionPlace): string {
  return Buffer.from(JSON.stringify([ownerOf(triggerId, filter), place.lastDue, place.decisionId])).toString(
    "base64url",
  );
}

/** Throws `foreign_cursor` for one that another list, another filter or nobody made. */
export function readCursor(cursor: string, triggerId: string, filter: object): DecisionPlace {
  const [owner, lastDue, decisionId] = parse(cursor);
  if (
    owner !== ownerOf(triggerId, filter) ||
    typeof lastDue !== "string" ||
    !isInstantText(lastDue) ||
    typeof decisionId !== "string"
  ) {
    throw new AppError(
      "foreign_cursor",
      "This cursor was not made for this trigger and filter. Use the next_cursor of the answer before, with the same filter, or start without a cursor.",
    );
  }
  return { lastDue, decisionId };
}

function ownerOf(triggerId: string, filter: object): string {
  return JSON.stringify([triggerId, filter]);
}

function parse(cursor: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(value) ? value : [];
  } catch {
    // Not ours: told like any other foreign cursor.
    return [];
  }
}
