import assert from "node:assert/strict";

import type { Ledger, LedgerAttempt, LedgerExecution } from "./ledger.ts";

/** What the last attempt of an execution may have come to; canceled while it waited for another, it was a fault. */
const LAST_OF: Readonly<Record<string, readonly string[]>> = {
  completed: ["completed"],
  failed: ["failed", "lost"],
  canceled: ["canceled", "failed", "lost"],
};

/** A run survives two faults of infrastructure. */
const MOST_FAULTS = 3;

/** An execution has the attempts it claims and ends as the last of them, and a cluster computes one at a time. */
export function checkAttempts({ executions, attempts }: Ledger): void {
  const byRun = Map.groupBy(attempts, (attempt) => attempt.run_id);
  for (const execution of executions) checkOwn(execution, byRun.get(execution.run_id) ?? []);
  const clusterOf = new Map(executions.map((execution) => [execution.run_id, execution.cluster_id]));
  const strangers = attempts.filter((attempt) => !clusterOf.has(attempt.run_id));
  assert.deepEqual(strangers, [], "each attempt belongs to an execution");
  const byCluster = Map.groupBy(attempts, (attempt) => clusterOf.get(attempt.run_id)!);
  for (const [cluster, own] of byCluster) checkOneAtATime(cluster, own);
}

function checkOwn(execution: LedgerExecution, attempts: readonly LedgerAttempt[]): void {
  const { run_id, status, attempt: claimed } = execution;
  assert.equal(attempts.length, claimed, `the attempts of ${run_id}`);
  for (const [index, attempt] of attempts.entries()) {
    const name = `attempt ${attempt.attempt} of ${run_id}`;
    assert.equal(attempt.attempt, index + 1, `the attempts of ${run_id} are numbered from 1`);
    assert.ok(attempt.ended_at !== null && attempt.outcome !== null, `${name} is not ended`);
    assert.ok(attempt.started_at <= attempt.ended_at, `${name} ended before it started`);
    const isLast = index === attempts.length - 1;
    const allowed = isLast ? LAST_OF[status]! : ["failed", "lost"];
    assert.ok(allowed.includes(attempt.outcome), `${name} ${attempt.outcome}, and the run ${status}`);
  }
  const { outcome } = attempts.at(-1) ?? {};
  if (status === "failed" && outcome === "lost")
    assert.ok(attempts.length >= MOST_FAULTS, `${run_id} was given up after ${attempts.length} attempts`);
  if (attempts.length === 0) assert.equal(status, "canceled", `${run_id} ended without an attempt`);
  assert.deepEqual(execution.started_at, attempts[0]?.started_at ?? null, `started_at of ${run_id}`);
}

function checkOneAtATime(cluster: string, attempts: readonly LedgerAttempt[]): void {
  const inOrder = attempts.toSorted((a, b) => a.started_at.getTime() - b.started_at.getTime());
  for (const [index, attempt] of inOrder.entries()) {
    const before = inOrder[index - 1];
    assert.ok(
      before === undefined || before.ended_at! <= attempt.started_at,
      `${cluster} computed two at a time: ${JSON.stringify([before, attempt])}`,
    );
  }
}
