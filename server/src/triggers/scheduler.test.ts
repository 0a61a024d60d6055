import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createSchedulerWorld, seconds, START } from "../../../test/factories/scheduler-world.ts";
import { insertClusterRow } from "../../../test/factories/trigger-world.ts";
import { addMs } from "../platform/clock.ts";
import { changeTrigger } from "./change-trigger.ts";
import { executeTrigger } from "./execute-trigger.ts";
import { createScheduler } from "./scheduler.ts";
import { disableTrigger, pauseTrigger, resumeTrigger } from "./state-change.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

const createWorld = () => createSchedulerWorld(test.db);

describe("time triggers", () => {
  it("fires on time, late and once for several, and skips while its cluster is busy", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 60 });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:01:00.000Z");
    assert.equal((await world.pass(59)).fired, 0);
    assert.equal((await world.pass(1)).fired, 1);
    assert.equal((await world.pass(60)).fired, 0);
    await world.end();
    await world.pass(65);
    await world.end();
    await world.pass(200);
    assert.deepEqual(await world.told(id), [
      "on_time 60..60 x1",
      "overlap 120..120 x1",
      "late 180..180 x1",
      "catch_up 240..360 x3",
    ]);
    const rows = await world.decisions(id);
    assert.equal((rows[1]!.evidence.execution as { run_id: string }).run_id, rows[0]!.run_id);
    assert.deepEqual(rows[2]!.evidence, { lateness_ms: 5000 });
    const shown = await world.show(id);
    assert.equal(shown.execution_count, 3);
    assert.equal(shown.last_execution_status, "pending");
    assert.equal(shown.next_scheduled_at, "2026-05-04T10:07:00.000Z");
  });

  it("only records what is older than the catch-up window", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 3600 });
    await world.pass(3600 * 30);
    assert.deepEqual(await world.told(id), ["missed 3600..18000 x5", "catch_up 21600..108000 x25"]);
  });

  it("makes the creation instant due with start_immediately, and keeps anchors", async () => {
    const world = await createWorld();
    const id = await world.create("interval", {
      interval_seconds: 3600,
      start_immediately: true,
      anchor_at: "2020-01-01T00:30:00Z",
    });
    assert.equal((await world.pass(0)).fired, 1);
    await world.end();
    await world.pass(1800);
    assert.deepEqual(await world.told(id), ["on_time 0..0 x1", "on_time 1800..1800 x1"]);
  });

  it("closes after end_at and after max_executions, with one row, and again counts no manual run", async () => {
    const world = await createWorld();
    const ends = await world.create("interval", { interval_seconds: 60, end_at: "2026-05-04T10:02:30Z" });
    await world.pass(60);
    await world.end();
    await world.pass(60);
    await world.end();
    assert.equal((await world.show(ends)).next_scheduled_at, null);
    await world.pass(60);
    await world.pass(600);
    assert.deepEqual(await world.told(ends), [
      "on_time 60..60 x1",
      "on_time 120..120 x1",
      "outside_bounds 150.001..150.001 x0",
    ]);

    const counted = await createWorld();
    const id = await counted.create("interval", { interval_seconds: 60, max_executions: 1 });
    await executeTrigger(counted.deps, counted.scope, id);
    await counted.end();
    await counted.pass(60);
    await counted.end();
    await counted.pass(60);
    assert.deepEqual(await counted.told(id), [
      "manual 0..0 x0",
      "on_time 60..60 x1",
      "max_executions 60.001..60.001 x0",
    ]);
    const shown = await counted.show(id);
    assert.equal(shown.execution_count, 2);
    assert.equal(shown.next_scheduled_at, null);
    await changeTrigger(counted.deps, counted.scope, id, {
      scheduleConfig: { max_executions: 2 },
      description: undefined,
      status: undefined,
    });
    await counted.pass(60);
    assert.equal((await counted.told(id)).at(-2), "on_time 180..180 x1");
  });

  it("puts a pause into one row when it ends, and settles before it begins", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 60 });
    world.clock.instant = addMs(START, 60_500);
    await pauseTrigger(world.deps, world.scope, id);
    await pauseTrigger(world.deps, world.scope, id);
    await world.end();
    assert.equal((await world.show(id)).next_scheduled_at, null);
    await world.pass(600);
    await executeTrigger(world.deps, world.scope, id);
    await resumeTrigger(world.deps, world.scope, id);
    assert.deepEqual(await world.told(id), [
      "on_time 60..60 x1",
      "paused 120..660 x10",
      "manual 660.5..660.5 x0",
    ]);
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:12:00.000Z");
    await disableTrigger(world.deps, world.scope, id);
    await disableTrigger(world.deps, world.scope, id);
    await assert.rejects(executeTrigger(world.deps, world.scope, id), { code: "trigger_disabled" });
    await assert.rejects(resumeTrigger(world.deps, world.scope, id), { code: "trigger_disabled" });
    const { rows } = await sql<{ change: string }>`
      select change from trigger_changes where trigger_id = ${id} order by at, change`.execute(test.db.sql);
    assert.deepEqual(
      rows.map((row) => row.change),
      ["created", "paused", "disabled", "resumed"],
    );
  });

  it("starts a new grid when the interval changes, and keeps it when it does not", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 60 });
    world.clock.instant = addMs(START, 70_000);
    const patch = (scheduleConfig: Record<string, unknown>) =>
      changeTrigger(world.deps, world.scope, id, {
        scheduleConfig,
        description: undefined,
        status: undefined,
      });
    await patch({ start_at: "2026-01-01T00:00:00Z" });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:02:00.000Z");
    await patch({ interval_seconds: 100, start_at: null });
    const shown = await world.show(id);
    assert.equal(shown.next_scheduled_at, "2026-05-04T10:02:50.000Z");
    assert.deepEqual(shown.schedule_config, { interval_seconds: 100 });
    assert.deepEqual(await world.told(id), ["late 60..60 x1"]);
  });

  it("fails loudly after five failures in a row, and a resume forgets them", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 60 });
    for (let round = 0; round < 2; round++) {
      await world.pass(60);
      await world.end("failed");
    }
    await world.pass(60);
    await world.end("canceled");
    assert.equal((await world.show(id)).consecutive_failures, 2);
    for (let round = 0; round < 3; round++) {
      await world.pass(60);
      await world.end("failed");
    }
    const shown = await world.show(id);
    assert.equal(shown.status, "failed");
    assert.equal(shown.consecutive_failures, 5);
    assert.match(shown.status_reason ?? "", /5 executions failed in a row; the last one: it broke/);
    await world.pass(120);
    await pauseTrigger(world.deps, world.scope, id);
    assert.equal((await world.show(id)).consecutive_failures, 5);
    await world.pass(60);
    await resumeTrigger(world.deps, world.scope, id);
    assert.equal((await world.show(id)).consecutive_failures, 0);
    assert.deepEqual((await world.told(id)).slice(-2), ["trigger_failed 420..480 x2", "paused 540..540 x1"]);
    await world.pass(60);
    await world.end();
    assert.equal((await world.show(id)).consecutive_failures, 0);
  });

  it("takes a trigger that cannot be read out of the queue, and the others fire", async () => {
    const world = await createWorld();
    const bad = await world.create("interval", { interval_seconds: 60 });
    const other = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
    const good = await world.create("interval", { interval_seconds: 60 }, { clusterId: other });
    await sql`update triggers set schedule_config = '{"interval_seconds":"soon"}' where trigger_id = ${bad}`.execute(
      test.db.sql,
    );
    assert.equal((await world.pass(60)).fired, 1);
    assert.deepEqual(await world.told(good), ["on_time 60..60 x1"]);
    assert.deepEqual(await world.told(bad), ["check_failed 60..60 x1"]);
    assert.equal((await world.show(bad)).status, "failed");
  });

  it("decides the others when one cannot be written", async () => {
    const world = await createWorld();
    const bad = await world.create("interval", { interval_seconds: 60 });
    const other = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
    const good = await world.create("interval", { interval_seconds: 60 }, { clusterId: other });
    await executeTrigger(world.deps, world.scope, bad);
    await world.end();
    // Its next execution would take an ordinal that is taken.
    await sql`update triggers set next_ordinal = 0 where trigger_id = ${bad}`.execute(test.db.sql);
    assert.equal((await world.pass(60)).fired, 1);
    assert.deepEqual(await world.told(good), ["on_time 60..60 x1"]);
    assert.equal((await world.show(bad)).status, "failed");
    assert.deepEqual((await world.told(bad)).at(-1), "check_failed 60..60 x1");
  });

  it("neither doubles nor loses when the clock jumps back an hour", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { interval_seconds: 600 });
    for (let step = 0; step < 6; step++) {
      await world.pass(600);
      await world.end();
    }
    await world.pass(-3600);
    for (let step = 0; step < 9; step++) {
      await world.pass(600);
      await world.end();
    }
    const rows = await world.decisions(id);
    assert.deepEqual(
      rows.map((row) => seconds(START, row.first_due)),
      [600, 1200, 1800, 2400, 3000, 3600, 4200, 4800, 5400],
    );
  });
});

