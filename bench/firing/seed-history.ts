import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { withoutHistory } from "./queue.ts";
import { withoutIndexes } from "./without-indexes.ts";

/** Forgets everything that ever ran. */
export async function clearHistory(db: Database): Promise<void> {
  await sql`truncate executions, attempts, run_clusters, decisions, history_blocks`.execute(db.sql);
  await sql`
    update triggers set next_ordinal = 0, execution_count = 0, scheduled_count = 0, last_triggered_at = null, last_run_id = null`.execute(
    db.sql,
  );
}

/** Rows inserted by one statement. */
const BATCH = 500_000;

/**
 * `each` ended executions of each of the triggers `trig_bench1`, `trig_bench2`, …, one in twenty failed, each with the
 * decision that fired it, in the order in which they would have come: all triggers every ten minutes. Ids are spread
 * as random ones are; rows are small. The database has no other executions.
 */
export async function seedHistory(db: Database, triggers: number, each: number): Promise<void> {
  await withoutHistory(db, () =>
    withoutIndexes(db, ["executions", "decisions"], async () => {
      const ordinals = Math.max(1, Math.floor(BATCH / triggers));
      for (let from = 0; from < each; from += ordinals) {
        const until = Math.min(from + ordinals, each);
        await insertExecutions(db, triggers, from, until);
        await insertDecisions(db, triggers, from, until);
      }
    }),
  );
  await insertBlocks(db, each);
  await sql`
    update triggers t set next_ordinal = ${each}, execution_count = ${each}, scheduled_count = ${each},
      last_triggered_at = e.triggered_at, last_run_id = e.run_id
    from executions e where e.trigger_id = t.trigger_id and e.trigger_ordinal = ${each - 1}`.execute(db.sql);
  await sql`vacuum analyze`.execute(db.sql);
  await sql`checkpoint`.execute(db.sql);
}

/** n-th trigger, ordinal, instant, and the number of the execution among all, from which ids are made. */
function instants(triggers: number, from: number, until: number) {
  return sql`(
    select n, ordinal, timestamptz '2020-01-01Z' + ordinal * interval '10 minutes' as at,
      md5((ordinal * ${triggers}::bigint + n)::text) as id
    from generate_series(${from}::bigint, ${until - 1}::bigint) as ordinal, generate_series(1, ${triggers}::int) as n
  ) as instants`;
}

async function insertExecutions(db: Database, triggers: number, from: number, until: number): Promise<void> {
  await sql`
    insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, due_at, status,
      triggered_at, started_at, ended_at, execution_time_ms, attempt, definition, num_clusters, num_documents, error)
    select 'run_' || left(id, 16), t.cluster_id, t.namespace_id, t.organization_id, t.trigger_id, ordinal, at,
      case when ordinal % 20 = 7 then 'failed' else 'completed' end, at, at, at + interval '3 seconds', 3000, 1, '{}',
      case when ordinal % 20 = 7 then null else 12 end, case when ordinal % 20 = 7 then null else 10000 end,
      case when ordinal % 20 = 7 then 'Too few documents.' end
    from ${instants(triggers, from, until)} join triggers t on t.trigger_id = 'trig_bench' || n
    order by ordinal`.execute(db.sql);
}

async function insertDecisions(db: Database, triggers: number, from: number, until: number): Promise<void> {
  await sql`
    insert into decisions (decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id)
    select 'dec_' || right(id, 16), 'trig_bench' || n, at, at, 1, at, 'fired', 'on_time', '{"lateness_ms": 5}', 'run_' || left(id, 16)
    from ${instants(triggers, from, until)}`.execute(db.sql);
}

/** What the triggers on executions would have counted. */
async function insertBlocks(db: Database, each: number): Promise<void> {
  await sql`
    insert into history_blocks (trigger_id, level, block, pending, processing, completed, failed, canceled, first_at, last_at)
    select t.trigger_id, level, block, 0, 0, count(*) filter (where ordinal % 20 <> 7), count(*) filter (where ordinal % 20 = 7),
      0, timestamptz '2020-01-01Z' + min(ordinal) * interval '10 minutes',
      timestamptz '2020-01-01Z' + max(ordinal) * interval '10 minutes'
    from (
      select level, ordinal, ordinal / case level when 0 then 1000 else 1000000 end as block
      from generate_series(0::bigint, ${each - 1}::bigint) as ordinal, (values (0::smallint), (1::smallint)) as levels (level)
    ) as places, triggers t
    where t.trigger_id like 'trig_bench%'
    group by 1, 2, 3`.execute(db.sql);
}
