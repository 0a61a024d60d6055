import assert from "node:assert/strict";

import type { Ledger, LedgerDecision, LedgerExecution, LedgerMeasurement, LedgerTrigger } from "./ledger.ts";

/** What becomes of checks that were made; the others are missed, or nobody was to make them. */
const OF_CHECKS = new Set([
  ...["condition_met", "no_baseline", "below_threshold", "insufficient_data", "check_failed", "overlap"],
]);

/** Of a conditional trigger: the decision follows from what checks have found. */
export function isCheck({ reason, evidence }: LedgerDecision): boolean {
  return OF_CHECKS.has(reason) && evidence.measured_at !== undefined;
}

/**
 * Each check of a conditional trigger was recorded once, is decided as what it found asks for, and was measured against the newest
 * completed run of its cluster; nobody is left making one. Returns how many were made.
 */
export function checkChecks({ triggers, decisions, executions, measurements }: Ledger): number {
  const decisionsOf = Map.groupBy(decisions, (decision) => decision.trigger_id);
  const measuredOf = Map.groupBy(measurements, (measurement) => measurement.trigger_id);
  const completed = executions
    .filter(({ status }) => status === "completed")
    .toSorted((a, b) => a.ended_at!.getTime() - b.ended_at!.getTime());
  const runsOf = Map.groupBy(completed, (run) => run.cluster_id);
  const runOf = new Map(executions.map((run) => [run.run_id, run]));
  for (const trigger of triggers) {
    const measured = measuredOf.get(trigger.trigger_id) ?? [];
    const runs = trigger.trigger_type === "conditional" ? (runsOf.get(trigger.cluster_id) ?? []) : [];
    checkLease(trigger);
    const made = checkRecorded(
      trigger,
      measured,
      (decisionsOf.get(trigger.trigger_id) ?? []).filter(isCheck),
    );
    checkBaseline(trigger, runs, made);
    checkProgress(trigger, made, firedOf(trigger, decisionsOf, runOf));
  }
  return measurements.length;
}

/** After its servers have stopped nobody makes a check; it is queued exactly if its trigger may fire. */
function checkLease(trigger: LedgerTrigger): void {
  const { trigger_id: id, trigger_type, status, closed_at, check_at, check_owner, checking_due_at } = trigger;
  assert.deepEqual([check_owner, checking_due_at], [null, null], `${id} is still being checked`);
  const isQueued = trigger_type === "conditional" && status === "active" && closed_at === null;
  assert.equal(check_at !== null, isQueued, `whether ${id} is to be checked`);
}

interface Made {
  readonly measurement: LedgerMeasurement;
  readonly decision: LedgerDecision;
}

/** Each measurement has its decision, and a decision as many measurements as it covers checks. */
function checkRecorded(
  trigger: LedgerTrigger,
  measured: readonly LedgerMeasurement[],
  decisions: readonly LedgerDecision[],
): Made[] {
  const made = measured.map((measurement) => {
    const { due_at } = measurement;
    const decision = decisions.find((one) => one.first_due <= due_at && due_at <= one.last_due);
    assert.ok(decision, `the check of ${trigger.trigger_id} at ${due_at.toISOString()} has a decision`);
    return { measurement, decision };
  });
  for (const decision of decisions) {
    const own = made.filter((one) => one.decision === decision).length;
    const { decision_id, reason, count } = decision;
    assert.equal(own, count, `the checks that were recorded for decision ${decision_id} (${reason})`);
  }
  const newest = measured.at(-1)?.measured_at ?? null;
  assert.deepEqual(trigger.last_check_at, newest, `last_check_at of ${trigger.trigger_id}`);
  return made;
}

/** Of the cluster's completed runs, oldest first. */
function checkBaseline(
  { trigger_id, created_at, baseline_run_id, baseline_at }: LedgerTrigger,
  runs: readonly LedgerExecution[],
  made: readonly Made[],
): void {
  const newest = runs.at(-1);
  const since = newest && new Date(Math.max(newest.ended_at!.getTime(), created_at.getTime()));
  assert.deepEqual(
    [baseline_run_id, baseline_at],
    [newest?.run_id ?? null, since ?? null],
    `the baseline of ${trigger_id}`,
  );
  for (const { measurement, decision } of made) {
    // A row of several checks tells when the last of them was recorded.
    if (measurement.due_at.getTime() !== decision.last_due.getTime()) continue;
    const before = runs.findLast(({ ended_at }) => ended_at! <= decision.decided_at)?.run_id ?? null;
    assert.equal(
      measurement.baseline_run_id,
      before,
      `what the check of ${trigger_id} at ${measurement.due_at.toISOString()} was measured against`,
    );
  }
}

