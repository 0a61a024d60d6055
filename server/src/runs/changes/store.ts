import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import type { ExecutionRow } from "../store.ts";

/** The newest completed run before this one of the same cluster. */
export async function findRunBefore(
  run: Sql,
  { cluster_id, triggered_at, run_id }: ExecutionRow,
): Promise<string | undefined> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from executions where cluster_id = ${cluster_id} and status = 'completed'
      and (triggered_at, run_id) < (${triggered_at}, ${run_id})
    order by triggered_at desc, run_id desc limit 1`.execute(run);
  return rows[0]?.run_id;
}

/** Numbers of the run's clusters that an older run lacks, but one older still had. */
export async function readReturned(run: Sql, runId: string, since: ExecutionRow): Promise<number[]> {
  const { rows } = await sql<{ number: number }>`
    select number from run_clusters c where run_id = ${runId}
      and not exists (select from run_clusters o where o.run_id = ${since.run_id} and o.number = c.number)
      and exists (
        select from executions e join run_clusters o on o.run_id = e.run_id and o.number = c.number
        where e.cluster_id = ${since.cluster_id} and e.status = 'completed'
          and (e.triggered_at, e.run_id) < (${since.triggered_at}, ${since.run_id}))
    order by number`.execute(run);
  return rows.map(({ number }) => number);
}
