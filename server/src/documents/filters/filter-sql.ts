import { sql, type RawBuilder } from "kysely";

import { conditionSql } from "./condition-sql.ts";
import type { Filter } from "./filter.ts";

/**
 * The filter over one row of `documents`, named `alias` in the statement it becomes part of. True or false for every
 * row, never null. Which collection's rows are meant is the statement's business.
 */
export function filterSql(filter: Filter, alias: string): RawBuilder<boolean> {
  if (filter.kind === "condition") {
    const holds = conditionSql(filter, alias);
    return filter.negated ? sql`not ${holds}` : holds;
  }
  const members = filter.members.map((member) => filterSql(member, alias));
  if (members.length === 0) return filter.kind === "any" ? sql`false` : sql`true`;
  switch (filter.kind) {
    case "all":
      return sql`(${sql.join(members, sql` and `)})`;
    case "any":
      return sql`(${sql.join(members, sql` or `)})`;
    case "none":
      return sql`not (${sql.join(members, sql` or `)})`;
  }
}
