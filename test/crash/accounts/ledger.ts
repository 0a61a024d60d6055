import { sql } from "kysely";

import type { Sql } from "../../../server/src/db/database.ts";
import type { ConsumedEvents } from "../../../server/src/runs/enqueue.ts";

export interface LedgerTrigger {
  readonly trigger_id: string;
  readonly cluster_id: string;
  readonly trigger_type: string;
  readonly schedule_config: Readonly<Record<string, unknown>>;
  readonly status: string;
  readonly created_at: Date;
  readonly decided_through: Date;
  readonly closed_at: Date | null;
  readonly last_triggered_at: Date | null;
  readonly last_run_id: string | null;
  readonly execution_count: number;
  readonly scheduled_count: number;
  readonly next_ordinal: number;
  readonly consecutive_failures: number;
  /** How many of them are checks. */
  readonly failed_checks: number;
  readonly event_counter: number;
  readonly baseline_run_id: string | null;
  readonly baseline_at: Date | null;
  readonly breaches: number;
  readonly fired_uncleared: boolean;
  readonly check_at: Date | null;
  readonly check_owner: string | null;
  /** How often a check of it was taken. */
  readonly check_number: number;
  readonly checking_due_at: Date | null;
  readonly last_check_at: Date | null;
  /** What was done to it, in order. */
  readonly changes: readonly {
    readonly at: Date;
    readonly change: string;
    readonly details: { readonly schedule_config?: Readonly<Record<string, unknown>> };
  }[];
}

export interface LedgerDecision {
  readonly decision_id: string;
  readonly trigger_id: string;
  readonly first_due: Date;
  readonly last_due: Date;
  readonly count: number;
  readonly decided_at: Date;
  readonly outcome: string;
  readonly reason: string;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly run_id: string | null;
}

export interface LedgerExecution {
  readonly run_id: string;
  readonly cluster_id: string;
  readonly trigger_id: string | null;
  readonly trigger_ordinal: number | null;
  readonly due_at: Date | null;
  readonly consumed: ConsumedEvents | null;
  readonly status: string;
  readonly triggered_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly attempt: number;
  readonly lease_owner: string | null;
  readonly num_clusters: number | null;
  /** Rows of its clusters. */
  readonly clusters: number;
}

export interface LedgerAttempt {
  readonly run_id: string;
  readonly attempt: number;
  readonly started_at: Date;
  readonly ended_at: Date | null;
  readonly outcome: string | null;
}

/** What a check of a conditional trigger has found. */
export interface LedgerMeasurement {
  readonly trigger_id: string;
  readonly due_at: Date;
  readonly measured_at: Date;
  readonly baseline_run_id: string | null;
  readonly found: {
    readonly kind: string;
    readonly value?: number | null;
    readonly pValue?: number | null;
    readonly met?: boolean | null;
  };
}

export interface Ledger {
  readonly triggers: readonly LedgerTrigger[];
  readonly decisions: readonly LedgerDecision[];
  readonly executions: readonly LedgerExecution[];
  readonly attempts: readonly LedgerAttempt[];
  readonly measurements: readonly LedgerMeasurement[];
}

/** All there is on record about triggers and runs, read by plain SQL: nothing of the product's reading code. */
export async function readLedger(run: Sql): Promise<Ledger> {
  const triggers = await sql<Omit<LedgerTrigger, "changes">>`
    select trigger_id, cluster_id, trigger_type, schedule_config, status, created_at, decided_through, closed_at,
      last_triggered_at, last_run_id, execution_count, scheduled_count, next_ordinal, consecutive_failures,
      failed_checks, event_counter, baseline_run_id, baseline_at, breaches, fired_uncleared, check_at, check_owner,
      check_number, checking_due_at, last_check_at
    from triggers order by trigger_id`.execute(run);
  const changes = await sql<LedgerTrigger["changes"][number] & { trigger_id: string }>`
    select trigger_id, at, change, details from trigger_changes order by at, change_id`.execute(run);
  const decisions = await sql<LedgerDecision>`
    select decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason, evidence, run_id
    from decisions order by first_due, last_due, decision_id`.execute(run);
  const executions = await sql<LedgerExecution>`
    select run_id, cluster_id, trigger_id, trigger_ordinal, due_at, consumed, status, triggered_at, started_at,
      ended_at, attempt, lease_owner, num_clusters,
      (select count(*) from run_clusters c where c.run_id = e.run_id) as clusters
    from executions e order by trigger_id, trigger_ordinal, triggered_at`.execute(run);
  const attempts = await sql<LedgerAttempt>`
    select run_id, attempt, started_at, ended_at, outcome from attempts order by run_id, attempt`.execute(
    run,
  );
  const measurements = await sql<LedgerMeasurement>`
    select trigger_id, due_at, measured_at, baseline_run_id, found from measurements
    order by trigger_id, due_at`.execute(run);
  const changesOf = Map.groupBy(changes.rows, (change) => change.trigger_id);
  return {
    triggers: triggers.rows.map((row) => ({ ...row, changes: changesOf.get(row.trigger_id) ?? [] })),
    decisions: decisions.rows,
    executions: executions.rows,
    attempts: attempts.rows,
    measurements: measurements.rows,
  };
}
