import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { TriggerStatus } from "../db/tables.ts";
import { addMs } from "../platform/clock.ts";
import { decide, type RunInTheWay } from "./decide.ts";
import { instantsIn } from "./due-instants/due-instants.ts";
import type { EventSchedule } from "./read-schedule.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

const ZERO = new Date("2026-05-04T00:00:00.000Z");
const at = (seconds: number) => addMs(ZERO, seconds * 1000);
const RUN: RunInTheWay = { run_id: "run_x", status: "processing", triggered_at: ZERO.toISOString() };

function everyMinute(progress: Partial<Progress> = {}, more: Partial<TriggerState> = {}): TriggerState {
  return {
    schedule: { kind: "interval", intervalMs: 60_000, anchor: ZERO, extra: null, startAt: null, endAt: null },
    maxExecutions: null,
    catchupWindowMs: 600_000,
    status: "active",
    statusSince: ZERO,
    statusBy: "ada",
    progress: {
      nextDueAt: at(60),
      decidedThrough: ZERO,
      closedAt: null,
      scheduledCount: 0,
      lastTriggeredAt: null,
      eventCounter: 0,
      lastCooldownAt: null,
      ...progress,
    },
    ...more,
  };
}

function afterTen(progress: Partial<Progress> = {}, more: Partial<TriggerState> = {}): TriggerState {
  const schedule: EventSchedule = {
    kind: "event",
    eventType: "documents_added",
    threshold: 10,
    cooldownMs: 30_000,
    collectionId: null,
    startAt: null,
    endAt: null,
  };
  return everyMinute({ eventCounter: 10, ...progress }, { schedule, ...more });
}

const withEnd = (state: TriggerState, seconds: number): TriggerState => ({
  ...state,
  schedule: { ...state.schedule, endAt: at(seconds) },
});

