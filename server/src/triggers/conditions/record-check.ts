import { sql } from "kysely";

import { readClock } from "../../db/database-clock.ts";
import type { Tx } from "../../db/database.ts";
import { json } from "../../db/json.ts";
import type { DecisionDraft } from "../decide.ts";
import type { TriggersDeps } from "../deps.ts";
import { failTrigger } from "../fail-trigger.ts";
import { settle } from "../settle.ts";
import { lockTriggers } from "../store.ts";
import type { TriggerRow } from "../trigger-state.ts";
import { type CheckLease, type ClaimedCheck, releaseCheck } from "./check-lease.ts";
import type { FinishedCheck, Found } from "./finished-check.ts";

/**
 * `not_ours`: the lease is held no longer, nothing was changed. `again`: it was measured against a baseline that is
 * not the trigger's any more, and is to be made again.
 */
export type Recorded = "recorded" | "not_ours" | "again";

/**
 * Records what a check has found and decides its due instant by it, in one transaction: the measurement, decisions,
 * perhaps an execution, the trigger's failures.
 */
export async function recordCheck(
  deps: TriggersDeps,
  claimed: ClaimedCheck,
  check: FinishedCheck,
): Promise<Recorded> {
  return deps.db.transaction(async (tx) => {
    const row = await lockIfOurs(tx, claimed);
    if (!row) return "not_ours";
    if (row.baseline_run_id !== claimed.baselineRunId) {
      await releaseCheck(tx, deps.clock, claimed);
      return "again";
    }
    const now = await readClock(tx, deps.clock);
    const { unreadable, drafts } = await settle(deps, tx, [row], now, { check });
    if (unreadable[0]) throw unreadable[0].error;
    const evidence = drafts.find(({ lastDue }) => lastDue.getTime() === check.dueAt.getTime())?.evidence;
    await insertMeasurement(tx, row, claimed, check, evidence ?? {});
    await countFailure(deps, tx, row, check, now);
    deps.db.wakeAfterCommit(tx, "triggers");
    deps.db.wakeAfterCommit(tx, "checks");
    return "recorded";
  });
}

async function lockIfOurs(tx: Tx, { triggerId, owner, number }: CheckLease): Promise<TriggerRow | undefined> {
  const [row] = await lockTriggers(tx, [triggerId]);
  return row?.check_owner === owner && row.check_number === number ? row : undefined;
}

async function insertMeasurement(
  tx: Tx,
  row: TriggerRow,
  { clusterId, condition: { metric } }: ClaimedCheck,
  { dueAt, measuredAt, found }: FinishedCheck,
  evidence: DecisionDraft["evidence"],
): Promise<void> {
  const measured = found.kind === "measured" ? found : null;
  await sql`
    insert into measurements (trigger_id, due_at, cluster_id, measured_at, metric, value, p_value, baseline_run_id, found, evidence)
    values (${row.trigger_id}, ${dueAt}, ${clusterId}, ${measuredAt}, ${metric}, ${measured?.value ?? null},
      ${measured?.pValue ?? null}, ${row.baseline_run_id}, ${json(found)}, ${json(evidence)})`.execute(tx);
  const shown = measured && toShown(measured, metric, measuredAt);
  await sql`
    update triggers set last_check_at = ${measuredAt},
      last_measurement = coalesce(${shown && JSON.stringify(shown)}::jsonb, last_measurement)
    where trigger_id = ${row.trigger_id}`.execute(tx);
}

/** As answers show it. */
function toShown(found: Found & { kind: "measured" }, metric: string, measuredAt: Date): object {
  const { value, pValue, met, documents, baseline, details } = found;
  return {
    metric,
    value,
    p_value: pValue,
    ...(met === null ? {} : { met }),
    measured_at: measuredAt.toISOString(),
    documents,
    baseline,
    ...details,
  };
}

/** Failures in a row: a check that does not fail ends those of checks; those of executions only an execution ends. */
async function countFailure(
  deps: TriggersDeps,
  tx: Tx,
  { trigger_id }: TriggerRow,
  { found }: FinishedCheck,
  now: Date,
): Promise<void> {
  if (found.kind !== "failed") {
    await sql`
      update triggers set consecutive_failures = consecutive_failures - failed_checks, failed_checks = 0
      where trigger_id = ${trigger_id} and failed_checks > 0`.execute(tx);
    return;
  }
  const { rows } = await sql<TriggerRow>`
    update triggers set consecutive_failures = consecutive_failures + 1, failed_checks = failed_checks + 1
    where trigger_id = ${trigger_id} returning *`.execute(tx);
  const failed = rows[0]!;
  if (failed.status !== "active" || failed.consecutive_failures < deps.limits.failuresToFail) return;
  await failTrigger(deps, tx, failed, { now, runId: null, error: found.error });
}
