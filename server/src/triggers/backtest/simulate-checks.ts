import { addMs } from "../../platform/clock.ts";
import { type Condition, FRESH } from "../conditions/condition.ts";
import type { Found } from "../conditions/finished-check.ts";
import { decide, openSkipOf, type DecisionDraft } from "../decide.ts";
import type { TriggerState } from "../trigger-state.ts";
import { PastQueue, type PastRun } from "./past-queue.ts";
import type { PastCheck } from "./read-measurements.ts";
import { record, type Simulated } from "./simulate.ts";

/**
 * Decides the checks that really were made by other settings, by the rules the checker uses. What was measured was
 * measured against the baseline of that time: where that changed, what had been found against the one before counts no more.
 */
export function simulateChecks(
  state: TriggerState,
  condition: Condition,
  past: {
    readonly checks: readonly PastCheck[];
    readonly runs: readonly PastRun[];
    readonly runDurationMs: number | null;
  },
): Simulated {
  const queue = new PastQueue(past.runs);
  const rows: DecisionDraft[] = [];
  let current = state;
  let baseline: string | null | undefined;
  for (const { dueAt, measuredAt, baselineRunId, found } of past.checks) {
    const { progress } = current;
    const checks = baseline !== undefined && baseline !== baselineRunId ? FRESH : progress.checks;
    baseline = baselineRunId;
    // The checks between, if the settings have more, were not made and are not missed.
    current = { ...current, progress: { ...progress, checks, decidedThrough: addMs(dueAt, -1) } };
    const check = { dueAt, measuredAt, found: asFoundBy(condition, found) };
    const verdict = decide(current, measuredAt, { queue: queue.at(measuredAt), quota: null, hurry: false, check });
    for (const draft of verdict.decisions) record(rows, draft);
    for (const { fires } of verdict.decisions) {
      if (fires) queue.make(fires.triggeredAt, past.runDurationMs ?? 0, fires.cancels);
    }
    const last = rows.findLastIndex((row) => row.count > 0);
    const openSkip = last < 0 ? null : openSkipOf(rows[last]!, String(last));
    current = { ...current, progress: { ...verdict.progress, openSkip } };
  }
  return { decisions: rows, computeMs: past.runDurationMs === null ? null : queue.computedMs };
} // prettier-ignore

/** With a higher min_documents it would not have been measured. */
function asFoundBy({ minDocuments }: Condition, found: Found): Found {
  if (found.kind === "failed" || found.documents >= minDocuments) return found;
  return { kind: "too_few", documents: found.documents, baseline: found.baseline };
}

/** How many checks had enough documents for these settings and measured nothing, since the trigger wanted more then. */
export function countUnmeasured({ minDocuments }: Condition, checks: readonly PastCheck[]): number {
  return checks.filter(({ found }) => found.kind === "too_few" && found.documents >= minDocuments).length;
}