/** Where there is a p, chance must be less likely. */
const SIGNIFICANT_P = 0.001;

/** A firing, and when the run it made has failed; null while it has not. */
interface Firing {
  readonly at: Date;
  readonly failedAt: Date | null;
}

/** Oldest first, but those by hand, which fire for no condition. */
function firedOf(
  { trigger_id: id }: LedgerTrigger,
  decisionsOf: ReadonlyMap<string, readonly LedgerDecision[]>,
  runOf: ReadonlyMap<string, LedgerExecution>,
): Firing[] {
  const fired = (decisionsOf.get(id) ?? []).filter(({ outcome, reason }) => outcome === "fired" && reason !== "manual");
  return fired
    .map(({ decided_at: at, run_id }) => {
      const run = runOf.get(run_id!);
      return { at, failedAt: run?.status === "failed" ? run.ended_at : null };
    })
    .toSorted((a, b) => a.at.getTime() - b.at.getTime());
} // prettier-ignore

/**
 * The decisions follow from what was found since the last change of baseline: breaches in a row, one firing until it is cleared
 * or its run has failed. Nothing here edits thresholds.
 */
function checkProgress(trigger: LedgerTrigger, made: readonly Made[], firings: readonly Firing[]): void {
  const { threshold, clear_threshold = threshold, consecutive_breaches = 1 } = trigger.schedule_config;
  let baseline: string | null = null;
  let breaches = 0;
  let fired = false;
  const renew = (current: string | null) => {
    if (current === baseline) return;
    [baseline, breaches, fired] = [current, 0, false];
  };
  const hasFailed = (from: Date, by: Date) => {
    const failedAt = firings.findLast(({ at }) => at < from)?.failedAt;
    return failedAt !== undefined && failedAt !== null && failedAt <= by;
  };
  for (const { measurement, decision } of made) {
    const { found, due_at, measured_at } = measurement;
    renew(measurement.baseline_run_id);
    if (hasFailed(measured_at, measured_at)) fired = false;
    // Between the measuring and the record, which a row of several checks does not tell.
    const mayHaveFailed = fired && hasFailed(measured_at, decision.decided_at);
    let expected: readonly string[];
    if (found.kind === "failed") {
      expected = ["check_failed"];
    } else if (found.kind === "too_few") {
      breaches = 0;
      expected = ["insufficient_data"];
    } else if (found.kind === "no_baseline") {
      expected = ["no_baseline", "overlap"];
    } else {
      const { value = null, pValue = null, met = null } = found;
      const isLarge = value !== null && value >= Number(threshold) && (pValue ?? 0) < SIGNIFICANT_P;
      const isSmall = value === null || value < Number(clear_threshold);
      breaches = (met ?? isLarge) ? breaches + 1 : 0;
      if (met === null ? isSmall : !met) fired = false;
      const isBreached = breaches >= Number(consecutive_breaches);
      const due = ["condition_met", "overlap"];
      expected = isBreached && !fired ? due : ["below_threshold"];
      if (isBreached && mayHaveFailed) expected = [...due, "below_threshold"];
      if (decision.reason === "condition_met") fired = true;
    }
    assert.ok(
      expected.includes(decision.reason),
      `the check of ${trigger.trigger_id} at ${due_at.toISOString()} found ${JSON.stringify(found)}, and its decision is ` +
        `${decision.reason}, not ${expected.join(" or ")}`,
    );
  }
  renew(trigger.baseline_run_id);
  if (firings.at(-1)?.failedAt) fired = false;
  assert.deepEqual(
    [trigger.breaches, trigger.fired_uncleared],
    [breaches, fired],
    `breaches and fired_uncleared of ${trigger.trigger_id}`,
  );
}
