import assert from "node:assert/strict";
import { describe, it } from "node:test";

import fc from "fast-check";

import type { TriggerStatus } from "../db/tables.ts";
import { addMs } from "../platform/clock.ts";
import { FRESH } from "./conditions/condition.ts";
import { FREE, type ClusterQueue, type RunInTheWay } from "./cluster-queue.ts";
import { decideAt } from "./decide-at.ts";
import { decide, type Circumstances, type DecisionDraft } from "./decide.ts";
import { instantsIn } from "./due-instants/due-instants.ts";
import type { EventSchedule } from "./read-schedule.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

const ZERO = new Date("2026-05-04T00:00:00.000Z");
const at = (seconds: number) => addMs(ZERO, seconds * 1000);
const RUN: RunInTheWay = { run_id: "run_x", status: "processing", triggered_at: ZERO.toISOString() };
const WAITING: RunInTheWay = { run_id: "run_y", status: "pending", triggered_at: ZERO.toISOString() };
const BUSY: ClusterQueue = { running: RUN, waiting: null };

function having(queue: ClusterQueue, more: Partial<Circumstances> = {}): Circumstances {
  return { queue, quota: null, hurry: false, check: null, ...more };
}

function everyMinute(progress: Partial<Progress> = {}, more: Partial<TriggerState> = {}): TriggerState {
  return {
    schedule: { kind: "interval", intervalMs: 60_000, anchor: ZERO, extra: null, startAt: null, endAt: null },
    condition: null,
    maxExecutions: null,
    overlap: "skip",
    probation: false,
    missed: "once",
    catchupWindowMs: 600_000,
    jitterSeconds: 0,
    delayMs: 0,
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
      trial: null,
      openSkip: null,
      checks: FRESH,
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

const seconds = (instant: Date) => (instant.getTime() - ZERO.getTime()) / 1000;
const told = ({ reason, firstDue, lastDue, count }: DecisionDraft) =>
  `${reason} ${seconds(firstDue)}..${seconds(lastDue)} x${count}`;

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
      const { decisions, progress } = decide(state, at(now), having(busy ? BUSY : FREE));
      assert.deepEqual(decisions.map(told), rows);
      assert.equal(progress.nextDueAt && seconds(progress.nextDueAt), next);
      const fired = decisions.filter((decision) => decision.fires);
      assert.ok(fired.length <= 1);
      assert.equal(progress.scheduledCount, state.progress.scheduledCount + fired.length);
    });
  }

  /** State, now in seconds, circumstances, the rows, and when the scheduler looks again. */
  const policies: [string, TriggerState, number, Circumstances, string[], number | null][] = [
    ["buffer_one waits for the running one", everyMinute({}, { overlap: "buffer_one" }), 60, having(BUSY), ["on_time 60..60 x1"], 120],
    ["buffer_one finds one waiting", everyMinute({}, { overlap: "buffer_one" }), 60, having({ running: RUN, waiting: WAITING }), ["overlap 60..60 x1"], 120],
    ["cancel_running fires", everyMinute({}, { overlap: "cancel_running" }), 60, having({ running: RUN, waiting: WAITING }), ["on_time 60..60 x1"], 120],
    ["allow fires", everyMinute({}, { overlap: "allow" }), 60, having({ running: RUN, waiting: WAITING }), ["on_time 60..60 x1"], 120],
    ["allow folds several, too", everyMinute({}, { overlap: "allow" }), 185, having(BUSY), ["catch_up 60..180 x3"], 240],
    ["missed: skip, all late", everyMinute({}, { missed: "skip" }), 185, having(FREE), ["missed 60..180 x3"], 240],
    ["missed: skip, the newest on time", everyMinute({}, { missed: "skip" }), 180.5, having(FREE), ["missed 60..120 x2", "on_time 180..180 x1"], 240],
    ["missed: skip, a single late one fires", everyMinute({}, { missed: "skip" }), 100, having(FREE), ["late 60..60 x1"], 120],
    ["missed: skip, older than the window", everyMinute({}, { missed: "skip" }), 902, having(BUSY), ["missed 60..900 x15"], 960],
    ["missed: all, whatever overlap says", everyMinute({}, { missed: "all" }), 185, having(BUSY), ["catch_up 60..60 x1", "catch_up 120..120 x1", "catch_up 180..180 x1"], 240],
    ["missed: all up to max_executions", everyMinute({ scheduledCount: 1 }, { missed: "all", maxExecutions: 3 }), 245, having(FREE), ["catch_up 60..60 x1", "catch_up 120..120 x1", "max_executions 120.001..120.001 x0"], null],
    ["a window of its own", everyMinute({}, { catchupWindowMs: 0 }), 61, having(FREE), ["missed 60..60 x1"], 120],
    ["a window of zero, decided in time", everyMinute({}, { catchupWindowMs: 0 }), 60, having(FREE), ["on_time 60..60 x1"], 120],
    ["jitter has not passed", everyMinute({}, { delayMs: 30_000 }), 89, having(FREE), [], 90],
    ["jitter has passed", everyMinute({}, { delayMs: 30_000 }), 91, having(FREE), ["on_time 60..60 x1"], 150],
    ["jitter and a second", everyMinute({}, { delayMs: 30_000 }), 91.5, having(FREE), ["late 60..60 x1"], 150],
    ["jitter longer than the interval", everyMinute({}, { delayMs: 150_000 }), 330, having(FREE), ["catch_up 60..180 x3"], 390],
    ["a change does not wait for jitter", everyMinute({}, { delayMs: 30_000 }), 70, having(FREE, { hurry: true }), ["on_time 60..60 x1"], 150],
    ["the end comes after the jitter", withEnd(everyMinute({ decidedThrough: at(60) }, { delayMs: 30_000 }), 90), 100, having(FREE), [], 120.001],
    ["over the quota", everyMinute(), 60, having(BUSY, { quota: { limit: 1, active: 2 } }), ["quota 60..60 x1"], 120],
    ["missed goes before quota", everyMinute(), 900, having(FREE, { quota: { limit: 1, active: 2 } }), ["missed 60..240 x4", "quota 300..900 x11"], 960],
    ["failed, its trial is to come", everyMinute({ trial: { at: at(100), runId: null } }, { status: "failed" }), 90, having(FREE), ["trigger_failed 60..60 x1"], 120],
    ["failed, its trial", everyMinute({ trial: { at: at(100), runId: null } }, { status: "failed" }), 120, having(FREE), ["trigger_failed 60..60 x1", "on_time 120..120 x1"], null],
    ["failed, its trial finds the cluster busy", everyMinute({ trial: { at: at(100), runId: null } }, { status: "failed" }), 120, having(BUSY), ["trigger_failed 60..60 x1", "overlap 120..120 x1"], 180],
    ["failed, its trial is running", everyMinute({ trial: { at: at(100), runId: "run_t" } }, { status: "failed" }), 300, having(FREE), ["trigger_failed 60..300 x5"], null],
    ["one trial, also with missed: all", everyMinute({ trial: { at: at(100), runId: null } }, { status: "failed", missed: "all" }), 240, having(FREE), ["trigger_failed 60..60 x1", "catch_up 120..240 x3"], null],
    ["event, buffer_one", afterTen({}, { overlap: "buffer_one" }), 61, having(BUSY), ["threshold_reached 60..60 x1"], null],
    ["event, buffer_one, one waits", afterTen({}, { overlap: "buffer_one" }), 61, having({ running: RUN, waiting: WAITING }), ["overlap 60..60 x1"], null],
    ["event, over the quota", afterTen(), 61, having(FREE, { quota: { limit: 1, active: 2 } }), ["quota 60..60 x1"], 121],
    ["event, failed before its trial", afterTen({ trial: { at: at(100), runId: null } }, { status: "failed" }), 61, having(FREE), ["trigger_failed 60..60 x1"], 100],
    ["event, its trial", afterTen({ trial: { at: at(100), runId: null } }, { status: "failed" }), 100, having(FREE), ["trigger_failed 60..60 x1", "threshold_reached 100..100 x1"], null],
    ["event, its trial is running", afterTen({ trial: { at: at(50), runId: "run_t" } }, { status: "failed" }), 61, having(FREE), ["trigger_failed 60..60 x1"], null],
  ]; // prettier-ignore
  for (const [name, state, now, circumstances, rows, next] of policies) {
    it(name, () => {
      const { decisions, progress } = decide(state, at(now), circumstances);
      assert.deepEqual(decisions.map(told), rows);
      const looks = decideAt({ ...state, progress });
      assert.equal(looks && seconds(looks), next);
      assert.ok(looks === null || looks > at(now));
    });
  }

  it("catches up the newest thousand with missed: all, oldest first", () => {
    const state = everyMinute({}, { missed: "all", catchupWindowMs: 1e9 });
    const { decisions, progress } = decide(state, at(60 * 1500 + 5), having(BUSY));
    assert.equal(decisions.length, 1001);
    assert.equal(told(decisions[0]!), "missed 60..30000 x500");
    assert.equal(told(decisions[1]!), "catch_up 30060..30060 x1");
    assert.equal(told(decisions.at(-1)!), "catch_up 90000..90000 x1");
    const instants = new Set(decisions.flatMap(({ fires }) => fires?.triggeredAt.getTime() ?? []));
    assert.equal(instants.size, 1000);
    assert.equal(progress.scheduledCount, 1000);
  });

  it("continues the row of the same run in the way, and no other", () => {
    const open = { decision_id: "dec_1", reason: "overlap", run_id: RUN.run_id };
    const extended = (openSkip: typeof open, state = everyMinute({ openSkip })) =>
      decide(state, at(60), having(BUSY)).decisions.map((draft) => draft.extends);
    assert.deepEqual(extended(open), ["dec_1"]);
    assert.deepEqual(extended({ ...open, run_id: "run_other" }), [null]);
    assert.deepEqual(extended({ ...open, reason: "quota" }), [null]);
    const missedFirst = everyMinute({ openSkip: open });
    assert.deepEqual(
      decide(missedFirst, at(900), having(BUSY)).decisions.map((draft) => draft.extends),
      [null, null],
    );
  });

  it("gives executions of a trigger instants of their own", () => {
    const { progress } = decide(everyMinute({ lastTriggeredAt: at(60.005) }), at(60), having(FREE));
    assert.equal(progress.lastTriggeredAt?.toISOString(), at(60.006).toISOString());
  });

  it("names evidence", () => {
    const [overlap] = decide(everyMinute(), at(60), having(BUSY)).decisions;
    assert.deepEqual(overlap!.evidence, { policy: "skip", execution: RUN });
    const [paused] = decide(everyMinute({}, { status: "paused" }), at(60), having(FREE)).decisions;
    assert.deepEqual(paused!.evidence, { since: ZERO.toISOString(), by: "ada" });
    const [folded] = decide(everyMinute(), at(125), having(FREE)).decisions;
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
          const verdict = decide({ ...state, status }, now, having(busy ? BUSY : FREE));
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
