import { sql, type RawBuilder } from "kysely";

import type { Sql } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import { selectViews, type TriggerView } from "./trigger-view.ts";

export interface TriggerFilter {
  readonly clusterId: string | null;
  readonly triggerType: string | null;
  readonly status: string | null;
  readonly offset: number;
  readonly limit: number;
  readonly sortBy: string;
  readonly direction: string;
}

/** What a list can be sorted by, and the column behind it. */
const SORTS: Record<string, RawBuilder<unknown>> = {
  created_at: sql`t.created_at`,
  updated_at: sql`t.updated_at`,
  last_triggered_at: sql`t.last_triggered_at`,
  next_scheduled_at: sql`coalesce(t.decide_at, t.check_at)`,
  execution_count: sql`t.execution_count`,
  consecutive_failures: sql`t.consecutive_failures`,
  status: sql`t.status`,
  trigger_type: sql`t.trigger_type`,
  trigger_id: sql`t.trigger_id`,
};

/** A page of the namespace's triggers and how many there are under the filter. Nulls come last. */
export async function listTriggers(
  run: Sql,
  namespaceId: string,
  filter: TriggerFilter,
): Promise<{ rows: TriggerView[]; total: number }> {
  const order = Object.hasOwn(SORTS, filter.sortBy) ? SORTS[filter.sortBy]! : refuse("sort_by", filter.sortBy, Object.keys(SORTS));
  const direction = { asc: sql`asc`, desc: sql`desc` }[filter.direction] ?? refuse("direction", filter.direction, ["asc", "desc"]);
  const where = sql`t.namespace_id = ${namespaceId}
    and (${filter.clusterId}::text is null or t.cluster_id = ${filter.clusterId})
    and (${filter.triggerType}::text is null or t.trigger_type = ${filter.triggerType})
    and (${filter.status}::text is null or t.status = ${filter.status})`;
  const { rows: counts } = await sql<{ total: number }>`
    select count(*)::bigint as total from triggers t where ${where}`.execute(run);
  const rest = sql`order by ${order} ${direction} nulls last, t.trigger_id offset ${filter.offset} limit ${filter.limit}`;
  return { rows: await selectViews(run, where, rest), total: counts[0]!.total };
} // prettier-ignore

function refuse(field: string, given: string, allowed: readonly string[]): never {
  throw new AppError("invalid_value", `${field} is '${given}'; it takes one of: ${allowed.join(", ")}.`, {
    details: { field, given, allowed },
  });
}
