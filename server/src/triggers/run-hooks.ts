import { sql } from "kysely";

import { readClock } from "../db/database-clock.ts";
import type { Tx } from "../db/database.ts";
import type { EndedExecution, RunHooks } from "../runs/hooks.ts";
import { takeBaseline, takeFiringBack } from "./conditions/baseline.ts";
import type { TriggersDeps } from "./deps.ts";
import { counted, saveCounters } from "./events.ts";
import { endTrial, failTrigger } from "./fail-trigger.ts";
import { lockClusters } from "./lock-clusters.ts";
import { countBehind, giveBack, readWatchedLogs } from "./positions.ts";
import { lockTriggersOfRun } from "./store.ts";
import { readTriggerState, type TriggerRow } from "./trigger-state.ts";

/**
 * What the end of a run means for triggers: its own counts failures, fails after so many in a row, and gets the events
 * of a failed run back, or waits for its condition anew; event triggers of the cluster that found it busy are due again; its conditional triggers
 * measure against it from now on.
 */
export function createRunHooks(deps: TriggersDeps): RunHooks {
  return {
    lock: async (tx, clusterId, triggerId) => {
      await lockTriggersOfRun(tx, clusterId, triggerId);
      await lockClusters(tx, [clusterId]);
    },
    ended: async (tx, ended) => {
      if (ended.triggerId !== null) await tellTrigger(deps, tx, ended, ended.triggerId);
      if (ended.status === "completed") await takeBaseline(tx, ended);
      await takeFiringBack(tx, ended);
      if (await mustGiveBack(tx, ended)) await giveBack(tx, ended.triggerId!, ended.consumed!);
      await makeDueAgain(deps, tx, await lockTriggersOfRun(tx, ended.clusterId, ended.triggerId), ended);
    },
  };
}

/** Before events are given back: what they make due is due to the trigger in its new state. */
async function tellTrigger(
  deps: TriggersDeps,
  tx: Tx,
  ended: EndedExecution,
  triggerId: string,
): Promise<void> {
  await countOutcome(tx, ended, triggerId);
  const rows = await lockTriggersOfRun(tx, ended.clusterId, triggerId);
  const own = rows.find((row) => row.trigger_id === triggerId);
  if (!own) return;
  const change = { now: await readClock(tx, deps.clock), ended };
  if (own.trial_run_id === ended.runId) return endTrial(deps, tx, own, change);
  if (own.status === "active" && own.consecutive_failures >= deps.limits.failuresToFail) {
    await failTrigger(deps, tx, own, { now: change.now, runId: ended.runId, error: ended.error });
  }
}

async function countOutcome(tx: Tx, { status }: EndedExecution, triggerId: string): Promise<void> {
  if (status === "canceled") return;
  const failures = status === "completed" ? sql`0` : sql`consecutive_failures + 1`;
  const checks = status === "completed" ? sql`0` : sql`failed_checks`;
  await sql`
    update triggers set consecutive_failures = ${failures}, failed_checks = ${checks}
    where trigger_id = ${triggerId}`.execute(tx);
}

/** A failed run gives back what it consumed, unless a later one of its trigger has seen those documents, too. */
async function mustGiveBack(tx: Tx, { status, triggerId, runId, consumed }: EndedExecution): Promise<boolean> {
  if (status !== "failed" || triggerId === null || consumed === null) return false;
  const { rows } = await sql<{ later: boolean }>`
    select exists (
      select 1 from executions later
      where later.trigger_id = ${triggerId} and later.status = 'completed'
        and later.trigger_ordinal > (select trigger_ordinal from executions where run_id = ${runId})) as later`.execute(tx);
  return !rows[0]!.later;
} // prettier-ignore

async function makeDueAgain(
  { db, logger }: TriggersDeps,
  tx: Tx,
  rows: readonly TriggerRow[],
  { endedAt }: EndedExecution,
): Promise<void> {
  const events = rows.filter((row) => row.trigger_type === "event" && row.status !== "disabled");
  const logs = await readWatchedLogs(
    tx,
    events.map((row) => row.trigger_id),
  );
  const recounted = events.flatMap((row) => {
    try {
      const state = readTriggerState(row);
      if (state.schedule.kind !== "event") return [];
      const counter = countBehind(state.schedule.eventType, logs.get(row.trigger_id)!);
      return [counted(row, state, counter, endedAt)];
    } catch (error) {
      // A run must be able to end whatever a trigger's settings are.
      logger.error({ err: error, trigger: row.trigger_id }, "a trigger's settings could not be read");
      return [];
    }
  });
  await saveCounters(db, tx, recounted);
}
