import { sql, type RawBuilder } from "kysely";

/** Whether strings are compared as they are or in lower case. */
export type Case = "exact" | "folded";

export const isString = (value: RawBuilder<unknown>) => sql<boolean>`jsonb_typeof(${value}) = 'string'`;

/** The text of a JSON string. */
export const textOf = (value: RawBuilder<unknown>) => sql<string>`(${value} #>> '{}')`;

/**
 * The text as it is compared. The collation is PostgreSQL's own (17 and newer), the same on every system: comparisons
 * are by code point, and lower case is each code point's own, as `foldCase` has it.
 */
export function folded(text: RawBuilder<string>, as: Case): RawBuilder<string> {
  return as === "exact" ? sql`(${text} collate "pg_c_utf8")` : sql`lower(${text} collate "pg_c_utf8")`;
}

/** A JSON value as it is compared for equality; what is no string stays as it is. */
export function foldedScalar(value: RawBuilder<unknown>, as: Case): RawBuilder<unknown> {
  if (as === "exact") return value;
  return sql`case when ${isString(value)} then to_jsonb(${folded(textOf(value), as)}) else ${value} end`;
}
