import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createSchedulerWorld, START } from "../../../test/factories/scheduler-world.ts";
import { endRun, insertClusterRow } from "../../../test/factories/trigger-world.ts";
import { addMs } from "../platform/clock.ts";
import { executeTrigger } from "./execute-trigger.ts";
import { jitterMs } from "./jitter.ts";
import { pauseTrigger, resumeTrigger } from "./state-change.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

type World = Awaited<ReturnType<typeof createSchedulerWorld>>;

async function runsOf({ tenant }: World) {
  const { rows } = await sql<{
    run_id: string;
    status: string;
    cancel_requested_by: string | null;
    due_at: Date | null;
  }>`
    select run_id, status, cancel_requested_by, due_at from executions
    where namespace_id = ${tenant.namespaceId} order by triggered_at`.execute(test.db.sql);
  return rows;
}

/** What a worker does when it takes the oldest that waits. */
async function start(world: World): Promise<string> {
  const run = (await runsOf(world)).find(({ status }) => status === "pending")!;
  await sql`update executions set status = 'processing', started_at = ${world.clock.instant}, lease_owner = 'w'
    where run_id = ${run.run_id}`.execute(test.db.sql);
  return run.run_id;
}

describe("overlap", () => {
  it("buffer_one lets one wait, and records the others", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, overlap: "buffer_one" });
    await world.pass(60);
    const running = await start(world);
    await world.pass(60);
    await world.pass(60);
    await world.pass(60);
    assert.deepEqual(await world.told(id), [
      "on_time 60..60 x1",
      "on_time 120..120 x1",
      "overlap 180..240 x2",
    ]);
    const [, second, third] = await world.decisions(id);
    assert.equal((second!.evidence.waits_for as { run_id: string }).run_id, running);
    assert.equal((third!.evidence.execution as { run_id: string }).run_id, second!.run_id);
    assert.equal((await runsOf(world)).length, 2);
  });

  it("cancel_running asks for the running one to be canceled, whoever started it, and replaces its own waiting one", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, overlap: "cancel_running" });
    await executeTrigger(world.deps, world.scope, id);
    const manual = await start(world);
    await world.pass(60);
    await world.pass(60);
    const runs = await runsOf(world);
    assert.deepEqual(
      runs.map((run) => [run.status, run.cancel_requested_by]),
      [
        ["processing", `trigger ${id}`],
        ["pending", `trigger ${id}`],
        ["pending", null],
      ],
    );
    assert.deepEqual(await world.told(id), ["manual 0..0 x0", "on_time 60..60 x1", "on_time 120..120 x1"]);
    const [, first] = await world.decisions(id);
    assert.equal((first!.evidence.cancels as { run_id: string }).run_id, manual);
  });

  it("cancel_running leaves what others have waiting in its turn", async () => {
    const world = await createSchedulerWorld(test.db);
    const other = await world.create("interval", { interval_seconds: 3600 });
    const id = await world.create("interval", { interval_seconds: 60, overlap: "cancel_running" });
    await executeTrigger(world.deps, world.scope, other);
    await world.pass(60);
    assert.deepEqual(
      (await runsOf(world)).map((run) => [run.status, run.cancel_requested_by]),
      [
        ["pending", null],
        ["pending", null],
      ],
    );
    assert.equal((await world.show(id)).execution_count, 1);
  });

  it("allow queues without bound", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, overlap: "allow" });
    for (let round = 0; round < 4; round++) await world.pass(60);
    assert.equal((await runsOf(world)).filter(({ status }) => status === "pending").length, 4);
    assert.equal((await world.show(id)).execution_count, 4);
  });

  it("keeps one row for one run in the way, however often it was due, and begins another after an edit", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60 });
    for (let round = 0; round < 4; round++) await world.pass(60);
    assert.deepEqual(await world.told(id), ["on_time 60..60 x1", "overlap 120..240 x3"]);
    await world.patch(id, { max_executions: 9 });
    await world.pass(60);
    await world.end();
    await world.pass(60);
    assert.deepEqual(await world.told(id), [
      "on_time 60..60 x1",
      "overlap 120..240 x3",
      "overlap 300..300 x1",
      "on_time 360..360 x1",
    ]);
  });
});

