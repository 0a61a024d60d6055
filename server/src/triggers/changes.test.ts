import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createSchedulerWorld } from "../../../test/factories/scheduler-world.ts";
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
