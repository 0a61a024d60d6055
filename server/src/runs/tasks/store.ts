import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import type { ExecutionStatus } from "../../db/tables.ts";
import type { TaskRow } from "./to-task.ts";

const ALL: readonly ExecutionStatus[] = ["pending", "processing", "completed", "failed", "canceled"];

const columns = sql`
  run_id, cluster_id, trigger_id, status, triggered_at, progress, error,
  array(select jsonb_array_elements_text(definition -> 'collectionIds')) as collection_ids`;

/** Whose tasks: an organization's, within the namespaces (ids or names) that a key is limited to, if it is. */
export interface TaskScope {
  readonly organizationId: string;
  readonly namespaceScope: readonly string[] | null;
}

function namespacesOf({ organizationId, namespaceScope: scope }: TaskScope) {
  const inScope =
    scope === null
      ? sql``
      : sql`and (namespace_id = any(${[...scope]}::text[]) or name = any(${[...scope]}::text[]))`;
  return sql`(select namespace_id from namespaces where organization_id = ${organizationId} ${inScope})`;
}

export async function readTask(run: Sql, scope: TaskScope, runId: string): Promise<TaskRow | undefined> {
  const { rows } = await sql<TaskRow>`
    select ${columns} from executions where run_id = ${runId} and namespace_id in ${namespacesOf(scope)}`.execute(
    run,
  );
  return rows[0];
}

export interface TaskPage {
  readonly limit: number;
  readonly offset: number;
  /** Firing (ISO) and run id of the last task of the page before. */
  readonly position: readonly [string, string] | null;
}

/**
 * Tasks newest first, of one status or (null) of all. For each namespace and status the newest few are read by index
 * and merged, so the price is that of the page and not of all there is.
 */
export async function listTasks(
  run: Sql,
  scope: TaskScope,
  status: ExecutionStatus | null,
  { limit, offset, position }: TaskPage,
): Promise<TaskRow[]> {
  const behind = position
    ? sql`and (triggered_at, run_id) < (${position[0]}::timestamptz, ${position[1]}::text)`
    : sql``;
  const skip = position ? 0 : offset;
  const { rows } = await sql<TaskRow>`
    with newest as (
      select found.* from ${namespacesOf(scope)} as spaces
      cross join unnest(${status === null ? ALL : [status]}::text[]) as wanted
      cross join lateral (
        select run_id as id, triggered_at as at from executions
        where executions.namespace_id = spaces.namespace_id and status = wanted ${behind}
        order by triggered_at desc, run_id desc limit ${limit + skip}
      ) as found
      order by at desc, id desc limit ${limit} offset ${skip}
    )
    select ${columns} from newest join executions on run_id = id order by triggered_at desc, run_id desc`.execute(
    run,
  );
  return rows;
}

export async function countTasks(
  run: Sql,
  scope: TaskScope,
  status: ExecutionStatus | null,
): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from executions where namespace_id in ${namespacesOf(scope)}
      and status = any(${status === null ? ALL : [status]}::text[])`.execute(run);
  return rows[0]!.count;
}