describe("missed", () => {
  it("all fires each, queued, and counts them", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, missed: "all" });
    const round = await world.pass(300);
    assert.equal(round.fired, 5);
    const runs = await runsOf(world);
    assert.deepEqual(
      runs.map((run) => run.due_at!.toISOString()),
      [1, 2, 3, 4, 5].map((minutes) => addMs(START, minutes * 60_000).toISOString()),
    );
    const shown = await world.show(id);
    assert.equal(shown.execution_count, 5);
    assert.equal(shown.last_triggered_at, "2026-05-04T10:05:00.004Z");
    const rows = await world.decisions(id);
    assert.deepEqual(
      rows.map((row) => row.run_id),
      runs.map((run) => run.run_id),
    );
  });

  it("all of several triggers is spread over transactions, and none is forgotten", async () => {
    const world = await createSchedulerWorld(test.db);
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) {
      const clusterId = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
      ids.push(await world.create("interval", { interval_seconds: 1, missed: "all" }, { clusterId }));
    }
    const round = await world.pass(1100);
    assert.equal(round.fired, 4000);
    for (const id of ids) {
      assert.equal((await world.show(id)).execution_count, 1000);
      assert.equal((await world.told(id))[0], "missed 1..100 x100");
    }
  });

  it("skip records a gap and fires the next one", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, missed: "skip" });
    await world.pass(305);
    await world.pass(55);
    assert.deepEqual(await world.told(id), ["missed 60..300 x5", "on_time 360..360 x1"]);
  });

  it("takes a catch-up window of its own", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, catchup_window_seconds: 120 });
    await world.pass(305);
    assert.deepEqual(await world.told(id), ["missed 60..180 x3", "catch_up 240..300 x2"]);
  });
});

describe("jitter", () => {
  it("delays the decision, not the due instant, by the same at every instant", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, jitter_seconds: 40 });
    const delay = jitterMs(id, 40);
    assert.ok(delay >= 0 && delay <= 40_000);
    const next = async () => Date.parse((await world.show(id)).next_scheduled_at!);
    assert.equal(await next(), START.getTime() + 60_000 + delay);
    world.clock.instant = addMs(START, 60_000 + delay - 1);
    assert.equal((await world.scheduler.runOnce()).fired, 0);
    world.clock.instant = addMs(START, 60_000 + delay);
    assert.equal((await world.scheduler.runOnce()).fired, 1);
    assert.deepEqual(await world.told(id), ["on_time 60..60 x1"]);
    const [row] = await world.decisions(id);
    assert.deepEqual(row!.evidence, { lateness_ms: delay, jitter_ms: delay });
    assert.equal(await next(), START.getTime() + 120_000 + delay);
  });

  it("spreads triggers over its whole range", () => {
    const draws = Array.from({ length: 2000 }, (_, index) => jitterMs(`trig_${index}`, 10));
    assert.ok(Math.min(...draws) < 100 && Math.max(...draws) > 9900);
    assert.equal(jitterMs("trig_1", 10), jitterMs("trig_1", 10));
    assert.ok(new Set(draws).size > 1500);
  });

  it("is not waited for by a pause", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 60, jitter_seconds: 86_400 });
    world.clock.instant = addMs(START, 60_500);
    await pauseTrigger(world.deps, world.scope, id);
    assert.deepEqual(await world.told(id), ["on_time 60..60 x1"]);
  });
});

