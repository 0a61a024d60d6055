/** RFC 3339 with its offset; without one an instant would depend on who reads it. */
const INSTANT = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;
/**
 * Before 1970 zones had local mean times, and what lies a minute or a century from an instant must still be one that
 * both databases and four digits can write.
 */
const FIRST_MS = Date.UTC(1970, 0, 1);
const END_MS = Date.UTC(9999, 0, 1);

/** What `isInstantText` takes, for messages. */
export const INSTANT_TEXT =
  "an instant from 1970 to 9998 with its offset from UTC, such as 2026-05-04T09:00:00Z";

/** Whether a text is an instant the wire takes. A leap second (`:60`) is none: nothing here can hold one. */
export function isInstantText(text: string): boolean {
  const ms = INSTANT.test(text) ? Date.parse(text) : Number.NaN;
  return ms >= FIRST_MS && ms < END_MS;
}