describe("event triggers", () => {
  it("fires at the threshold, cools down, and is due again when the cooldown ends", async () => {
    const world = await createWorld();
    const id = await world.create("event", {
      event_type: "documents_added",
      event_threshold: 100,
      cooldown_seconds: 60,
    });
    await world.add(99);
    await world.commit({ updated: 500 });
    assert.equal((await world.show(id)).event_counter, 99);
    assert.equal((await world.pass(1)).fired, 0);
    await world.add(21);
    assert.equal((await world.pass(0)).fired, 1);
    const shown = await world.show(id);
    assert.equal(shown.event_counter, 0);
    assert.equal(shown.last_cooldown_at, "2026-05-04T10:00:01.000Z");
    const [fired] = await world.decisions(id);
    assert.equal(fired!.reason, "threshold_reached");
    assert.equal(fired!.evidence.count, 120);
    assert.deepEqual(fired!.evidence.last_event, {
      collection_id: world.collectionId,
      seq: 3,
      at: "2026-05-04T10:00:01.000Z",
    });
    await world.end();
    world.clock.instant = addMs(START, 11_000);
    await world.add(150);
    await world.pass(0);
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:01:01.000Z");
    await world.pass(60);
    assert.deepEqual(await world.told(id), [
      "threshold_reached 1..1 x1",
      "cooldown 11..11 x1",
      "threshold_reached 61..61 x1",
    ]);
    assert.equal((await world.decisions(id))[1]!.evidence.seconds_left, 50);
  });

  it("consumes nothing for overlap and is due again when the run ends", async () => {
    const world = await createWorld();
    const id = await world.create("event", {
      event_type: "documents_added",
      event_threshold: 10,
      cooldown_seconds: 0,
    });
    await executeTrigger(world.deps, world.scope, id);
    await world.add(10);
    await world.pass(1);
    await world.add(5);
    await world.pass(1);
    assert.equal((await world.show(id)).event_counter, 15);
    await world.pass(3);
    await world.end();
    await world.pass(0);
    assert.deepEqual(await world.told(id), [
      "manual 0..0 x0",
      "overlap 0..0 x1",
      "threshold_reached 5..5 x1",
    ]);
    assert.equal((await world.show(id)).event_counter, 0);
  });

  it("gets its events back when the run fails, not when it is canceled or a later one completed", async () => {
    const world = await createWorld();
    const id = await world.create("event", {
      event_type: "documents_added",
      event_threshold: 10,
      cooldown_seconds: 30,
    });
    await world.add(12);
    await world.pass(0);
    await world.add(3);
    assert.equal((await world.show(id)).event_counter, 3);
    await world.pass(5);
    await world.end("failed");
    assert.equal((await world.show(id)).event_counter, 15);
    await world.pass(0);
    await world.pass(25);
    assert.deepEqual(await world.told(id), [
      "threshold_reached 0..0 x1",
      "cooldown 5..5 x1",
      "threshold_reached 30..30 x1",
    ]);
    await world.end("canceled");
    assert.equal((await world.show(id)).event_counter, 0);
    assert.equal((await world.show(id)).consecutive_failures, 1);
  });

  it("counts while it is paused, and is due at once when it is resumed", async () => {
    const world = await createWorld();
    const id = await world.create("event", { event_type: "batch_completed", event_threshold: 2 });
    await pauseTrigger(world.deps, world.scope, id);
    for (let i = 0; i < 3; i++) await world.commit({ added: 1 });
    await world.pass(10);
    await resumeTrigger(world.deps, world.scope, id);
    await world.pass(0);
    assert.deepEqual(await world.told(id), ["paused 0..0 x1", "threshold_reached 10..10 x1"]);
  });

  it("is due when an edit lowers its threshold to what it has counted", async () => {
    const world = await createWorld();
    const id = await world.create("event", { event_type: "documents_added", event_threshold: 100 });
    await world.add(40);
    await world.pass(5);
    await changeTrigger(world.deps, world.scope, id, {
      scheduleConfig: { event_threshold: 40 },
      description: undefined,
      status: undefined,
    });
    await world.pass(1);
    assert.deepEqual(await world.told(id), ["threshold_reached 5..5 x1"]);
  });

  it("has a counter equal to the log behind its positions, whatever happens", async () => {
    const world = await createWorld();
    const types = ["documents_added", "documents_updated", "batch_completed"] as const;
    const ids: string[] = [];
    for (const event_type of types)
      ids.push(await world.create("event", { event_type, event_threshold: 7, cooldown_seconds: 2 }));
    let state = 7;
    const draw = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      // The low bits of such a generator repeat.
      return (state >>> 16) % below;
    };
    for (let step = 0; step < 60; step++) {
      const move = draw(4);
      if (move <= 1) await world.commit({ added: draw(5), updated: draw(5), batches: draw(2) });
      if (move === 2) await world.pass(draw(3));
      if (move === 3) await world.end((["completed", "failed", "canceled"] as const)[draw(3)]);
      const { rows } = await sql<{ counted: number; logged: number }>`
        select event_counter as counted, (
          select sum(case schedule_config->>'event_type' when 'documents_added' then c.total_added - p.total_added
            when 'documents_updated' then c.total_updated - p.total_updated else c.total_batches - p.total_batches end)
          from trigger_positions p join collections c using (collection_id) where p.trigger_id = t.trigger_id)::bigint as logged
        from triggers t where trigger_id = any(${ids})`.execute(test.db.sql);
      for (const { counted, logged } of rows) assert.equal(counted, logged);
    }
    let fired = 0;
    for (const id of ids) {
      const rows = await world.decisions(id);
      fired += rows.filter((row) => row.outcome === "fired").length;
      assert.equal(new Set(rows.map((row) => row.first_due.getTime())).size, rows.length);
    }
    assert.ok(fired > 2, `${fired} fired`);
  });
});

