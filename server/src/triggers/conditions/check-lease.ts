import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Sql, Tx } from "../../db/database.ts";
import { spanOf } from "../due-instants/due-instants.ts";
import { readTriggerState, type TriggerRow } from "../trigger-state.ts";
import type { Condition } from "./condition.ts";

/**
 * The right to record a check. Whoever records names owner and number, so a checker that was frozen or whose trigger
 * was changed under it changes nothing when it comes back.
 */
export interface CheckLease {
  readonly triggerId: string;
  readonly owner: string;
  readonly number: number;
}

/** A check to be made. */
export interface ClaimedCheck extends CheckLease {
  /** The newest instant due: it is answered, older ones were missed. */
  readonly dueAt: Date;
  readonly clusterId: string;
  readonly condition: Condition;
  /** The completed run to measure against. */
  readonly baselineRunId: string | null;
}

/** A trigger whose settings cannot be read, and why. */
export interface UnreadableCheck {
  readonly triggerId: string;
  readonly error: unknown;
}

/**
 * Takes the check that waits longest, if one is due that nobody makes or whose maker's lease has run out. While it is
 * being made `check_at` is the end of its lease, so the queue's index finds exactly what is to be taken.
 */
export async function claimCheck(
  db: Database,
  { clock, owner, leaseMs }: { clock: DatabaseClock; owner: string; leaseMs: number },
): Promise<ClaimedCheck | UnreadableCheck | undefined> {
  return db.transaction(async (tx) => {
    const { rows } = await sql<TriggerRow & { claimed_at: Date }>`
      with clock as materialized (select ${clock.now} as now)
      select triggers.*, (select now from clock) as claimed_at from triggers
      where check_at is not null and check_at <= (select now from clock)
      order by check_at, trigger_id limit 1 for update of triggers skip locked`.execute(tx);
    const row = rows[0];
    if (!row) return undefined;
    try {
      return await take(tx, row, owner, leaseMs);
    } catch (error) {
      return { triggerId: row.trigger_id, error };
    }
  });
}

async function take(
  tx: Tx,
  row: TriggerRow & { claimed_at: Date },
  owner: string,
  leaseMs: number,
): Promise<ClaimedCheck> {
  const { schedule, condition, progress } = readTriggerState(row);
  if (!condition || schedule.kind === "event")
    throw new Error(`${row.trigger_id} has no condition to check.`);
  const due = spanOf(schedule, progress.decidedThrough, row.claimed_at);
  if (!due) throw new Error(`No check of ${row.trigger_id} is due.`);
  const number = row.check_number + 1;
  await sql`
    update triggers set check_owner = ${owner}, check_number = ${number}, checking_due_at = ${due.last},
      check_at = ${row.claimed_at}::timestamptz + ${leaseMs} * interval '1 millisecond'
    where trigger_id = ${row.trigger_id}`.execute(tx);
  return {
    triggerId: row.trigger_id,
    ...{ owner, number, dueAt: due.last, condition },
    clusterId: row.cluster_id,
    baselineRunId: row.baseline_run_id,
  };
}

/** Whether the lease was still held and holds on now: one that ran out and that nobody has taken counts. */
export async function renewCheck(
  run: Sql,
  clock: DatabaseClock,
  { triggerId, owner, number }: CheckLease,
  leaseMs: number,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update triggers set check_at = ${clock.now} + ${leaseMs} * interval '1 millisecond'
    where trigger_id = ${triggerId} and check_owner = ${owner} and check_number = ${number}`.execute(run);
  return numAffectedRows === 1n;
}

/** Gives a check back: it can be made again at once. */
export async function releaseCheck(
  run: Sql,
  clock: DatabaseClock,
  { triggerId, owner, number }: CheckLease,
): Promise<void> {
  await sql`
    update triggers set check_at = coalesce(checking_due_at, ${clock.now}), check_owner = null, checking_due_at = null
    where trigger_id = ${triggerId} and check_owner = ${owner} and check_number = ${number}`.execute(run);
}

/** Milliseconds until a check is due, by the database's clock; null if none is. */
export async function untilNextCheck(run: Sql, clock: DatabaseClock): Promise<number | null> {
  const { rows } = await sql<{ next: Date | null; now: Date }>`
    select ${clock.now} as now, (
      select check_at from triggers where check_at is not null order by check_at limit 1) as next`.execute(
    run,
  );
  const { next, now } = rows[0]!;
  return next && next.getTime() - now.getTime();
}
