import { sql } from "kysely";

import { readClock } from "../db/database-clock.ts";
import { newId } from "../platform/ids.ts";
import { enqueue } from "../runs/enqueue.ts";
import { triggeredAt } from "./decide.ts";
import type { TriggersDeps } from "./deps.ts";
import { lockClusters } from "./lock-clusters.ts";
import { insertDecisions } from "./settle-store.ts";
import { lockForChange, type TriggerScope } from "./settle-one.ts";

export interface ManualRun {
  readonly runId: string;
  readonly clusterId: string;
}

/**
 * Runs a trigger's action now because somebody asked. Never skipped: a busy cluster makes it wait its turn. It works
 * on paused and failed triggers, too, changes no state, consumes no events and does not count against max_executions.
 */
export async function executeTrigger(
  { db, clock }: TriggersDeps,
  scope: TriggerScope,
  triggerId: string,
  runId = newId("run"),
): Promise<ManualRun> {
  return db.transaction(async (tx) => {
    const row = await lockForChange(tx, scope, triggerId);
    await lockClusters(tx, [row.cluster_id]);
    const now = await readClock(tx, clock);
    const at = triggeredAt({ lastTriggeredAt: row.last_triggered_at }, now);
    await enqueue(db, tx, [
      {
        runId,
        clusterId: row.cluster_id,
        namespaceId: row.namespace_id,
        organizationId: row.organization_id,
        trigger: { triggerId, ordinal: row.next_ordinal },
        dueAt: null,
        triggeredAt: at,
        consumed: null,
        requestedBy: scope.actor,
      },
    ]);
    await insertDecisions(tx, [
      {
        decision_id: newId("dec"),
        trigger_id: triggerId,
        first_due: at,
        last_due: at,
        count: 0,
        decided_at: now,
        outcome: "fired",
        reason: "manual",
        evidence: { requested_by: scope.actor },
        run_id: runId,
      },
    ]);
    await sql`
      update triggers set execution_count = execution_count + 1, next_ordinal = next_ordinal + 1,
        last_triggered_at = ${at}, last_run_id = ${runId}
      where trigger_id = ${triggerId}`.execute(tx);
    return { runId, clusterId: row.cluster_id };
  });
}
