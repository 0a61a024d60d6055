import { sql } from "kysely";

import type { ClusterDefinition } from "../clusters/definition.ts";
import type { Tx } from "../db/database.ts";
import { json } from "../db/json.ts";
import type { TriggerStatus } from "../db/tables.ts";
import { AppError } from "../platform/app-error.ts";
import { addMs } from "../platform/clock.ts";
import { checkBounds } from "./check-bounds.ts";
import { checkQuota } from "./check-quota.ts";
import { readCondition } from "./conditions/condition.ts";
import { progressAfterEdit } from "./conditions/progress-after-edit.ts";
import { refuseUnmeasurable } from "./conditions/refuse-unmeasurable.ts";
import { checkAt, decideAt } from "./decide-at.ts";
import { anchorOf, lockWatched } from "./create-trigger.ts";
import { isOver } from "./closing.ts";
import { cooldownEnd, eventDueAt } from "./decide-event.ts";
import type { TriggersDeps } from "./deps.ts";
import { countBehind, readWatchedLogs, watch } from "./positions.ts";
import { logChange } from "./save-status.ts";
import { checkScheduleConfig, type CheckedSchedule, type ScheduleValues } from "./schedule-config.ts";
import { lockForChange, settleBeforeChange, type TriggerScope } from "./settle-one.ts";
import {
  disableLocked,
  dueOutsideTrial,
  nextAfterChange,
  pauseLocked,
  resumeLocked,
} from "./state-change.ts";
import { findTrigger } from "./store.ts";
import { readTriggerState, type TriggerRow, type TriggerState } from "./trigger-state.ts";

export interface TriggerPatch {
  /** Keys to change; null removes one, the others stay. Undefined: the schedule is not touched. */
  readonly scheduleConfig: ScheduleValues | undefined;
  readonly description: string | null | undefined;
  readonly status: TriggerStatus | undefined;
}

/** Changes a trigger, all of it or nothing. What was due under the old settings is settled first. */
export async function changeTrigger(
  deps: TriggersDeps,
  scope: TriggerScope,
  triggerId: string,
  patch: TriggerPatch,
): Promise<void> {
  const { namespaceId } = scope;
  if (patch.status === "failed") {
    throw new AppError(
      "illegal_state_change",
      "A trigger cannot be set to 'failed'; only failures do that. Send 'active', 'paused' or 'disabled'.",
    );
  }
  await deps.db.transaction(async (tx) => {
    if (patch.status === "active") await checkQuota(deps, tx, namespaceId, triggerId);
    // Collections are locked before the trigger, so which ones is read first; they cannot change behind the lock,
    // because a trigger's cluster is immutable and so are a cluster's collections.
    const seen = await findTrigger(tx, namespaceId, triggerId);
    const next =
      patch.scheduleConfig === undefined ? undefined : mergeSchedule(deps.limits, seen, patch.scheduleConfig);
    const cluster = await clusterOf(tx, seen);
    if (next?.type === "conditional" && cluster) {
      refuseUnmeasurable(readCondition(next.config), cluster.definition as unknown as ClusterDefinition);
    }
    const watched = next && (await lockWatched(tx, namespaceId, next, cluster?.collection_ids ?? []));
    let row = await lockForChange(tx, scope, triggerId);
    if (patch.scheduleConfig !== undefined && watched) {
      // Merged again under the lock: another edit may have come in between.
      row = await editSchedule(
        deps,
        tx,
        scope,
        row,
        mergeSchedule(deps.limits, row, patch.scheduleConfig),
        watched,
      );
    }
    if (patch.description !== undefined && patch.description !== row.description) {
      await editDescription(deps, tx, scope, row, patch.description);
    }
    if (patch.status === "paused") await pauseLocked(deps, tx, scope, row);
    if (patch.status === "active") await resumeLocked(deps, tx, scope, row);
    if (patch.status === "disabled") await disableLocked(deps, tx, scope, row);
    deps.db.wakeAfterCommit(tx, "triggers");
    deps.db.wakeAfterCommit(tx, "checks");
  });
}

/** A trigger's settings with some keys changed; null removes one. */
export function mergeSchedule(
  limits: TriggersDeps["limits"],
  row: TriggerRow,
  changes: ScheduleValues,
): CheckedSchedule {
  const merged = Object.entries({ ...(row.schedule_config as ScheduleValues), ...changes });
  return checkScheduleConfig(
    row.trigger_type,
    Object.fromEntries(merged.filter(([, value]) => value !== null)),
    limits,
  );
}

function clusterOf(tx: Tx, row: TriggerRow) {
  return tx
    .selectFrom("clusters")
    .select(["collection_ids", "definition"])
    .where("cluster_id", "=", row.cluster_id)
    .executeTakeFirst();
}

