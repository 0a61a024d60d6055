import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";

/** Throws unless everything the database says about its history says the same: else figures mean nothing. */
export async function proveHistory(db: Database, triggers: number, each: number): Promise<void> {
  const { rows } = await sql<{ executions: number; decisions: number }>`
    select (select count(*) from executions) as executions, (select count(*) from decisions) as decisions`.execute(
    db.sql,
  );
  const expected = triggers * each;
  if (rows[0]!.executions !== expected || rows[0]!.decisions !== expected)
    throw new Error(`Expected ${expected} of each, found ${JSON.stringify(rows[0])}.`);
  for (const [rule, query] of Object.entries(VIOLATIONS)) {
    const found = await query.execute(db.sql);
    if (found.rows.length > 0)
      throw new Error(`The seeded history is inconsistent: ${rule} ${JSON.stringify(found.rows)}`);
  }
}

/** Statements that find what breaks each rule. */
const VIOLATIONS = {
  "Blocks are not what a recount of the executions gives.": sql`
    with counted as (
      select trigger_id, level, trigger_ordinal / case level when 0 then 1000 else 1000000 end as block,
        sum(pending)::bigint as pending, sum(processing)::bigint as processing, sum(completed)::bigint as completed,
        sum(failed)::bigint as failed, sum(canceled)::bigint as canceled, min(first_at) as first_at, max(last_at) as last_at
      from (
        select trigger_id, trigger_ordinal / 1000 * 1000 as trigger_ordinal,
          count(*) filter (where status = 'pending') as pending,
          count(*) filter (where status = 'processing') as processing,
          count(*) filter (where status = 'completed') as completed,
          count(*) filter (where status = 'failed') as failed,
          count(*) filter (where status = 'canceled') as canceled, min(triggered_at) as first_at, max(triggered_at) as last_at
        from executions group by 1, 2
      ) as thousands, (values (0::smallint), (1::smallint)) as levels (level)
      group by 1, 2, 3
    )
    select * from counted full join history_blocks b using (trigger_id, level, block)
    where row (counted.pending, counted.processing, counted.completed, counted.failed, counted.canceled, counted.first_at, counted.last_at)
      is distinct from row (b.pending::bigint, b.processing::bigint, b.completed::bigint, b.failed::bigint, b.canceled::bigint, b.first_at, b.last_at)
    limit 3`,
  "A trigger does not count its executions, or their ordinals have gaps.": sql`
    select t.trigger_id, t.next_ordinal, t.execution_count, e.*
    from triggers t left join (
      select trigger_id, count(*) as executions, count(distinct trigger_ordinal) as ordinals,
        min(trigger_ordinal) as first, max(trigger_ordinal) as last, max(triggered_at) as last_at
      from executions group by 1
    ) as e using (trigger_id)
    where t.next_ordinal <> coalesce(e.executions, 0) or t.execution_count <> t.next_ordinal or t.scheduled_count <> t.next_ordinal
      or e.ordinals <> e.executions or e.first <> 0 or e.last <> e.executions - 1 or e.last_at is distinct from t.last_triggered_at
    limit 3`,
  "A trigger's last run is not its newest.": sql`
    select t.trigger_id, t.last_run_id from triggers t
    left join executions e on e.trigger_id = t.trigger_id and e.trigger_ordinal = t.next_ordinal - 1
    where t.last_run_id is distinct from e.run_id
    limit 3`,
  // Compared by the sum of hashes: to join ten millions with ten millions takes minutes.
  "The executions are not the fired decisions' runs, triggers and instants.": sql`
    select executions::text, decisions::text from
      (select count(*), sum(hash_record_extended(row (run_id, trigger_id, due_at), 0)) from executions) as executions,
      (select count(*), sum(hash_record_extended(row (run_id, trigger_id, last_due), 0)) from decisions
       where outcome = 'fired') as decisions
    where executions is distinct from decisions`,
};
