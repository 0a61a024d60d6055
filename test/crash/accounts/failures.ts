import assert from "node:assert/strict";

import { isCheck } from "./checks.ts";
import type { Ledger, LedgerDecision } from "./ledger.ts";

/**
 * consecutive_failures: executions that failed since the last one that completed, and since the last resume; and checks that
 * failed since then and since the last one that did not.
 */
export function checkFailures({ triggers, executions, decisions }: Ledger): void {
  const byTrigger = Map.groupBy(executions, (execution) => execution.trigger_id);
  const decisionsOf = Map.groupBy(decisions, (decision) => decision.trigger_id);
  for (const trigger of triggers) {
    const ended = (byTrigger.get(trigger.trigger_id) ?? []).map(({ status, ended_at }) => ({
      status,
      at: ended_at!.getTime(),
    }));
    const forgotten = Math.max(
      -Infinity,
      ...ended.filter((run) => run.status === "completed").map((run) => run.at),
      ...trigger.changes.filter(({ change }) => change === "resumed").map(({ at }) => at.getTime()),
    );
    const runs = ended.filter((run) => run.status === "failed" && run.at > forgotten).length;
    const checks = failedChecks(decisionsOf.get(trigger.trigger_id) ?? [], forgotten);
    const { consecutive_failures, failed_checks, trigger_id } = trigger;
    assert.equal(failed_checks, checks, `failed_checks of ${trigger_id}`);
    assert.equal(consecutive_failures, runs + checks, `consecutive_failures of ${trigger_id}`);
  }
}

function failedChecks(decisions: readonly LedgerDecision[], forgotten: number): number {
  const checks = decisions.filter(isCheck);
  const lastGood = checks.findLastIndex(({ reason }) => reason !== "check_failed");
  return checks.slice(lastGood + 1).filter(({ decided_at }) => decided_at.getTime() > forgotten).length;
}
