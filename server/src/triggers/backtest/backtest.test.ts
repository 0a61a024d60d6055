import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createSchedulerWorld, START } from "../../../../test/factories/scheduler-world.ts";
import { endRun } from "../../../../test/factories/trigger-world.ts";
import { addMs } from "../../platform/clock.ts";
import { executeTrigger } from "../execute-trigger.ts";
import { OPEN_LIMITS } from "../open-limits.ts";
import { pauseTrigger } from "../state-change.ts";
import { findTrigger } from "../store.ts";
import { readTriggerState } from "../trigger-state.ts";
import { backtest, readWindow, type Backtest } from "./backtest.ts";
import { draftCandidate, triggerCandidate } from "./candidates.ts";
import { resumeNow } from "./resume-now.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

type World = Awaited<ReturnType<typeof createSchedulerWorld>>;

/** Plays `seconds` in steps of one: runs start at once and end after `runSeconds`, documents come as told. */
async function play(world: World, length: number, runSeconds: number, documentsAt: Record<number, number> = {}) {
  const { db } = test;
  for (let second = 1; second <= length; second++) {
    world.clock.instant = addMs(world.clock.instant, 1000);
    const now = world.clock.instant;
    const { rows } = await sql<{ run_id: string }>`
      select run_id from executions where namespace_id = ${world.tenant.namespaceId} and status = 'processing'
        and started_at <= ${addMs(now, -runSeconds * 1000)}`.execute(db.sql);
    for (const { run_id } of rows) {
      await endRun(db, world.clock, world.hooks, run_id, "completed");
      await sql`update executions set execution_time_ms = ${runSeconds * 1000} where run_id = ${run_id}`.execute(db.sql);
    }
    const arriving = documentsAt[second];
    if (arriving) await world.add(arriving);
    await startNext(world);
    await world.scheduler.runOnce();
    await startNext(world);
  }
} // prettier-ignore

/** The oldest that waits in each free cluster starts. */
async function startNext({ tenant, clock }: World): Promise<void> {
  await sql`
      update executions set status = 'processing', started_at = ${clock.instant} where run_id in (
        select distinct on (cluster_id) run_id from executions e where namespace_id = ${tenant.namespaceId}
          and status = 'pending' and not exists (
            select from executions busy where busy.cluster_id = e.cluster_id and busy.status = 'processing')
        order by cluster_id, triggered_at)`.execute(test.db.sql);
}

async function testTrigger(world: World, id: string, config?: Record<string, unknown>): Promise<Backtest> {
  const row = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
  const window = { after: START, before: world.clock.instant };
  const candidate = await triggerCandidate(
    test.db.sql,
    row,
    { schedule_config: config ?? null },
    START,
    OPEN_LIMITS,
  );
  return backtest(test.db.sql, candidate, window, 1000);
}

const told = ({ decisions }: Backtest) =>
  decisions.map(
    ({ reason, first_due, last_due, count }) =>
      `${reason} ${(Date.parse(first_due) - START.getTime()) / 1000}..${(Date.parse(last_due) - START.getTime()) / 1000} x${count}`,
  );

