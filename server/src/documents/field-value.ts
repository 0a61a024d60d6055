import { sql, type RawBuilder } from "kysely";

import { ValidationFailed } from "../platform/app-error.ts";
import { jsonPathOf, readFieldPath } from "./filters/field-path.ts";
import type { Field } from "./filters/filter.ts";

/** The field a text names, for sorting, grouping and aggregating; throws ValidationFailed with its place. */
export function readField(text: string, loc: readonly (string | number)[]): Field {
  const field = readFieldPath(text);
  if (typeof field !== "string") return field;
  throw new ValidationFailed([{ loc, msg: field, type: "value_error" }]);
}

/**
 * The one value of a field, as JSON; null where the document has none. Where a level of the path is an array it is that of the first
 * element that has it. Instants the server keeps are texts as answers have them.
 */
export function fieldValueSql(field: Field, alias: string): RawBuilder<unknown> {
  const payload = sql.ref(`${alias}.payload`);
  switch (field.kind) {
    case "payload":
      return field.path.length === 1
        ? sql`(${payload} -> ${field.path[0]!}::text)`
        : sql`jsonb_path_query_first(${payload}, ${jsonPathOf(field.path)}::jsonpath)`;
    case "id":
      return sql`to_jsonb(${sql.ref(`${alias}.${field.column}`)})`;
    case "instant":
      return instantText(field.column, alias);
    case "own_or_instant":
      return sql`coalesce(${payload} -> ${field.column}, ${instantText(field.column, alias)})`;
  }
}

function instantText(column: string, alias: string): RawBuilder<unknown> {
  const at = sql.ref(`${alias}.${column}`);
  return sql`to_jsonb(to_char(${at} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
}
