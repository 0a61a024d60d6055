import assert from "node:assert/strict";

import type { Ledger } from "./ledger.ts";

/** consecutive_failures: executions that failed since the last one that completed, and since the last resume. */
export function checkFailures({ triggers, executions }: Ledger): void {
  const byTrigger = Map.groupBy(executions, (execution) => execution.trigger_id);
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
    const failures = ended.filter((run) => run.status === "failed" && run.at > forgotten).length;
    assert.equal(trigger.consecutive_failures, failures, `consecutive_failures of ${trigger.trigger_id}`);
  }
}
