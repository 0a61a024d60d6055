import { sql, type RawBuilder } from "kysely";

import type { ClusterTrigger, GeneralTrigger } from "#contract/triggers.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { executionConfigOf } from "../clusters/execution-config.ts";
import type { Sql } from "../db/database.ts";
import type { ExecutionStatus } from "../db/tables.ts";
import { readManifest, type StoredManifest } from "../documents/snapshots/stored-manifest.ts";
import { notFound } from "../platform/app-error.ts";
import { jobIdOf } from "../runs/job-id.ts";
import { nextScheduledAt } from "./next-scheduled-at.ts";
import type { TriggerRow } from "./trigger-state.ts";

/** A trigger with what its answers show of its cluster and its last execution. */
export interface TriggerView extends TriggerRow {
  readonly collection_ids: string[];
  readonly definition: object;
  readonly wire_config: object;
  readonly last_status: ExecutionStatus | null;
  readonly last_error: string | null;
  /** Of the baseline's run, if there is one: what it has read. */
  readonly baseline_snapshot: StoredManifest | null;
}

/** Triggers that satisfy `where` (over `t`), with their cluster and last execution; `rest` orders and cuts. */
export async function selectViews(
  run: Sql,
  where: RawBuilder<unknown>,
  rest: RawBuilder<unknown> = sql``,
): Promise<TriggerView[]> {
  const { rows } = await sql<TriggerView>`
    select t.*, c.collection_ids, c.definition, c.wire_config, e.status as last_status, e.error as last_error,
      b.snapshot as baseline_snapshot
    from triggers t join clusters c using (cluster_id) left join executions e on e.run_id = t.last_run_id
      left join executions b on b.run_id = t.baseline_run_id
    where ${where} ${rest}`.execute(run);
  return rows;
}

/** One trigger of a namespace; throws `not_found`. */
export async function findView(run: Sql, namespaceId: string, triggerId: string): Promise<TriggerView> {
  const [row] = await selectViews(run, sql`t.trigger_id = ${triggerId} and t.namespace_id = ${namespaceId}`);
  if (!row) throw notFound("trigger", triggerId);
  return row;
}

/** As the cluster-trigger routes answer it. */
export function toClusterTrigger(row: TriggerView): ClusterTrigger {
  const { collection_ids, config } = executionConfigOf(row);
  return {
    cluster_id: row.cluster_id,
    execution_config: { collection_ids: [...collection_ids], config },
    last_execution_job_id: row.last_run_id === null ? null : jobIdOf(row.last_run_id),
    ...shared(row),
  };
}

/** As the `/v1/triggers` routes answer the same trigger. */
export function toGeneralTrigger(row: TriggerView): GeneralTrigger {
  const { filters } = row.definition as Partial<ClusterDefinition>;
  return {
    action_type: "cluster",
    action_config: { cluster_id: row.cluster_id, ...(filters ? { filters } : {}) },
    last_execution_task_id: row.last_run_id === null ? null : jobIdOf(row.last_run_id),
    baseline_snapshot: baselineOf(row),
    last_drift_measurement: row.last_measurement as Record<string, unknown> | null,
    last_condition_check_at: row.last_check_at?.toISOString() ?? null,
    ...shared(row),
  };
}

/** What a conditional trigger measures against; null without a completed run. */
function baselineOf({ baseline_run_id, baseline_at, baseline_snapshot }: TriggerView) {
  if (baseline_run_id === null) return null;
  const snapshot = baseline_snapshot && readManifest(baseline_snapshot);
  return {
    run_id: baseline_run_id,
    since: baseline_at?.toISOString() ?? null,
    taken_at: snapshot?.takenAt ?? null,
    documents: snapshot?.documents ?? null,
    features: snapshot?.features ?? [],
  };
}

function shared(row: TriggerView) {
  const text = (instant: Date | null) => instant?.toISOString() ?? null;
  return {
    trigger_id: row.trigger_id,
    namespace_id: row.namespace_id,
    internal_id: row.organization_id,
    trigger_type: row.trigger_type,
    schedule_config: row.schedule_config,
    status: row.status,
    status_reason: row.status_reason,
    last_triggered_at: text(row.last_triggered_at),
    next_scheduled_at: text(nextScheduledAt(row)),
    execution_count: row.execution_count,
    consecutive_failures: row.consecutive_failures,
    last_execution_status: row.last_status,
    last_execution_error: row.last_error,
    event_counter: row.event_counter,
    last_cooldown_at: text(row.last_cooldown_at),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    created_by: row.created_by,
    description: row.description,
  };
}