describe("several schedulers", () => {
  it("decide each instant once, and a round that is rolled back leaves nothing", async () => {
    const world = await createWorld();
    const ids: string[] = [];
    for (let i = 0; i < 40; i++) {
      const clusterId = await insertClusterRow(test.db, world.tenant, [world.collectionId]);
      ids.push(await world.create("interval", { interval_seconds: 60 }, { clusterId }));
    }
    world.clock.instant = addMs(START, 60_000);
    const killed = { ...world.deps, db: dieAtCommit(test.db) };
    await assert.rejects(createScheduler(killed).runOnce(), /killed/);
    assert.equal((await world.decisions(ids[0]!)).length, 0);
    const rounds = await Promise.all([1, 2, 3].map(() => createScheduler(world.deps).runOnce()));
    const fired = rounds.reduce((sum, round) => sum + round.fired, 0);
    if (fired < 40) assert.equal(fired + (await world.pass(0)).fired, 40);
    for (const id of ids) assert.deepEqual(await world.told(id), ["on_time 60..60 x1"]);
    const { rows } = await sql<{ n: number }>`
      select count(*)::bigint as n from executions where namespace_id = ${world.tenant.namespaceId}`.execute(
      test.db.sql,
    );
    assert.equal(rows[0]!.n, 40);
  });

  it("decide more than two batches at once, each instant once", async () => {
    const world = await createWorld();
    const model = await world.create("interval", { interval_seconds: 60 });
    const { rows } = await sql<{ trigger_id: string }>`
      with copies as (
        insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
        select ${world.clusterId}::text || n, namespace_id, organization_id, name || n, collection_ids, cluster_type, definition, wire_config
        from clusters, generate_series(1, 2100) as n where cluster_id = ${world.clusterId} returning cluster_id
      )
      insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status,
        anchor_at, next_due_at, decide_at, decided_through, created_at)
      select ${model}::text || copies.cluster_id, namespace_id, organization_id, copies.cluster_id, trigger_type, schedule_config, status,
        anchor_at, next_due_at, decide_at, decided_through, created_at
      from triggers, copies where trigger_id = ${model} returning trigger_id`.execute(test.db.sql);
    assert.equal(rows.length, 2100);
    const round = await world.pass(60);
    assert.deepEqual([round.claimed, round.decisions, round.fired], [2101, 2101, 2101]);
    const { rows: counts } = await sql<{ decisions: number; triggers: number }>`
      select count(*) as decisions, count(distinct trigger_id) as triggers from decisions
      where trigger_id like ${`${model}%`}`.execute(test.db.sql);
    assert.deepEqual(counts[0], { decisions: 2101, triggers: 2101 });
  });

  it("sleeps until the next due instant and wakes when a trigger is made", async () => {
    const world = await createWorld();
    world.deps.db.wakes.on("triggers", () => undefined);
    const { signals } = world.deps;
    const first = signals.next("scheduler.round");
    await world.scheduler.start();
    await first;
    const second = signals.next("scheduler.round");
    const id = await world.create("interval", { interval_seconds: 60, start_immediately: true });
    await second;
    await world.scheduler.stop();
    assert.deepEqual(await world.told(id), ["on_time 0..0 x1"]);
    assert.equal((await world.pass(10)).sleepMs, 15_000);
    assert.equal((await world.pass(45)).sleepMs, 5_000);
  });
});

/** A database whose transactions do everything and then die before their commit. */
function dieAtCommit(db: typeof test.db): typeof test.db {
  return new Proxy(db, {
    get: (target, key) => {
      if (key !== "transaction") {
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === "function" ? (value as () => unknown).bind(target) : value;
      }
      const transaction: typeof db.transaction = (body, options) =>
        target.transaction(async (tx) => {
          await body(tx);
          throw Object.assign(new Error("killed"), { code: "57P01" });
        }, options);
      return transaction;
    },
  });
}