async function editSchedule(
  deps: TriggersDeps,
  tx: Tx,
  { actor }: TriggerScope,
  locked: TriggerRow,
  checked: CheckedSchedule,
  watched: readonly string[],
): Promise<TriggerRow> {
  const { row, now } = await settleBeforeChange(deps, tx, locked);
  await watch(tx, row.trigger_id, watched);
  const logs = (await readWatchedLogs(tx, [row.trigger_id])).get(row.trigger_id)!;
  const edited: TriggerRow = {
    ...row,
    schedule_config: checked.config,
    anchor_at: newAnchor(row, checked, now),
    closed_at: null,
    event_counter: checked.type === "event" ? countBehind(checked.config.event_type, logs) : 0,
    // A due instant of an event trigger stays due only if the new threshold is reached, too.
    next_due_at: null,
    open_skip: null,
    trial_at: trialAfterEdit(deps, row, checked, now),
    ...progressAfterEdit(row, checked),
  };
  const state = readTriggerState(edited);
  checkBounds(checked, state.schedule, state.progress.decidedThrough, now);
  const over = isOver(state, state.progress);
  if (over) edited.closed_at = row.closed_at;
  edited.next_due_at = nextAfterChange(state, dueAfterEdit(row, state, now));
  const next = readTriggerState(edited);
  edited.decide_at = decideAt(next);
  edited.check_at = checkAt(next);
  await sql`
    update triggers set schedule_config = ${json(checked.config)}, anchor_at = ${edited.anchor_at}, closed_at = ${edited.closed_at},
      event_counter = ${edited.event_counter}, next_due_at = ${edited.next_due_at}, decide_at = ${edited.decide_at},
      check_at = ${edited.check_at}, check_owner = null, checking_due_at = null, breaches = ${edited.breaches},
      fired_uncleared = ${edited.fired_uncleared}, open_skip = null, trial_at = ${edited.trial_at}, updated_at = ${now}
    where trigger_id = ${row.trigger_id}`.execute(tx);
  await logChange(tx, row.trigger_id, {
    at: now,
    actor,
    change: "edited",
    from: null,
    to: null,
    details: { schedule_config: differences(row.schedule_config, checked.config) },
  });
  // If nothing is left to fire, the closing decision is written now: there is no instant to wait for.
  if (over && edited.closed_at === null) return (await settleBeforeChange(deps, tx, edited)).row;
  return { ...edited, updated_at: now };
} // prettier-ignore

/**
 * From when an event trigger with edited settings may be due: now; if it waits for the end of its cooldown, then at
 * the end that the new settings give it.
 */
function dueAfterEdit(before: TriggerRow, { schedule, progress }: TriggerState, now: Date): Date {
  const known = eventDueAt(readTriggerState(before).schedule, { nextDueAt: dueOutsideTrial(before) });
  if (known === null || known <= now || schedule.kind !== "event") return now;
  const end = cooldownEnd(schedule, progress);
  return end !== null && end > now ? end : now;
}

/** A failed trigger that is put on probation gets its trial, one that is taken off it loses it. */
function trialAfterEdit(
  { limits }: TriggersDeps,
  row: TriggerRow,
  checked: CheckedSchedule,
  now: Date,
): Date | null {
  if (row.status !== "failed" || checked.config.probation !== true) return null;
  const { probation: before } = row.schedule_config as ScheduleValues;
  return before === true ? row.trial_at : addMs(now, limits.probationSeconds * 1000);
}

/** A changed interval starts a new grid now, unless the origin is given. */
function newAnchor(row: TriggerRow, checked: CheckedSchedule, now: Date): Date {
  const before = row.schedule_config as ScheduleValues;
  if (checked.type === "conditional") {
    return checked.config.check_interval_seconds === before.check_interval_seconds ? row.anchor_at : now;
  }
  if (checked.type !== "interval") return row.anchor_at;
  const { interval_seconds, anchor_at } = checked.config;
  if (anchor_at !== undefined || interval_seconds !== before.interval_seconds) return anchorOf(checked, now);
  return before.anchor_at === undefined ? row.anchor_at : row.created_at;
}

function differences(before: ScheduleValues, after: ScheduleValues): Record<string, unknown> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...keys].filter((key) => before[key] !== after[key]);
  return Object.fromEntries(
    changed.map((key) => [key, { from: before[key] ?? null, to: after[key] ?? null }]),
  );
}

async function editDescription(
  { clock }: TriggersDeps,
  tx: Tx,
  { actor }: TriggerScope,
  row: TriggerRow,
  description: string | null,
): Promise<void> {
  const { rows } = await sql<{ updated_at: Date }>`
    update triggers set description = ${description}, updated_at = ${clock.now}
    where trigger_id = ${row.trigger_id} returning updated_at`.execute(tx);
  await logChange(tx, row.trigger_id, {
    at: rows[0]!.updated_at,
    actor,
    change: "edited",
    from: null,
    to: null,
    details: { description: { from: row.description, to: description } },
  });
}
