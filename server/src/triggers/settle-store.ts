import { sql } from "kysely";

import type { DecisionReason } from "#contract/decisions.ts";
import type { Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";
import type { Outcome } from "../db/tables.ts";
import type { Progress, TriggerRow } from "./trigger-state.ts";

export interface DecisionRow {
  readonly decision_id: string;
  readonly trigger_id: string;
  readonly first_due: Date;
  readonly last_due: Date;
  readonly count: number;
  readonly decided_at: Date;
  readonly outcome: Outcome;
  readonly reason: DecisionReason;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly run_id: string | null;
}

export async function insertDecisions(tx: Tx, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length === 0) return;
  const columns =
    "decision_id text, trigger_id text, first_due timestamptz, last_due timestamptz, count bigint, " +
    "decided_at timestamptz, outcome text, reason text, evidence jsonb, run_id text";
  await sql`
    insert into decisions (decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id)
    select decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id
    from ${rowsOf(rows, columns)}`.execute(tx);
}

/**
 * Makes the spans of decisions that exist longer: these rows have their ids, and the instants that come to them. What
 * keeps an execution from firing is told as it was found first, what a check found as it was found last.
 */
export async function extendDecisions(tx: Tx, rows: readonly DecisionRow[]): Promise<void> {
  if (rows.length === 0) return;
  const columns =
    "decision_id text, last_due timestamptz, count bigint, decided_at timestamptz, evidence jsonb";
  await sql`
    update decisions d set last_due = more.last_due, count = d.count + more.count, decided_at = more.decided_at,
      evidence = case when d.reason in ('below_threshold', 'insufficient_data') then more.evidence else d.evidence end
    from (select * from ${rowsOf(rows, columns)}) as more
    where d.decision_id = more.decision_id and d.decision_id = any(${rows.map((row) => row.decision_id)}::text[])`.execute(
    tx,
  );
}

export interface SavedProgress {
  readonly row: TriggerRow;
  readonly progress: Progress;
  readonly decideAt: Date | null;
  readonly checkAt: Date | null;
  /** The executions made, in order; each counts, the last becomes the trigger's last. */
  readonly runIds: readonly string[];
  readonly trialRunId: string | null;
}

/**
 * Writes where triggers stand; a check that was being made is nobody's any more. Their ids are given twice: the planner takes the rows for a hundred whatever they are,
 * and read all of ten thousand triggers to save one (5 ms; by its key 0.25 ms).
 */
export async function saveProgress(tx: Tx, entries: readonly SavedProgress[]): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ row, progress, decideAt, checkAt, runIds, trialRunId }) => ({
    trigger_id: row.trigger_id,
    next_due_at: progress.nextDueAt,
    decide_at: decideAt,
    check_at: checkAt,
    breaches: progress.checks.breaches,
    fired_uncleared: progress.checks.fired,
    decided_through: progress.decidedThrough,
    closed_at: progress.closedAt,
    scheduled_count: progress.scheduledCount,
    last_triggered_at: progress.lastTriggeredAt,
    event_counter: progress.eventCounter,
    last_cooldown_at: progress.lastCooldownAt,
    open_skip: progress.openSkip,
    made: runIds.length,
    run_id: runIds.at(-1) ?? null,
    trial_run_id: trialRunId,
  }));
  const columns =
    "trigger_id text, next_due_at timestamptz, decide_at timestamptz, decided_through timestamptz, closed_at timestamptz, " +
    "scheduled_count bigint, last_triggered_at timestamptz, event_counter bigint, last_cooldown_at timestamptz, " +
    "open_skip jsonb, made int, run_id text, trial_run_id text, check_at timestamptz, breaches int, fired_uncleared boolean";
  await sql`
    update triggers t set
      next_due_at = saved.next_due_at, decide_at = saved.decide_at, decided_through = saved.decided_through,
      closed_at = saved.closed_at, scheduled_count = saved.scheduled_count,
      last_triggered_at = saved.last_triggered_at, event_counter = saved.event_counter,
      last_cooldown_at = saved.last_cooldown_at, open_skip = saved.open_skip,
      last_run_id = coalesce(saved.run_id, t.last_run_id),
      trial_run_id = coalesce(saved.trial_run_id, t.trial_run_id),
      check_at = saved.check_at, check_owner = null, checking_due_at = null, breaches = saved.breaches,
      fired_uncleared = saved.fired_uncleared,
      execution_count = t.execution_count + saved.made, next_ordinal = t.next_ordinal + saved.made
    from (select * from ${rowsOf(rows, columns)}) as saved
    where t.trigger_id = saved.trigger_id and t.trigger_id = any(${rows.map((row) => row.trigger_id)}::text[])`.execute(
    tx,
  );
}
