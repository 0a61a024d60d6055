import { sql, type RawBuilder } from "kysely";

/** A JSON column's value as a parameter, the same on both databases. */
export function json<T>(value: T): RawBuilder<T> {
  return sql<T>`${JSON.stringify(value)}::jsonb`;
}

/** Many rows as one parameter, to select from: `select a from ${rowsOf(list, "a int, b text")}`. */
export function rowsOf(list: readonly object[], columns: string): RawBuilder<unknown> {
  return sql`jsonb_to_recordset(${JSON.stringify(list)}::jsonb) as rows_of(${sql.raw(columns)})`;
}

/** The same of rows that are JSON texts already. */
export function rowsOfTexts(texts: readonly string[], columns: string): RawBuilder<unknown> {
  return sql`json_to_recordset(${`[${texts.join(",")}]`}::json) as rows_of(${sql.raw(columns)})`;
}
