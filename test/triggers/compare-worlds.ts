import assert from "node:assert/strict";

import { sql } from "kysely";

import {
  selectViews,
  toClusterTrigger,
  toGeneralTrigger,
  type TriggerView,
} from "../../server/src/triggers/trigger-view.ts";
import type { DecisionOnRecord } from "../factories/scheduler-world.ts";
import { toProduct, type TwoWorlds } from "./live-a-life.ts";
import type { NaiveRow, NaiveRun, NaiveTrigger } from "./naive-state.ts";

type Row = DecisionOnRecord & { trigger_id: string; decided_at: Date };

interface Run {
  readonly run_id: string;
  readonly trigger_id: string | null;
  readonly trigger_ordinal: number | null;
  readonly due_at: Date | null;
  readonly triggered_at: Date;
  readonly status: string;
  readonly cancels: boolean;
}

const FIRED = [
  ...["on_time", "late", "catch_up", "manual", "threshold_reached"],
  ...["condition_met", "no_baseline"],
];

/** Everything the product has on record about the triggers, against what the model says. */
export async function compareWorlds(worlds: TwoWorlds): Promise<void> {
  const { db, world, model } = worlds;
  const { namespaceId } = world.tenant;
  const views = await selectViews(db.sql, sql`t.namespace_id = ${namespaceId}`);
  const ids = model.triggers.map(({ id }) => id);
  // Marks of the clock's changes are no decisions about due instants.
  const { rows: decisions } = await sql<Row>`
    select trigger_id, reason, outcome, first_due, last_due, count, decided_at, run_id, evidence from decisions
    where trigger_id = any(${ids}::text[]) and reason not in ('dst_gap', 'dst_overlap')`.execute(db.sql);
  const { rows: runs } = await sql<Run>`
    select run_id, trigger_id, trigger_ordinal, due_at, triggered_at, status, cancel_requested_at is not null as cancels
    from executions where namespace_id = ${namespaceId} order by trigger_ordinal`.execute(db.sql);
  learnIds(worlds, runs);
  for (const [label, trigger] of model.triggers.entries()) {
    const view = views.find((row) => row.trigger_id === trigger.id)!;
    const own = decisions.filter((row) => row.trigger_id === trigger.id);
    const product = {
      ...shown(view),
      decisions: tell(own.map(ofProduct)),
      runs: runs.filter((run) => run.trigger_id === trigger.id).map(tellRun),
    };
    const expected = {
      ...modelled(worlds, trigger),
      decisions: tell(trigger.rows.map(ofModel)),
      runs: trigger.runs.map(tellNaiveRun),
    };
    const where = `trigger ${label} (${trigger.type}, ${trigger.status}) at ${iso(world.clock.instant.getTime())}`;
    assert.deepEqual(product, expected, where);
  }
  assert.equal(runs.length, model.runs.length);
}

function learnIds({ model }: TwoWorlds, rows: readonly Run[]): void {
  const byPlace = new Map(rows.map((row) => [`${row.trigger_id}/${row.trigger_ordinal}`, row.run_id]));
  for (const run of model.runs) {
    if (run.id === "") run.id = byPlace.get(`${run.trigger!.id}/${run.ordinal}`) ?? "";
  }
}

/** Both APIs tell the same of it, each in its own words. */
function shown(view: TriggerView): Record<string, unknown> {
  const { cluster_id, execution_config, last_execution_job_id, ...one } = toClusterTrigger(view);
  const { action_type, action_config, last_execution_task_id, ...other } = toGeneralTrigger(view);
  assert.deepEqual({ ...other, ...one }, other);
  assert.equal(last_execution_job_id, last_execution_task_id);
  assert.deepEqual([action_type, action_config], ["cluster", { cluster_id }]);
  assert.deepEqual(execution_config.collection_ids, view.collection_ids);
  return {
    status: one.status,
    schedule_config: one.schedule_config,
    next_scheduled_at: one.next_scheduled_at,
    execution_count: one.execution_count,
    consecutive_failures: one.consecutive_failures,
    event_counter: one.event_counter,
    last_cooldown_at: one.last_cooldown_at,
    last_triggered_at: one.last_triggered_at,
    last_execution_status: one.last_execution_status,
    last_check: other.last_condition_check_at,
    baseline: (other.baseline_snapshot as { run_id: string } | null)?.run_id ?? null,
    checks: { breaches: view.breaches, uncleared: view.fired_uncleared },
  };
}

function modelled(worlds: TwoWorlds, trigger: NaiveTrigger): Record<string, unknown> {
  return {
    status: trigger.status,
    schedule_config: toProduct(worlds, trigger.config),
    next_scheduled_at: iso(trigger.nextScheduled),
    execution_count: trigger.runs.length,
    consecutive_failures: trigger.failures,
    event_counter: worlds.model.counterOf(trigger),
    last_cooldown_at: iso(trigger.lastCooldown),
    last_triggered_at: iso(trigger.lastTriggered),
    last_execution_status: trigger.runs.at(-1)?.status ?? null,
    last_check: iso(trigger.lastCheck),
    baseline: trigger.baseline,
    checks: { breaches: trigger.breaches, uncleared: trigger.uncleared },
  };
}

interface Told {
  readonly reason: string;
  readonly first: number;
  readonly last: number;
  readonly count: number;
  readonly decidedAt: number;
  readonly outcome: string;
  readonly fires: string | null;
  readonly inTheWay: string | null;
  readonly isTrial: boolean;
  readonly lateness: unknown;
}

function ofProduct(row: Row): Told {
  const { reason, count, outcome, evidence } = row;
  const execution = evidence.execution as { run_id: string } | undefined;
  return {
    ...{ reason, count, outcome, fires: row.run_id, inTheWay: execution?.run_id ?? null },
    ...{ first: row.first_due.getTime(), last: row.last_due.getTime(), decidedAt: row.decided_at.getTime() },
    isTrial: evidence.probation === true,
    lateness: outcome === "fired" ? (evidence.lateness_ms ?? null) : null,
  };
}

function ofModel(row: NaiveRow): Told {
  const fired = FIRED.includes(row.reason);
  return {
    ...row,
    ...{
      outcome: fired ? "fired" : row.reason === "check_failed" ? "error" : "skipped",
      fires: row.run?.id ?? null,
      inTheWay: row.inTheWay?.id ?? null,
    },
    lateness: fired && row.reason !== "manual" ? row.decidedAt - row.last : null,
  };
}

/** Decisions in a line each: what, of which instants, when, and the execution that fired or was in the way. */
function tell(rows: readonly Told[]): string[] {
  return rows
    .map(({ reason, first, last, count, decidedAt, outcome, fires, inTheWay, isTrial, lateness }) => {
      const more = `${isTrial ? " as its trial" : ""} (${String(lateness)} ms), decided ${iso(decidedAt)}`;
      return `${iso(first)}..${iso(last)} x${count} ${outcome} ${reason}${more}, ${fires ?? "-"} ${inTheWay ?? "-"}`;
    })
    .sort();
}

function tellRun(run: Run): string {
  return `due ${iso(run.due_at?.getTime() ?? null)} triggered ${iso(run.triggered_at.getTime())} ${run.status}${run.cancels ? " to be canceled" : ""}`;
}

function tellNaiveRun(run: NaiveRun): string {
  return `due ${iso(run.dueAt)} triggered ${iso(run.triggeredAt)} ${run.status}${run.cancelRequested ? " to be canceled" : ""}`;
}

export function iso(instant: number | null): string | null {
  return instant === null ? null : new Date(instant).toISOString();
}
