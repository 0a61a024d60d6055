import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { addMs } from "../../platform/clock.ts";
import { decide, openSkipOf, type DecisionDraft } from "../decide.ts";
import { FREE } from "../cluster-queue.ts";
import type { OpenSkip, TriggerState } from "../trigger-state.ts";
import { FRESH, type Condition } from "./condition.ts";
import type { Found } from "./finished-check.ts";

const ZERO = new Date("2026-05-04T10:00:00.000Z");
const HOUR = 3_600_000;
const BASELINE = { run_id: "run_a", taken_at: ZERO.toISOString(), documents: 1000 };

const drift = (more: Partial<Condition> = {}): Condition => ({
  type: "drift",
  metric: "embedding_drift",
  threshold: 0.05,
  clearThreshold: 0.05,
  consecutiveBreaches: 1,
  minDocuments: 100,
  webhookUrl: null,
  ...more,
});

function trigger(condition: Condition, more: Partial<TriggerState> = {}): TriggerState {
  return {
    schedule: { kind: "interval", intervalMs: HOUR, anchor: ZERO, extra: null, startAt: null, endAt: null },
    condition,
    ...{ maxExecutions: null, overlap: "skip", probation: false, missed: "once", catchupWindowMs: 0 },
    ...{ jitterSeconds: 0, delayMs: 0, status: "active", statusSince: ZERO, statusBy: "ada" },
    progress: {
      ...{ nextDueAt: ZERO, decidedThrough: addMs(ZERO, -1), closedAt: null, scheduledCount: 0 },
      ...{ lastTriggeredAt: null, eventCounter: 0, lastCooldownAt: null, trial: null, openSkip: null },
      checks: FRESH,
    },
    ...more,
  };
}

const measured = (value: number | null, pValue: number | null = null): Found => ({
  ...{ kind: "measured", value, pValue, met: null, documents: 1200, baseline: BASELINE, details: {} },
});
const answered = (met: boolean): Found => ({
  ...{ kind: "measured", value: null, pValue: null, met, documents: 1200, baseline: BASELINE, details: {} },
});
const TOO_FEW: Found = { kind: "too_few", documents: 5, baseline: BASELINE };
const NOTHING: Found = { kind: "no_baseline", documents: 500, baseline: null, details: {} };
const FAILED: Found = { kind: "failed", error: "it broke", details: {} };
const RERUN = "a new baseline";

/** Checks hour by hour; each decision as its reason, and how often in a row. */
function told(condition: Condition, steps: readonly (Found | typeof RERUN)[], more: Partial<TriggerState> = {}): string[] {
  let state = trigger(condition, more);
  const rows: { draft: DecisionDraft; open: OpenSkip | null }[] = [];
  let hour = 0;
  for (const found of steps) {
    if (found === RERUN) {
      state = { ...state, progress: { ...state.progress, checks: FRESH } };
      continue;
    }
    const dueAt = addMs(ZERO, HOUR * hour++);
    const check = { dueAt, measuredAt: dueAt, found };
    const verdict = decide(state, addMs(dueAt, 5), { queue: FREE, quota: null, hurry: false, check });
    for (const draft of verdict.decisions) {
      const last = rows.at(-1);
      if (draft.extends === null) rows.push({ draft, open: openSkipOf(draft, String(rows.length)) });
      else last!.draft = { ...draft, count: last!.draft.count + draft.count };
    }
    const last = rows.at(-1)!;
    state = { ...state, progress: { ...verdict.progress, openSkip: openSkipOf(last.draft, "row") } };
  }
  return rows.map(({ draft: { reason, count } }) => `${reason} x${count}`);
} // prettier-ignore

