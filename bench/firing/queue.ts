/** Every statement of this bench that knows which column the scheduler's queue is: to be changed in one place. */
import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { rowsOf } from "../../server/src/db/json.ts";

export interface Due {
  readonly trigger_id: string;
  readonly at: Date;
}

/** Makes interval triggers due at these instants, first of all, and wakes the scheduler to see them. */
export async function makeDue(db: Database, due: readonly Due[]): Promise<void> {
  await sql`
    update triggers set next_due_at = due.at, decide_at = case when status = 'active' then due.at end,
      anchor_at = due.at, decided_through = null
    from (select * from ${rowsOf(due, "trigger_id text, at timestamptz")}) as due
    where triggers.trigger_id = due.trigger_id`.execute(db.sql);
  await sql`select pg_notify('recluster', 'triggers')`.execute(db.sql);
}

/** Whether an active trigger is still to be decided for an instant up to this one. */
export async function isLeft(db: Database, until: Date): Promise<boolean> {
  const { rows } = await sql<{ left: boolean }>`
    select exists (select from triggers where decide_at <= ${until}) as left`.execute(db.sql);
  return rows[0]!.left;
}

/**
 * The floor: one statement, committed, claims those of these triggers that are due and inserts their executions, with
 * no rules, no decisions and (under `withoutHistory`) no history's counts to keep. They are paused: not the
 * scheduler's. `due_at` of what it inserts is the instant they were due.
 */
export async function claimBare(db: Database, triggerIds: readonly string[]): Promise<void> {
  await sql`
    with due as (
      select trigger_id, next_due_at as at from triggers
      where trigger_id = any(${triggerIds}::text[]) and next_due_at <= clock_timestamp()
      order by next_due_at, trigger_id for update skip locked
    ), claimed as (
      update triggers set next_due_at = next_due_at + interval '10 days', next_ordinal = next_ordinal + 1
      from due where triggers.trigger_id = due.trigger_id returning triggers.*, due.at
    )
    insert into executions (run_id, cluster_id, namespace_id, organization_id, trigger_id, trigger_ordinal, due_at, triggered_at, definition, status)
    select 'run_' || gen_random_uuid(), cluster_id, namespace_id, organization_id, trigger_id, next_ordinal - 1,
      at, clock_timestamp(), '{}', 'canceled'
    from claimed`.execute(db.sql);
}

/** Undoes what bare claims of these triggers left. */
export async function forgetBare(db: Database, triggerIds: readonly string[]): Promise<void> {
  await sql`delete from executions where trigger_id = any(${triggerIds}::text[])`.execute(db.sql);
  await sql`
    update triggers set next_ordinal = 0, next_due_at = null where trigger_id = any(${triggerIds}::text[])`.execute(
    db.sql,
  );
}

/** Runs `body` with nothing kept of executions but their rows. */
export async function withoutHistory<T>(db: Database, body: () => Promise<T>): Promise<T> {
  await sql`alter table executions disable trigger user`.execute(db.sql);
  try {
    return await body();
  } finally {
    await sql`alter table executions enable trigger user`.execute(db.sql);
  }
}