describe("backtest", () => {
  for (const [name, type, config, runSeconds, documents] of [
    ["an interval with runs longer than it", "interval", { interval_seconds: 10 }, 25, {}],
    ["buffer_one", "interval", { interval_seconds: 10, overlap: "buffer_one" }, 25, {}],
    ["allow", "interval", { interval_seconds: 20, overlap: "allow" }, 25, {}],
    ["an end", "interval", { interval_seconds: 10, end_at: addMs(START, 65_000).toISOString() }, 4, {}],
    ["max_executions", "cron", { cron_expression: "*/15 * * * * *", max_executions: 4 }, 4, {}],
    ["documents, cooldown and overlap", "event", { event_type: "documents_added", event_threshold: 10, cooldown_seconds: 12 }, 18, { 3: 7, 5: 4, 9: 30, 26: 5, 50: 9, 51: 1, 90: 40 }],
    ["documents, no cooldown", "event", { event_type: "documents_added", event_threshold: 5, cooldown_seconds: 0 }, 7, { 3: 7, 5: 4, 6: 5, 7: 1, 8: 30, 60: 4, 70: 1 }],
  ] as const) {
    it(`tells what really happened: ${name}`, async () => {
      const world = await createSchedulerWorld(test.db);
      const id = await world.create(type, config);
      await play(world, 120, runSeconds, documents);
      const result = await testTrigger(world, id);
      assert.deepEqual(told(result), await world.told(id));
      assert.ok(result.decisions_total > 3);
      assert.equal(result.actual!.firings, result.firings);
      assert.deepEqual(result.actual!.by_reason, result.by_reason);
      assert.equal(result.run_duration_ms, runSeconds * 1000);
      const minutes = (result.firings * runSeconds) / 60;
      assert.ok(Math.abs(result.expected_compute_minutes! - minutes) < 0.01);
    });
  } // prettier-ignore

  it("takes other settings, and runs of others stay in the way", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 30 });
    const other = await world.create("interval", { interval_seconds: 86_400 });
    world.clock.instant = addMs(START, 0);
    await executeTrigger(world.deps, world.scope, other);
    await play(world, 90, 35);
    assert.deepEqual(await world.told(id), ["overlap 30..30 x1", "on_time 60..60 x1", "overlap 90..90 x1"]);
    const faster = await testTrigger(world, id, { interval_seconds: 10, overlap: "allow" });
    assert.equal(faster.firings, 9);
    const same = await testTrigger(world, id);
    const seldom = await testTrigger(world, id, { interval_seconds: 3600 });
    assert.match(seldom.text, /it would not have fired and skipped none of its instants\./);
    assert.deepEqual(told(same), await world.told(id));
    const [first] = same.decisions;
    assert.match((first!.evidence.execution as { run_id: string }).run_id, /^run_/);
    assert.match(same.text, /would have fired once \(1 on_time\) and skipped 2 \(2 overlap\)/);
  });

  it("says what it does not know, and invents nothing", async () => {
    const world = await createSchedulerWorld(test.db);
    const { db } = test;
    await sql`update clusters set created_at = ${START} where cluster_id = ${world.clusterId}`.execute(db.sql);
    const from = addMs(START, -86_400_000);
    world.clock.instant = addMs(START, 3_600_000);
    const window = { after: from, before: world.clock.instant };
    const draft = (schedule_config: Record<string, unknown>, trigger_type: "interval" | "event") =>
      draftCandidate(db.sql, world.tenant.namespaceId, { cluster_id: world.clusterId, trigger_type, schedule_config }, from, OPEN_LIMITS);
    const result = await backtest(db.sql, await draft({ interval_seconds: 3600 }, "interval"), window, 3);
    assert.equal(result.firings, 25);
    assert.equal(result.decisions.length, 3);
    assert.equal(result.decisions_total, 25);
    assert.equal(result.expected_compute_minutes, null);
    assert.equal(result.actual, null);
    assert.deepEqual(result.unknown.map(({ from, to }) => [from, to]), [[from.toISOString(), START.toISOString()]]);
    assert.match(result.text, /not known, since no run of the cluster has completed/);
    await sql`delete from collections where collection_id = ${world.collectionId}`.execute(db.sql);
    const events = await backtest(db.sql, await draft({ event_type: "documents_added", event_threshold: 1 }, "event"), window, 3);
    assert.match(events.text, new RegExp(`collection '${world.collectionId}' is deleted`));
    assert.equal(events.firings, 0);
  }); // prettier-ignore

  it("refuses windows that hold too much, are empty or lie in the future", async () => {
    const world = await createSchedulerWorld(test.db);
    const now = START;
    const long = { after: new Date("1026-05-04T10:00:00Z"), before: now };
    const candidate = await draftCandidate(
      test.db.sql,
      world.tenant.namespaceId,
      { cluster_id: world.clusterId, trigger_type: "interval", schedule_config: { interval_seconds: 60 } },
      long.after,
      OPEN_LIMITS,
    );
    await assert.rejects(backtest(test.db.sql, candidate, long, 10), {
      code: "invalid_value",
      message: /holds 525\d{6} due instants/,
    });
    assert.throws(() => readWindow({ before: addMs(now, 1).toISOString() }, now), /lies in the future/);
    assert.throws(() => readWindow({ after: now.toISOString() }, now), /is not before/);
    assert.deepEqual(readWindow({}, now), { after: addMs(now, -30 * 86_400_000), before: now });
  });

  it("answers what happens if it is resumed now", async () => {
    const world = await createSchedulerWorld(test.db);
    const interval = await world.create("interval", { interval_seconds: 60 });
    const event = await world.create("event", { event_type: "documents_added", event_threshold: 5 });
    for (const id of [interval, event]) await pauseTrigger(world.deps, world.scope, id);
    await world.add(6);
    world.clock.instant = addMs(START, 250_000);
    const ask = async (id: string) => {
      const row = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
      return resumeNow(test.db.sql, row, readTriggerState(row), world.clock.instant);
    };
    const later = await ask(interval);
    assert.equal(later.fires_at_once, false);
    assert.deepEqual(
      later.decisions.map(({ reason, count }) => [reason, count]),
      [["paused", 4]],
    );
    assert.equal(later.next, "2026-05-04T10:05:00.000Z");
    const once = await ask(event);
    assert.equal(once.fires_at_once, true);
    assert.deepEqual(
      once.decisions.map(({ reason }) => reason),
      ["paused", "threshold_reached"],
    );
    assert.equal((await world.decisions(event)).length, 0);
  });
});
