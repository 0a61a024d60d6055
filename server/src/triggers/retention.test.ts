import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createSchedulerWorld, START } from "../../../test/factories/scheduler-world.ts";
import { addMs } from "../platform/clock.ts";
import { explain } from "./decisions/explain.ts";
import { createRetention } from "./retention.ts";
import { pauseTrigger, resumeTrigger } from "./state-change.ts";
import { findTrigger } from "./store.ts";

let test: TestDatabase;
before(async () => {
  test = await createTestDatabase();
});
after(() => test.close());

const DAY = 86_400;

it("removes what is older than told, says so, and keeps what the present needs", async () => {
  const world = await createSchedulerWorld(test.db);
  const id = await world.create("interval", { interval_seconds: DAY });
  for (let day = 0; day < 20; day++) {
    await world.pass(DAY);
    if (day < 10) await world.end();
  }
  await pauseTrigger(world.deps, world.scope, id);
  // Changes of one millisecond have no order.
  world.clock.instant = addMs(world.clock.instant, 1);
  await resumeTrigger(world.deps, world.scope, id);
  // Ten fired and ended, one fired and still waits, nine in its way in one row that still grows.
  assert.equal((await world.told(id)).length, 12);
  world.clock.instant = addMs(world.clock.instant, 40 * DAY * 1000 - 1);
  const keepFive = createRetention(world.deps, { keepDecisionsDays: 55, keepChangesDays: null });
  assert.deepEqual(await keepFive.runOnce(), { decisions: 4, measurements: 0, changes: 0 });
  assert.equal((await world.told(id))[0], `on_time ${5 * DAY}..${5 * DAY} x1`);
  assert.deepEqual(await keepFive.runOnce(), { decisions: 0, measurements: 0, changes: 0 });

  await sql`update triggers set open_skip = (
    select jsonb_build_object('decision_id', decision_id, 'reason', reason, 'run_id', null) from decisions
    where trigger_id = ${id} and reason = 'overlap') where trigger_id = ${id}`.execute(test.db.sql);
  const keepNone = createRetention(world.deps, { keepDecisionsDays: 1, keepChangesDays: 1 });
  assert.deepEqual(await keepNone.runOnce(), { decisions: 6, measurements: 0, changes: 2 });
  assert.deepEqual(
    (await world.told(id)).map((row) => row.split(" ")[0]),
    ["on_time", "overlap"],
  );
  const { rows } = await sql<{ change: string }>`
    select change from trigger_changes where trigger_id = ${id}`.execute(test.db.sql);
  assert.deepEqual(rows, [{ change: "resumed" }]);

  const trigger = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
  const { text } = await explain(test.db.sql, trigger, addMs(START, 3 * DAY * 1000), world.clock.instant);
  assert.match(text, /were removed by retention/);
});