describe("a conditional trigger's checks", () => {
  const table: [string, Condition, readonly (Found | typeof RERUN)[], readonly string[]][] = [
    ["fires at the threshold", drift(), [measured(0.049), measured(0.05)], ["below_threshold x1", "condition_met x1"]],
    ["chance is no drift", drift(), [measured(0.9, 0.001), measured(0.9, 0.00099)], ["below_threshold x1", "condition_met x1"]],
    ["below the noise is no value", drift(), [measured(null), measured(0.9)], ["below_threshold x1", "condition_met x1"]],
    ["fires once while it lasts", drift(), [measured(0.9), measured(0.9), measured(0.9)], ["condition_met x1", "below_threshold x2"]],
    ["must be cleared", drift({ clearThreshold: 0.02 }), [measured(0.9), measured(0.03), measured(0.9), measured(0.01), measured(0.9)], ["condition_met x1", "below_threshold x3", "condition_met x1"]],
    ["what lies below the noise clears", drift({ clearThreshold: 0.02 }), [measured(0.9), measured(null), measured(0.9)], ["condition_met x1", "below_threshold x1", "condition_met x1"]],
    ["or have a new baseline", drift(), [measured(0.9), RERUN, measured(0.9)], ["condition_met x1", "condition_met x1"]],
    ["needs several in a row", drift({ consecutiveBreaches: 3 }), [measured(0.9), measured(0.9), measured(0.01), measured(0.9), measured(0.9), measured(0.9)], ["below_threshold x5", "condition_met x1"]],
    ["too few documents break a row", drift({ consecutiveBreaches: 2 }), [measured(0.9), TOO_FEW, measured(0.9), measured(0.9)], ["below_threshold x1", "insufficient_data x1", "below_threshold x1", "condition_met x1"]],
    ["a failed check says nothing", drift({ consecutiveBreaches: 2 }), [measured(0.9), FAILED, measured(0.9)], ["below_threshold x1", "check_failed x1", "condition_met x1"]],
    ["without a baseline at once, and again until there is one", drift({ consecutiveBreaches: 5 }), [TOO_FEW, TOO_FEW, NOTHING, NOTHING], ["insufficient_data x2", "no_baseline x1", "no_baseline x1"]],
    ["an answer of yes or no", drift({ type: "custom", metric: "webhook" }), [answered(false), answered(true), answered(true), answered(false), answered(true)], ["below_threshold x1", "condition_met x1", "below_threshold x2", "condition_met x1"]],
    ["a threshold of 0 is reached by 0", drift({ threshold: 0, clearThreshold: 0 }), [measured(0)], ["condition_met x1"]],
  ]; // prettier-ignore
  for (const [name, condition, steps, expected] of table) {
    it(name, () => assert.deepEqual(told(condition, steps), expected));
  }

  it("tells the newest value of a stretch and its highest", () => {
    const open: OpenSkip = {
      ...{ decision_id: "dec_a", reason: "below_threshold", run_id: "run_a", highest: 0.04 },
    };
    const state = trigger(drift());
    const dueAt = addMs(ZERO, HOUR);
    const check = { dueAt, measuredAt: dueAt, found: measured(0.01) };
    const at = { ...state, progress: { ...state.progress, decidedThrough: ZERO, openSkip: open } };
    const [draft] = decide(at, dueAt, { queue: FREE, quota: null, hurry: false, check }).decisions;
    assert.equal(draft!.extends, "dec_a");
    assert.deepEqual([draft!.evidence.value, draft!.evidence.highest], [0.01, 0.04]);
  });

  it("without a check decides nothing, and before a change that it was not made", () => {
    const state = trigger(drift());
    const now = addMs(ZERO, 2.5 * HOUR);
    const circumstances = { queue: FREE, quota: null, hurry: false, check: null };
    assert.deepEqual(decide(state, now, circumstances).decisions, []);
    const [draft, ...rest] = decide(state, now, { ...circumstances, hurry: true }).decisions;
    assert.deepEqual(rest, []);
    assert.deepEqual([draft!.reason, draft!.count, draft!.evidence], ["missed", 3, { changed: true }]);
  });

  it("takes the reason that comes first", () => {
    const running = { run_id: "run_b", status: "processing", triggered_at: ZERO.toISOString() };
    const busy = { running, waiting: null };
    const quota = { limit: 1, active: 2 };
    const decideWith = (found: Found, more: object) =>
      decide(trigger(drift()), ZERO, {
        ...{ queue: busy, quota: null, hurry: false, check: { dueAt: ZERO, measuredAt: ZERO, found } },
        ...more,
      }).decisions.map(({ reason }) => reason);
    assert.deepEqual(decideWith(FAILED, { quota }), ["quota"]);
    assert.deepEqual(decideWith(FAILED, {}), ["check_failed"]);
    assert.deepEqual(decideWith(TOO_FEW, {}), ["insufficient_data"]);
    assert.deepEqual(decideWith(measured(0.01), {}), ["below_threshold"]);
    assert.deepEqual(decideWith(measured(0.9), {}), ["overlap"]);
    assert.deepEqual(decideWith(NOTHING, {}), ["overlap"]);
  });
});
