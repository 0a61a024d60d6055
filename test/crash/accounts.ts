import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";

export interface Accounts {
  readonly documents: number;
  readonly events: number;
  readonly instants: number;
  readonly decisions: number;
  readonly fired: number;
  readonly skipped: number;
  readonly executions: Record<string, number>;
  readonly attempts: number;
  readonly lostAttempts: number;
}

/**
 * Counts what servers left behind and asserts what must be true of it: events add up to documents, decisions do not
 * overlap and leave no instant of an interval trigger out, each fired decision has one execution and each execution
 * one decision, no execution is unfinished.
 */
export async function balance(db: Database): Promise<Accounts> {
  const one = async <T>(query: ReturnType<typeof sql<T>>): Promise<T> =>
    (await query.execute(db.sql)).rows[0]!;

  const { documents } = await one(sql<{ documents: number }>`select count(*) as documents from documents`);
  const { events } = await one(
    sql<{ events: number }>`select coalesce(sum(added), 0)::bigint as events from document_events`,
  );
  const { counted } = await one(
    sql<{ counted: number }>`select coalesce(sum(document_count), 0)::bigint as counted from collections`,
  );
  assert.equal(events, documents, "the events add up to the documents");
  assert.equal(counted, documents, "the collections' counts add up to the documents");

  const { rows: overlapping } = await sql`
    select a.trigger_id, a.decision_id, b.decision_id from decisions a join decisions b using (trigger_id)
    where a.decision_id < b.decision_id and a.first_due <= b.last_due and b.first_due <= a.last_due
      and a.reason <> 'manual' and b.reason <> 'manual'`.execute(db.sql);
  assert.deepEqual(overlapping, [], "no instant lies in two decisions");

  const { rows: grids } = await sql<{ trigger_id: string; instants: number; decided: number }>`
    select trigger_id,
      round(extract(epoch from max(last_due) - min(first_due)) / (schedule_config->>'interval_seconds')::numeric)::bigint + 1 as instants,
      sum(count)::bigint as decided
    from decisions join triggers using (trigger_id)
    where trigger_type = 'interval' and reason <> 'manual'
    group by trigger_id, schedule_config`.execute(db.sql);
  for (const grid of grids)
    assert.equal(grid.decided, grid.instants, `every instant of ${grid.trigger_id} is decided`);

  const { rows: unmatched } = await sql`
    select d.decision_id, e.run_id, d.outcome from decisions d
    full join executions e on e.run_id = d.run_id
    where (d.outcome = 'fired' and e.run_id is null) or (e.trigger_id is not null and d.decision_id is null)`.execute(
    db.sql,
  );
  assert.deepEqual(unmatched, [], "each fired decision has its execution, each execution its decision");
  const { rows: doubled } = await sql`
    select run_id from decisions where run_id is not null group by run_id having count(*) > 1`.execute(
    db.sql,
  );
  assert.deepEqual(doubled, [], "no execution belongs to two decisions");

  const { rows: statuses } = await sql<{
    status: string;
    n: number;
  }>`select status, count(*) as n from executions group by status`.execute(db.sql);
  const executions = Object.fromEntries(statuses.map((row) => [row.status, row.n]));
  assert.equal(executions.pending ?? 0, 0, "no execution is left pending");
  assert.equal(executions.processing ?? 0, 0, "no execution is left processing");

  const { rows: miscounted } = await sql`
    select trigger_id, level, block from history_blocks b
    where level = 0 and (completed, failed, canceled, pending, processing) <> (
      select count(*) filter (where status = 'completed'), count(*) filter (where status = 'failed'),
        count(*) filter (where status = 'canceled'), count(*) filter (where status = 'pending'),
        count(*) filter (where status = 'processing')
      from executions e where e.trigger_id = b.trigger_id and e.trigger_ordinal / 1000 = b.block)`.execute(
    db.sql,
  );
  assert.deepEqual(miscounted, [], "the blocks of the history count what is there");

  const decisions = await one(sql<{ n: number; fired: number; skipped: number }>`
    select count(*) as n, count(*) filter (where outcome = 'fired') as fired, count(*) filter (where outcome = 'skipped') as skipped
    from decisions`);
  const attempts = await one(sql<{ n: number; lost: number }>`
    select count(*) as n, count(*) filter (where outcome = 'lost') as lost from attempts`);
  return {
    documents,
    events,
    instants: grids.reduce((sum, grid) => sum + grid.instants, 0),
    decisions: decisions.n,
    fired: decisions.fired,
    skipped: decisions.skipped,
    executions,
    attempts: attempts.n,
    lostAttempts: attempts.lost,
  };
}
