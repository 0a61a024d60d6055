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
 * `each` ended executions of each active trigger (there are `triggers`), one in twenty failed, each with the decision
 * that fired it, all triggers every ten minutes. Ids are spread as random ones are; rows are small. They lie trigger by
 * trigger, from which the indexes are built sooner: firing reads none of them. The database has no other executions.
 */
export async function seedHistory(db: Database, triggers: number, each: number): Promise<void> {
  // A checkpoint in between would have every page in the log once more, as the first reader of its rows marks them.
  await configure(db, "set max_wal_size = '100GB'", "set checkpoint_timeout = '1d'", "set autovacuum = off");
  await withoutHistory(db, () =>
    withoutIndexes(db, ["executions", "decisions"], async () => {
      const batch = Math.ceil(BATCH / each);
      for (let first = 1; first <= triggers; first += batch) {
        await insertExecutions(db, each, first, first + batch - 1);
        await insertDecisions(db, each, first, first + batch - 1);
      }
      await sql`vacuum executions, decisions`.execute(db.sql);
    }),
  );
  await insertBlocks(db, each);
  await sql`
    update triggers t set next_ordinal = ${each}, execution_count = ${each}, scheduled_count = ${each},
      last_triggered_at = e.triggered_at, last_run_id = e.run_id
    from executions e where e.trigger_id = t.trigger_id and e.trigger_ordinal = ${each - 1}`.execute(db.sql);
  await sql`vacuum analyze`.execute(db.sql);
  await configure(db, "reset max_wal_size", "reset checkpoint_timeout", "reset autovacuum");
  await sql`checkpoint`.execute(db.sql);
}

async function configure(db: Database, ...changes: readonly string[]): Promise<void> {
  for (const change of changes) await sql.raw(`alter system ${change}`).execute(db.sql);
  await sql`select pg_reload_conf()`.execute(db.sql);
}

/** A row for each execution of these triggers: trigger, ordinal, instant, and 32 digits from which ids are made. */
function instants(each: number, first: number, last: number) {
  // The ordinals depend on the trigger in the text only: so they come trigger by trigger.
  return sql`(
    select t.*, ordinal, timestamptz '2020-01-01Z' + ordinal * interval '10 minutes' as at,
      md5((n * ${each}::bigint + ordinal)::text) as id
    from (
      select trigger_id, cluster_id, namespace_id, organization_id, row_number() over (order by trigger_id) as n
      from triggers where status = 'active'
    ) as t, generate_series(0 * n, ${each - 1}::bigint) as ordinal
    where n between ${first} and ${last}
  ) as instants`;
}

async function insertExecutions(db: Database, each: number, first: number, last: number): Promise<void> {
  await sql`
    insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, due_at, status,
      triggered_at, started_at, ended_at, execution_time_ms, attempt, definition, num_clusters, num_documents, error)
    select 'run_' || left(id, 16), cluster_id, namespace_id, organization_id, trigger_id, ordinal, at,
      case when ordinal % 20 = 7 then 'failed' else 'completed' end, at, at, at + interval '3 seconds', 3000, 1, '{}',
      case when ordinal % 20 = 7 then null else 12 end, case when ordinal % 20 = 7 then null else 10000 end,
      case when ordinal % 20 = 7 then 'Too few documents.' end
    from ${instants(each, first, last)}`.execute(db.sql);
}

async function insertDecisions(db: Database, each: number, first: number, last: number): Promise<void> {
  await sql`
    insert into decisions (decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id)
    select 'dec_' || right(id, 16), trigger_id, at, at, 1, at, 'fired', 'on_time', '{"lateness_ms": 5}', 'run_' || left(id, 16)
    from ${instants(each, first, last)}`.execute(db.sql);
}

/** What the triggers on executions would have counted. */
async function insertBlocks(db: Database, each: number): Promise<void> {
  await sql`
    insert into history_blocks (trigger_id, level, block, pending, processing, completed, failed, canceled, first_at, last_at)
    select trigger_id, level, block, 0, 0, places.completed, places.failed, 0, places.first_at, places.last_at
    from triggers, (
      select level, ordinal / case level when 0 then 1000 else 1000000 end as block,
        count(*) filter (where ordinal % 20 <> 7) as completed, count(*) filter (where ordinal % 20 = 7) as failed,
        timestamptz '2020-01-01Z' + min(ordinal) * interval '10 minutes' as first_at,
        timestamptz '2020-01-01Z' + max(ordinal) * interval '10 minutes' as last_at
      from generate_series(0::bigint, ${each - 1}::bigint) as ordinal, (values (0::smallint), (1::smallint)) as levels (level)
      group by 1, 2
    ) as places
    where status = 'active'`.execute(db.sql);
}