describe("decide", () => {
  /** State, now in seconds, busy, the rows as `reason first..last xcount`, next due in seconds. */
  const table: [string, TriggerState, number, boolean, string[], number | null][] = [
    ["nothing is due", everyMinute(), 59, false, [], 60],
    ["a second late is on time", everyMinute(), 61, false, ["on_time 60..60 x1"], 120],
    ["more is late", everyMinute(), 61.001, false, ["late 60..60 x1"], 120],
    ["several are folded", everyMinute(), 185, false, ["catch_up 60..180 x3"], 240],
    ["busy", everyMinute(), 185, true, ["overlap 60..180 x3"], 240],
    ["older than the window", everyMinute(), 900, false, ["missed 60..240 x4", "catch_up 300..900 x11"], 960],
    ["only older ones", everyMinute({}, { schedule: { kind: "interval", intervalMs: 3_600_000, anchor: at(100), extra: null, startAt: null, endAt: null } }), 3000, false, ["missed 100..100 x1"], 3700],
    ["missed goes before overlap", everyMinute(), 900, true, ["missed 60..240 x4", "overlap 300..900 x11"], 960],
    ["paused", everyMinute({}, { status: "paused" }), 900, true, ["paused 60..900 x15"], 960],
    ["failed", everyMinute({}, { status: "failed" }), 120, false, ["trigger_failed 60..120 x2"], 180],
    ["disabled", everyMinute({}, { status: "disabled" }), 120, false, [], null],
    ["the last of its executions", everyMinute({ scheduledCount: 1 }, { maxExecutions: 2 }), 60, false, ["on_time 60..60 x1", "max_executions 60.001..60.001 x0"], null],
    ["fewer allowed than were made", everyMinute({ scheduledCount: 3 }, { maxExecutions: 2 }), 60, false, ["max_executions 60.001..60.001 x0"], null],
    ["before its end is told", withEnd(everyMinute(), 90), 60, false, ["on_time 60..60 x1"], 90.001],
    ["its end", withEnd(everyMinute({ decidedThrough: at(60) }), 90), 91, false, ["outside_bounds 90.001..90.001 x0"], null],
    ["its end while nobody looked", withEnd(everyMinute(), 130), 500, false, ["catch_up 60..120 x2", "outside_bounds 130.001..130.001 x0"], null],
    ["its end while paused", withEnd(everyMinute({}, { status: "paused" }), 130), 500, false, ["paused 60..120 x2", "outside_bounds 130.001..130.001 x0"], null],
    ["closed already", everyMinute({ closedAt: at(1) }), 500, false, [], null],
    ["the clock went back", everyMinute({ decidedThrough: at(3600) }), 60, false, [], 3660],
    ["threshold reached", afterTen(), 60.5, false, ["threshold_reached 60..60 x1"], null],
    ["below the threshold again", afterTen({ eventCounter: 9 }), 61, false, [], null],
    ["not due", afterTen({ nextDueAt: null }), 61, false, [], null],
    ["event, busy", afterTen(), 61, true, ["overlap 60..60 x1"], null],
    ["cooling down", afterTen({ lastCooldownAt: at(50) }), 61, true, ["cooldown 60..60 x1"], 80],
    ["cooled down meanwhile", afterTen({ lastCooldownAt: at(50) }), 85, false, ["cooldown 60..60 x1", "threshold_reached 80..80 x1"], null],
    ["cooldown ends as it is due", afterTen({ lastCooldownAt: at(30) }), 61, false, ["threshold_reached 60..60 x1"], null],
    ["event, paused, cooling", afterTen({ lastCooldownAt: at(50) }, { status: "paused" }), 61, false, ["paused 60..60 x1"], null],
    ["cooldown past the end", withEnd(afterTen({ lastCooldownAt: at(50) }), 70), 61, false, ["cooldown 60..60 x1"], 70.001],
    ["event's last execution", afterTen({}, { maxExecutions: 1 }), 60, false, ["threshold_reached 60..60 x1", "max_executions 60.001..60.001 x0"], null],
  ]; // prettier-ignore
  for (const [name, state, now, busy, rows, next] of table) {
    it(name, () => {
      const { decisions, progress } = decide(state, at(now), busy ? RUN : null);
      const seconds = (instant: Date) => (instant.getTime() - ZERO.getTime()) / 1000;
      assert.deepEqual(
        decisions.map((d) => `${d.reason} ${seconds(d.firstDue)}..${seconds(d.lastDue)} x${d.count}`),
        rows,
      );
      assert.equal(progress.nextDueAt && seconds(progress.nextDueAt), next);
      const fired = decisions.filter((decision) => decision.fires);
      assert.ok(fired.length <= 1);
      assert.equal(progress.scheduledCount, state.progress.scheduledCount + fired.length);
    });
  }

  it("gives executions of a trigger instants of their own", () => {
    const { progress } = decide(everyMinute({ lastTriggeredAt: at(60.005) }), at(60), null);
    assert.equal(progress.lastTriggeredAt?.toISOString(), at(60.006).toISOString());
  });

  it("names evidence", () => {
    const [overlap] = decide(everyMinute(), at(60), RUN).decisions;
    assert.deepEqual(overlap!.evidence, { execution: RUN });
    const [paused] = decide(everyMinute({}, { status: "paused" }), at(60), null).decisions;
    assert.deepEqual(paused!.evidence, { since: ZERO.toISOString(), by: "ada" });
    const [folded] = decide(everyMinute(), at(125), null).decisions;
    assert.deepEqual(folded!.evidence, { lateness_ms: 5000, folded: 2 });
  });

  it("puts every due instant into exactly one row, over any life", () => {
    const step = fc.record({
      ms: fc.integer({ min: -200_000, max: 2_000_000 }),
      busy: fc.boolean(),
      status: fc.constantFrom<TriggerStatus>("active", "paused", "failed"),
    });
    const lives = fc.tuple(
      fc.array(step, { minLength: 1, maxLength: 25 }),
      fc.integer({ min: 1, max: 700 }),
      fc.option(fc.integer({ min: 1, max: 20_000 })),
      fc.option(fc.integer({ min: 1, max: 5 })),
    );
    fc.assert(
      fc.property(lives, ([steps, every, end, maxExecutions]) => {
        const schedule = {
          kind: "interval",
          intervalMs: every * 1000,
          anchor: ZERO,
          extra: null,
          startAt: null,
          endAt: end === null ? null : at(end),
        } as const;
        let state = everyMinute({}, { schedule, maxExecutions });
        let now = ZERO;
        const rows: { first: number; last: number; count: number }[] = [];
        let fired = 0;
        for (const { ms, busy, status } of steps) {
          now = addMs(now, ms);
          const verdict = decide({ ...state, status }, now, busy ? RUN : null);
          state = { ...state, progress: verdict.progress };
          fired += verdict.decisions.filter((decision) => decision.fires).length;
          for (const { firstDue, lastDue, count } of verdict.decisions) {
            if (count > 0) rows.push({ first: firstDue.getTime(), last: lastDue.getTime(), count });
          }
        }
        assert.ok(maxExecutions === null || fired <= maxExecutions);
        // A naive model: walk the grid and ask each row whether it covers the instant.
        const closed = state.progress.closedAt !== null && maxExecutions !== null && fired >= maxExecutions;
        const through = closed ? new Date(rows.at(-1)!.last) : state.progress.decidedThrough;
        let walked = 0;
        for (const due of instantsIn(schedule, ZERO, through)) {
          walked++;
          const ms = due.getTime();
          assert.equal(rows.filter((row) => row.first <= ms && ms <= row.last).length, 1);
        }
        assert.equal(
          rows.reduce((sum, row) => sum + row.count, 0),
          walked,
        );
      }),
      { numRuns: 200 },
    );
  });
});
