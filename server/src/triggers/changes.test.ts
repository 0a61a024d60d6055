import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createSchedulerWorld } from "../../../test/factories/scheduler-world.ts";
import { executeTrigger } from "./execute-trigger.ts";
import { pauseTrigger, resumeTrigger } from "./state-change.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

const createWorld = () =>
  createSchedulerWorld(test.db, { limits: { failuresToFail: 2, probationSeconds: 600 } });
const everyMinute = { interval_seconds: 60 };
const afterTen = { event_type: "documents_added", event_threshold: 10, cooldown_seconds: 0 };

describe("an edit that leaves nothing to fire", () => {
  it("closes the trigger at once", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { ...everyMinute, overlap: "allow" });
    await world.pass(60);
    await world.patch(id, { max_executions: 1 });
    assert.equal((await world.show(id)).next_scheduled_at, null);
    assert.deepEqual(await world.told(id), ["on_time 60..60 x1", "max_executions 60.001..60.001 x0"]);
  });

  it("leaves a trigger that is over as it is, without another closing row", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { ...everyMinute, max_executions: 1 });
    await world.pass(60);
    await world.patch(id, { overlap: "allow" });
    await world.pass(600);
    assert.deepEqual(await world.told(id), ["on_time 60..60 x1", "max_executions 60.001..60.001 x0"]);
  });

  it("makes no more due instants while it is paused, either", async () => {
    const world = await createWorld();
    const id = await world.create("interval", { ...everyMinute, overlap: "allow" });
    const event = await world.create("event", { ...afterTen, overlap: "allow" });
    await world.add(10);
    await world.pass(60);
    for (const one of [id, event]) {
      await pauseTrigger(world.deps, world.scope, one);
      await world.patch(one, { max_executions: 1 });
    }
    await world.add(10);
    await world.pass(600);
    for (const one of [id, event]) {
      await resumeTrigger(world.deps, world.scope, one);
      const reasons = (await world.decisions(one)).map(({ reason }) => reason);
      assert.deepEqual(reasons, [one === id ? "on_time" : "threshold_reached", "max_executions"]);
    }
  });
});

describe("an event trigger that waits", () => {
  it("for its cooldown's end waits for the one that an edit gives it", async () => {
    const world = await createWorld();
    const id = await world.create("event", { ...afterTen, cooldown_seconds: 3600 });
    await world.add(10);
    await world.pass(0);
    await world.end();
    await world.pass(10);
    await world.add(10);
    await world.pass(0);
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T11:00:00.000Z");
    await world.patch(id, { cooldown_seconds: 60 });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:01:00.000Z");
    await world.patch(id, { cooldown_seconds: 5 });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:00:10.001Z");
  });

  it("for its start is due at once when an edit takes the start away", async () => {
    const world = await createWorld();
    const id = await world.create("event", { ...afterTen, start_at: "2026-06-01T00:00:00Z" });
    await world.add(10);
    assert.equal((await world.show(id)).next_scheduled_at, "2026-06-01T00:00:00.000Z");
    await world.patch(id, { start_at: null });
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:00:00.000Z");
  });

  it("for its trial run is due at once when it is resumed", async () => {
    const world = await createWorld();
    const id = await world.create("event", { ...afterTen, probation: true });
    await world.add(10);
    for (let round = 0; round < 2; round++) {
      await world.pass(1);
      await world.end("failed");
    }
    assert.equal((await world.show(id)).status, "failed");
    await world.pass(60);
    await resumeTrigger(world.deps, world.scope, id);
    assert.equal((await world.show(id)).next_scheduled_at, "2026-05-04T10:01:02.000Z");
  });
});

it("a gap's missed instants are one row, whatever the policy", async () => {
  const world = await createWorld();
  const id = await world.create("interval", { interval_seconds: 1, missed: "all", catchup_window_seconds: 1200 });
  await world.pass(1500);
  assert.deepEqual((await world.told(id)).slice(0, 2), ["missed 1..500 x500", "catch_up 501..501 x1"]);
}); // prettier-ignore

it("a canceled trial run is followed by no other once probation is off", async () => {
  const world = await createWorld();
  const id = await world.create("interval", { ...everyMinute, probation: true });
  for (let round = 0; round < 2; round++) {
    await executeTrigger(world.deps, world.scope, id);
    await world.end("failed");
  }
  await world.pass(600);
  await world.patch(id, { probation: false });
  await world.end("canceled");
  const shown = await world.show(id);
  assert.deepEqual([shown.status, shown.next_scheduled_at], ["failed", null]);
  assert.equal((await world.pass(3600)).fired, 0);
});
