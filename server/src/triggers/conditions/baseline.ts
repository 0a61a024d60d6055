import { sql } from "kysely";

import type { ClusterDefinition } from "../../clusters/definition.ts";
import type { Tx } from "../../db/database.ts";
import type { EndedExecution } from "../../runs/hooks.ts";
import { lockClusters } from "../lock-clusters.ts";
import type { CheckedSchedule } from "../schedule-config.ts";
import { readCondition } from "./condition.ts";
import { refuseUnmeasurable } from "./refuse-unmeasurable.ts";

/**
 * The run that a new conditional trigger measures against: the cluster's newest completed one; null if there is none,
 * and for triggers of the other types. The cluster is locked, so a run that ends meanwhile is either seen here or sees the
 * trigger. Throws `invalid_value` for a condition that cannot be measured on what the cluster groups.
 */
export async function baselineFor(
  tx: Tx,
  checked: CheckedSchedule,
  { clusterId, definition }: { readonly clusterId: string; readonly definition: ClusterDefinition },
): Promise<string | null> {
  if (checked.type !== "conditional") return null;
  refuseUnmeasurable(readCondition(checked.config), definition);
  await lockClusters(tx, [clusterId]);
  const { rows } = await sql<{ run_id: string }>`
    select run_id from executions
    where cluster_id = ${clusterId} and status = 'completed' and artifact_path is not null
    order by triggered_at desc, run_id desc limit 1`.execute(tx);
  return rows[0]?.run_id ?? null;
}

/**
 * After a completed run its snapshot is the baseline of the cluster's conditional triggers, and what they had found
 * against the one before counts no more. The caller holds the triggers (`lockTriggersOfRun`).
 */
export async function takeBaseline(
  tx: Tx,
  { runId, clusterId, endedAt }: Pick<EndedExecution, "runId" | "clusterId" | "endedAt">,
): Promise<void> {
  await sql`
    update triggers set baseline_run_id = ${runId}, baseline_at = ${endedAt}, breaches = 0, fired_uncleared = false
    where cluster_id = ${clusterId} and trigger_type = 'conditional' and status <> 'disabled'`.execute(tx);
}

/**
 * A run that a condition has fired and that failed leaves the clusters as they were: what it fired for is due again at
 * the next check that finds it, unless a later firing of the trigger stands for it. The caller holds the trigger.
 */
export async function takeFiringBack(
  tx: Tx,
  { runId, triggerId, status }: Pick<EndedExecution, "runId" | "triggerId" | "status">,
): Promise<void> {
  if (status !== "failed" || triggerId === null) return;
  await sql`
    update triggers set fired_uncleared = false
    where trigger_id = ${triggerId} and trigger_type = 'conditional' and fired_uncleared
      and ${runId} = (
        select run_id from executions where trigger_id = ${triggerId} and due_at is not null
        order by trigger_ordinal desc limit 1)`.execute(tx);
}
