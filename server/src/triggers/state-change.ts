import type { Tx } from "../db/database.ts";
import { newId } from "../platform/ids.ts";
import { checkQuota } from "./check-quota.ts";
import { checkAt, decideAt } from "./decide-at.ts";
import { dueFrom } from "./decide-event.ts";
import type { TriggersDeps } from "./deps.ts";
import { nextDueInstant } from "./due-instants/due-instants.ts";
import { closingInstant, isOver } from "./closing.ts";
import { saveStatus } from "./save-status.ts";
import { insertDecisions } from "./settle-store.ts";
import { lockForChange, settleBeforeChange, type TriggerScope } from "./settle-one.ts";
import { lockTrigger } from "./store.ts";
import { readTriggerState, type TriggerRow, type TriggerState } from "./trigger-state.ts";

/** Fires nothing by itself from now on; a no-op on a paused trigger. A failed one becomes paused, its failures kept. */
export async function pauseTrigger(
  deps: TriggersDeps,
  scope: TriggerScope,
  triggerId: string,
): Promise<void> {
  await deps.db.transaction(async (tx) =>
    pauseLocked(deps, tx, scope, await lockForChange(tx, scope, triggerId)),
  );
}

export async function pauseLocked(
  deps: TriggersDeps,
  tx: Tx,
  { actor }: TriggerScope,
  locked: TriggerRow,
): Promise<void> {
  if (locked.status === "paused") return;
  const { row, now } = await settleBeforeChange(deps, tx, locked);
  await saveStatus(tx, row, {
    to: "paused",
    change: "paused",
    at: now,
    actor,
    reason: null,
    nextDueAt: dueOutsideTrial(row),
    decideAt: null,
    checkAt: null,
  });
}

/**
 * Fires again: failures are forgotten, the next instant is the first after now (an event trigger that has counted
 * enough is due at once). What was due in between gets its one row. A no-op on an active trigger.
 */
export async function resumeTrigger(
  deps: TriggersDeps,
  scope: TriggerScope,
  triggerId: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    await checkQuota(deps, tx, scope.namespaceId, triggerId);
    await resumeLocked(deps, tx, scope, await lockForChange(tx, scope, triggerId));
  });
}

export async function resumeLocked(
  deps: TriggersDeps,
  tx: Tx,
  { actor }: TriggerScope,
  locked: TriggerRow,
): Promise<void> {
  if (locked.status === "active") return;
  const { row, now } = await settleBeforeChange(deps, tx, locked);
  await activate(deps, tx, row, { at: now, actor, reason: null });
}

/** Makes a settled trigger active; also for the one whose trial run completed. */
export async function activate(
  { db }: TriggersDeps,
  tx: Tx,
  row: TriggerRow,
  change: { readonly at: Date; readonly actor: string; readonly reason: string | null },
): Promise<void> {
  const failed = readTriggerState(row);
  const progress = { ...failed.progress, nextDueAt: dueOutsideTrial(row) };
  const state: TriggerState = { ...failed, status: "active", progress };
  const nextDueAt = nextAfterChange(state, change.at);
  const resumed = { ...state, progress: { ...progress, nextDueAt } };
  await saveStatus(tx, row, {
    ...change,
    to: "active",
    change: "resumed",
    nextDueAt,
    decideAt: decideAt(resumed),
    checkAt: checkAt(resumed),
  });
  db.wakeAfterCommit(tx, "checks");
  db.wakeAfterCommit(tx, "triggers");
}

/** Final: settles what was due and never fires again; its history stays. A no-op on a disabled trigger. */
export async function disableTrigger(
  deps: TriggersDeps,
  scope: TriggerScope,
  triggerId: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const locked = await lockTrigger(tx, scope.namespaceId, triggerId);
    if (locked.status !== "disabled") await disableLocked(deps, tx, scope, locked);
  });
}

export async function disableLocked(
  deps: TriggersDeps,
  tx: Tx,
  { actor }: TriggerScope,
  locked: TriggerRow,
): Promise<void> {
  const { row, now } = await settleBeforeChange(deps, tx, locked);
  if (row.closed_at === null) {
    // The closing row: from here on there are no due instants.
    await insertDecisions(tx, [
      {
        decision_id: newId("dec"),
        trigger_id: row.trigger_id,
        first_due: now,
        last_due: now,
        count: 0,
        decided_at: now,
        outcome: "skipped",
        reason: "disabled",
        evidence: { since: now.toISOString(), by: actor },
        run_id: null,
      },
    ]);
  }
  await saveStatus(tx, row, {
    to: "disabled",
    change: "disabled",
    at: now,
    actor,
    reason: null,
    nextDueAt: null,
    decideAt: null,
    checkAt: null,
  });
}

/** When it is due next, unless that is the instant at which a failed event trigger was only to make its trial run. */
export function dueOutsideTrial({ trigger_type, next_due_at, trial_at }: TriggerRow): Date | null {
  return trigger_type === "event" && next_due_at?.getTime() === trial_at?.getTime() ? null : next_due_at;
}

/** The next instant to decide for a trigger that was resumed or edited at `now`. */
export function nextAfterChange(state: TriggerState, now: Date): Date | null {
  const { schedule, progress } = state;
  if (progress.closedAt !== null || isOver(state, progress)) return null;
  if (schedule.kind === "event") return dueFrom(schedule, progress, now);
  return nextDueInstant(schedule, progress.decidedThrough) ?? closingInstant(schedule);
}
