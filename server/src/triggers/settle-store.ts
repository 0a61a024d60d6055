import { sql } from "kysely";

import type { DecisionReason } from "#contract/decisions.ts";
import type { Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";
import type { Outcome } from "../db/tables.ts";
import { newId } from "../platform/ids.ts";
import type { Progress, TriggerRow } from "./trigger-state.ts";

export interface DecisionRow {
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

export async function insertDecisions(tx: Tx, decisions: readonly DecisionRow[]): Promise<void> {
  if (decisions.length === 0) return;
  const rows = decisions.map((decision) => ({ decision_id: newId("dec"), ...decision }));
  const columns =
    "decision_id text, trigger_id text, first_due timestamptz, last_due timestamptz, count bigint, " +
    "decided_at timestamptz, outcome text, reason text, evidence jsonb, run_id text";
  await sql`
    insert into decisions (decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id)
    select decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id
    from ${rowsOf(rows, columns)}`.execute(tx);
}

/** Writes where triggers stand; a run id counts one more execution and makes it the trigger's last. */
export async function saveProgress(
  tx: Tx,
  entries: readonly { row: TriggerRow; progress: Progress; runId: string | null }[],
): Promise<void> {
  if (entries.length === 0) return;
  const rows = entries.map(({ row, progress, runId }) => ({
    trigger_id: row.trigger_id,
    next_due_at: progress.nextDueAt,
    decided_through: progress.decidedThrough,
    closed_at: progress.closedAt,
    scheduled_count: progress.scheduledCount,
    last_triggered_at: progress.lastTriggeredAt,
    event_counter: progress.eventCounter,
    last_cooldown_at: progress.lastCooldownAt,
    run_id: runId,
  }));
  const columns =
    "trigger_id text, next_due_at timestamptz, decided_through timestamptz, closed_at timestamptz, scheduled_count bigint, " +
    "last_triggered_at timestamptz, event_counter bigint, last_cooldown_at timestamptz, run_id text";
  await sql`
    update triggers t set
      next_due_at = saved.next_due_at, decided_through = saved.decided_through, closed_at = saved.closed_at,
      scheduled_count = saved.scheduled_count, last_triggered_at = saved.last_triggered_at,
      event_counter = saved.event_counter, last_cooldown_at = saved.last_cooldown_at,
      last_run_id = coalesce(saved.run_id, t.last_run_id),
      execution_count = t.execution_count + (saved.run_id is not null)::int,
      next_ordinal = t.next_ordinal + (saved.run_id is not null)::int
    from (select * from ${rowsOf(rows, columns)}) as saved
    where t.trigger_id = saved.trigger_id`.execute(tx);
}