describe("probation", () => {
  const failing = async (world: World, id: string) => {
    for (let round = 0; round < 5; round++) {
      await world.pass(60);
      await world.end("failed");
    }
    assert.equal((await world.show(id)).status, "failed");
  };

  it("makes one trial run after a pause, and is active again when it completes", async () => {
    const world = await createSchedulerWorld(test.db, { limits: { probationSeconds: 600 } });
    const id = await world.create("interval", { interval_seconds: 60, probation: true });
    await failing(world, id);
    const failed = await world.show(id);
    assert.match(
      failed.status_reason ?? "",
      /one trial run at its first due instant from 2026-05-04T10:15:00.000Z/,
    );
    assert.equal(failed.next_scheduled_at, "2026-05-04T10:15:00.000Z");
    assert.equal((await world.pass(599)).fired, 0);
    assert.equal((await world.pass(1)).fired, 1);
    assert.equal((await world.show(id)).status, "failed");
    assert.equal((await world.show(id)).next_scheduled_at, null);
    assert.equal((await world.pass(120)).fired, 0);
    await world.end();
    const shown = await world.show(id);
    assert.equal(shown.status, "active");
    assert.equal(shown.consecutive_failures, 0);
    assert.match(shown.status_reason ?? "", /Its trial run run_\w+ completed/);
    assert.deepEqual((await world.told(id)).slice(-3), [
      "trigger_failed 360..840 x9",
      "on_time 900..900 x1",
      "trigger_failed 960..1020 x2",
    ]);
    assert.equal((await world.decisions(id)).at(-2)!.evidence.probation, true);
    await world.pass(60);
    assert.equal((await world.told(id)).at(-1), "on_time 1080..1080 x1");
  });

  it("stays failed when its trial fails, until somebody resumes it", async () => {
    const world = await createSchedulerWorld(test.db, { limits: { probationSeconds: 600 } });
    const id = await world.create("interval", { interval_seconds: 60, probation: true });
    await failing(world, id);
    await world.pass(600);
    await world.end("failed");
    const shown = await world.show(id);
    assert.equal(shown.status, "failed");
    assert.equal(shown.consecutive_failures, 6);
    assert.match(shown.status_reason ?? "", /trial run run_\w+ failed, too: it broke/);
    assert.equal((await world.pass(3600)).fired, 0);
    await resumeTrigger(world.deps, world.scope, id);
    assert.equal((await world.pass(60)).fired, 1);
    const { rows } = await sql<{ change: string }>`
      select change from trigger_changes where trigger_id = ${id} order by at`.execute(test.db.sql);
    assert.deepEqual(
      rows.map((row) => row.change),
      ["created", "failed", "trial_failed", "resumed"],
    );
  });

  it("tries again when its trial is canceled, and not at all once it is paused or taken off probation", async () => {
    const world = await createSchedulerWorld(test.db, { limits: { probationSeconds: 600 } });
    const id = await world.create("interval", { interval_seconds: 60, probation: true });
    await failing(world, id);
    await world.pass(600);
    await world.end("canceled");
    assert.equal((await world.pass(600)).fired, 1);
    await world.end("canceled");
    await world.patch(id, { probation: false });
    assert.equal((await world.pass(3600)).fired, 0);
    await world.patch(id, { probation: true });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T11:35:00.000Z");
    await pauseTrigger(world.deps, world.scope, id);
    assert.equal((await world.pass(3600)).fired, 0);
    assert.equal((await world.show(id)).next_scheduled_at, null);
  });

  it("of an event trigger uses the events its failed runs gave back", async () => {
    const world = await createSchedulerWorld(test.db, {
      limits: { probationSeconds: 600, failuresToFail: 2 },
    });
    const id = await world.create("event", {
      event_type: "documents_added",
      event_threshold: 10,
      cooldown_seconds: 0,
      probation: true,
    });
    await world.add(10);
    await world.pass(0);
    await world.end("failed");
    await world.pass(1);
    await world.end("failed");
    assert.equal((await world.show(id)).status, "failed");
    assert.equal((await world.show(id)).event_counter, 10);
    assert.equal((await world.pass(599)).fired, 0);
    assert.equal((await world.pass(1)).fired, 1);
    await world.end();
    assert.equal((await world.show(id)).status, "active");
    assert.equal((await world.show(id)).event_counter, 0);
    assert.deepEqual(await world.told(id), [
      "threshold_reached 0..0 x1",
      "threshold_reached 0.001..0.001 x1",
      "trigger_failed 1..1 x1",
      "threshold_reached 601..601 x1",
    ]);
  });
});

