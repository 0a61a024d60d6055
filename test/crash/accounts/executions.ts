import assert from "node:assert/strict";

import type { Ledger, LedgerExecution, LedgerTrigger } from "./ledger.ts";

const FINAL = new Set(["completed", "failed", "canceled"]);

/** Decisions that fired and executions belong together one to one, and each trigger counts its own without a gap. */
export function checkExecutions(ledger: Ledger): void {
  for (const execution of ledger.executions) checkEnded(execution);
  checkPairs(ledger);
  const byTrigger = Map.groupBy(ledger.executions, (execution) => execution.trigger_id);
  for (const trigger of ledger.triggers) checkCounters(trigger, byTrigger.get(trigger.trigger_id) ?? []);
}

function checkEnded(execution: LedgerExecution): void {
  const { run_id, status, ended_at, lease_owner, num_clusters, clusters } = execution;
  assert.ok(FINAL.has(status), `${run_id} is left ${status}`);
  assert.ok(ended_at !== null && lease_owner === null, `${run_id} is ${status} but not ended`);
  if (status === "completed") assert.equal(clusters, num_clusters, `the clusters of ${run_id} are all there`);
  else assert.equal(clusters, 0, `${run_id} is ${status} and left clusters`);
}

function checkPairs({ decisions, executions }: Ledger): void {
  const runs = new Map(executions.map((execution) => [execution.run_id, execution]));
  const decided = new Set<string>();
  for (const decision of decisions) {
    const name = `decision ${decision.decision_id}`;
    if (decision.outcome !== "fired") {
      assert.equal(decision.run_id, null, `${name} did not fire but has an execution`);
      continue;
    }
    const run = runs.get(decision.run_id ?? "");
    assert.ok(run, `${name} fired but has no execution`);
    assert.ok(!decided.has(run.run_id), `${run.run_id} belongs to two decisions`);
    decided.add(run.run_id);
    assert.equal(run.trigger_id, decision.trigger_id, `${name} and its execution are of one trigger`);
    const due = decision.reason === "manual" ? null : decision.last_due;
    assert.deepEqual(run.due_at, due, `${name} and its execution are of one instant`);
  }
  const undecided = executions.filter((run) => run.trigger_id !== null && !decided.has(run.run_id));
  assert.deepEqual(undecided, [], "each execution of a trigger has a decision");
}

function checkCounters(trigger: LedgerTrigger, runs: readonly LedgerExecution[]): void {
  const { trigger_id: id } = trigger;
  assert.deepEqual(
    runs.map((run) => run.trigger_ordinal),
    runs.map((_, index) => index),
    `the executions of ${id} are numbered without a gap`,
  );
  const scheduled = runs.filter((run) => run.due_at !== null);
  const instants = new Set(scheduled.map((run) => run.due_at!.getTime()));
  assert.equal(instants.size, scheduled.length, `${id} has one execution for a due instant`);
  for (const [index, run] of runs.entries())
    assert.ok(
      index === 0 || runs[index - 1]!.triggered_at < run.triggered_at,
      `${run.run_id} of ${id} was triggered after the one before it`,
    );
  assert.equal(trigger.execution_count, runs.length, `execution_count of ${id}`);
  assert.equal(trigger.next_ordinal, runs.length, `next_ordinal of ${id}`);
  assert.equal(trigger.scheduled_count, scheduled.length, `scheduled_count of ${id}`);
  const newest = runs.at(-1);
  assert.equal(trigger.last_run_id, newest?.run_id ?? null, `last_run_id of ${id}`);
  assert.deepEqual(trigger.last_triggered_at, newest?.triggered_at ?? null, `last_triggered_at of ${id}`);
}
