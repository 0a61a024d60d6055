import { AppError } from "../../platform/app-error.ts";

/** A place in a trigger's history: the page after it begins below this ordinal. Opaque to clients. */
export function encodeCursor(triggerId: string, ordinal: number): string {
  return Buffer.from(`${triggerId}:${ordinal}`).toString("base64url");
}

/** The ordinal of a cursor; throws `foreign_cursor` for one that this trigger's history did not give. */
export function decodeCursor(triggerId: string, cursor: string): number {
  const text = Buffer.from(cursor, "base64url").toString();
  const ordinal = text.startsWith(`${triggerId}:`) ? text.slice(triggerId.length + 1) : "";
  if (!/^\d{1,16}$/.test(ordinal) || Number(ordinal) > Number.MAX_SAFE_INTEGER) {
    throw new AppError(
      "foreign_cursor",
      "This cursor is not one that this trigger's history gave. Send null for the first page, then the answer's next_cursor.",
      { details: { cursor } },
    );
  }
  return Number(ordinal);
}