describe("limits of the server", () => {
  it("records what a lowered quota keeps from firing, the newest triggers first", async () => {
    const world = await createSchedulerWorld(test.db, { limits: { maxActiveTriggers: 2 } });
    const ids: string[] = [];
    world.deps.limits = { ...world.deps.limits, maxActiveTriggers: null };
    for (let i = 0; i < 3; i++) {
      const clusterId = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
      ids.push(await world.create("interval", { interval_seconds: 60 }, { clusterId }));
      world.clock.instant = addMs(world.clock.instant, 1);
    }
    world.deps.limits = { ...world.deps.limits, maxActiveTriggers: 2 };
    world.clock.instant = addMs(START, 60_002);
    await world.scheduler.runOnce();
    world.clock.instant = addMs(START, 120_002);
    await world.scheduler.runOnce();
    assert.deepEqual(await world.told(ids[2]!), ["quota 60.002..120.002 x2"]);
    assert.deepEqual((await world.decisions(ids[2]!))[0]!.evidence, { limit: 2, active: 3 });
    assert.equal((await world.told(ids[0]!))[0], "on_time 60..60 x1");
    await pauseTrigger(world.deps, world.scope, ids[0]!);
    world.clock.instant = addMs(START, 180_002);
    await world.scheduler.runOnce();
    assert.equal((await world.told(ids[2]!)).at(-1), "on_time 180.002..180.002 x1");
  });

  it("fails a trigger after as many failures as it is told", async () => {
    const world = await createSchedulerWorld(test.db, { limits: { failuresToFail: 1 } });
    const id = await world.create("interval", { interval_seconds: 60 });
    await world.pass(60);
    const [run] = await runsOf(world);
    await endRun(test.db, world.clock, world.hooks, run!.run_id, "failed");
    assert.equal((await world.show(id)).status, "failed");
  });
});

describe("daylight saving", () => {
  const nights = async (dst: "run_once" | "skip") => {
    const world = await createSchedulerWorld(test.db, { start: new Date("2026-03-07T12:00:00Z") });
    const id = await world.create("cron", {
      cron_expression: "30 1,2 * * *",
      timezone: "America/New_York",
      dst,
    });
    for (const start of ["2026-03-07T12:00:00Z", "2026-10-31T12:00:00Z"]) {
      if (Date.parse(start) > world.clock.instant.getTime()) {
        await pauseTrigger(world.deps, world.scope, id);
        world.clock.instant = new Date(start);
        await resumeTrigger(world.deps, world.scope, id);
      }
      for (let hour = 0; hour < 24; hour++) {
        for (let half = 0; half < 2; half++) {
          await world.pass(1800);
          await world.end();
        }
      }
    }
    const rows = await world.decisions(id);
    return rows
      .filter((row) => row.reason !== "paused")
      .map(({ reason, first_due, count, evidence }) => ({
        told: `${reason} ${first_due.toISOString()} x${count}`,
        local: (evidence.local_times ??
          (evidence.dst_gap as { local_times?: unknown } | undefined)?.local_times) as string[] | undefined,
      }));
  };

  it("runs a skipped time once, behind the gap, and says for which; marks a second pass", async () => {
    assert.deepEqual(await nights("run_once"), [
      { told: "on_time 2026-03-08T06:30:00.000Z x1", local: undefined },
      { told: "on_time 2026-03-08T07:00:00.000Z x1", local: ["2026-03-08T02:30:00"] },
      { told: "on_time 2026-11-01T05:30:00.000Z x1", local: undefined },
      { told: "dst_overlap 2026-11-01T06:30:00.000Z x0", local: ["2026-11-01T01:30:00"] },
      { told: "on_time 2026-11-01T07:30:00.000Z x1", local: undefined },
    ]);
  });

  it("does not run a skipped time with dst: skip, and marks it", async () => {
    assert.deepEqual(await nights("skip"), [
      { told: "on_time 2026-03-08T06:30:00.000Z x1", local: undefined },
      { told: "dst_gap 2026-03-08T07:00:00.000Z x0", local: ["2026-03-08T02:30:00"] },
      { told: "on_time 2026-11-01T05:30:00.000Z x1", local: undefined },
      { told: "dst_overlap 2026-11-01T06:30:00.000Z x0", local: ["2026-11-01T01:30:00"] },
      { told: "on_time 2026-11-01T07:30:00.000Z x1", local: undefined },
    ]);
  });
});
