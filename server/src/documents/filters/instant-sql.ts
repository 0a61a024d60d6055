import { sql, type RawBuilder } from "kysely";

import { isInstantText } from "../../platform/instant-text.ts";
import type { InstantColumn, Test } from "./filter.ts";

/** A condition on an instant the server keeps: compared in time, whatever offset a value was written with. */
export function instantSql(column: InstantColumn, test: Test, alias: string): RawBuilder<boolean> {
  const at = sql.ref<Date>(`${alias}.${column}`);
  switch (test.operator) {
    case "eq":
      return typeof test.value === "string" ? compare(at, "=", test.value) : sql`false`;
    case "gt":
      return compare(at, ">", test.value);
    case "gte":
      return compare(at, ">=", test.value);
    case "lt":
      return compare(at, "<", test.value);
    case "lte":
      return compare(at, "<=", test.value);
    case "in": {
      const instants = test.values.filter((value) => typeof value === "string" && isInstantText(value));
      return sql`${at} = any(${instants}::timestamptz[])`;
    }
    case "exists":
      return sql`true`;
    case "eq_field":
      return sql`${at} = ${otherInstant(test, alias)}`;
    case "gt_field":
      return sql`${at} > ${otherInstant(test, alias)}`;
    case "gte_field":
      return sql`${at} >= ${otherInstant(test, alias)}`;
    case "lt_field":
      return sql`${at} < ${otherInstant(test, alias)}`;
    case "lte_field":
      return sql`${at} <= ${otherInstant(test, alias)}`;
    default:
      return sql`false`;
  }
}

function compare(at: RawBuilder<unknown>, sign: "=" | ">" | ">=" | "<" | "<=", value: string | number) {
  if (typeof value !== "string" || !isInstantText(value)) return sql<boolean>`false`;
  return sql<boolean>`${at} ${sql.raw(sign)} ${value}::timestamptz`;
}

function otherInstant(test: Extract<Test, { other: unknown }>, alias: string) {
  if (test.other.kind !== "instant") throw new Error(`an instant is not compared with ${test.other.kind}`);
  return sql.ref<Date>(`${alias}.${test.other.column}`);
}
