import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createSchedulerWorld } from "../../../../test/factories/scheduler-world.ts";
import { createTenant } from "../../../../test/factories/tenant.ts";
import { insertClusterRow, insertCollection } from "../../../../test/factories/trigger-world.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { addMs } from "../../platform/clock.ts";
import { silentLogger } from "../../platform/logger.ts";
import { registerTriggerRoutes } from "../routes.ts";
import { pauseTrigger } from "../state-change.ts";

let test: TestDatabase;
let app: App;
let world: Awaited<ReturnType<typeof createSchedulerWorld>>;
let trigger: string;
let cron: string;

before(async () => {
  test = await createTestDatabase();
  world = await createSchedulerWorld(test.db);
  app = await createApp({
    db: test.db,
    logger: silentLogger,
    routes: (to) => registerTriggerRoutes(to, world.deps),
  });
  trigger = await world.create("interval", { interval_seconds: 1, jitter_seconds: 30 });
  cron = await world.create("cron", { cron_expression: "0 * * * *", timezone: "Europe/Berlin" });
  world.clock.instant = addMs(world.clock.instant, 86_400_000);
});
after(async () => {
  await app.close();
  await test.close();
});

async function post(path: string, payload: object, headers = world.tenant.headers) {
  const answer = await app.inject({ method: "POST", url: `/v1/clusters/triggers/${path}`, headers, payload });
  return { status: answer.statusCode, body: answer.json() };
}

const draft = (schedule_config: object, more: object = {}) => ({
  cluster_id: world.clusterId,
  trigger_type: "event",
  schedule_config: { event_type: "documents_added", event_threshold: 1, ...schedule_config },
  ...more,
});

describe("the backtest's routes", () => {
  for (const [name, of, body, status, expected] of [
    ["a leap second", () => cron, { after: "2026-04-30T23:59:60Z" }, 422, /an instant from 1970 to 9998/],
    ["the year 0", () => cron, { after: "0000-01-01T00:00:00Z" }, 422, /an instant from 1970 to 9998/],
    ["the year 9999", () => trigger, { before: "9999-12-31T23:59:59Z" }, 422, /an instant from 1970 to 9998/],
    ["no instant", () => trigger, { after: "yesterday" }, 422, /such as 2026-05-04T09:00:00Z/],
    ["the future", () => trigger, { before: "2026-05-06T10:00:00Z" }, 400, /lies in the future/],
    ["the wrong way round", () => trigger, { after: "2026-05-05T09:00:00Z", before: "2026-05-05T08:00:00Z" }, 400, /is not before/],
    ["more instants than it takes", () => trigger, { after: "2020-01-01T00:00:00Z" }, 400, /due instants, which is more than a backtest takes/],
    ["an unknown setting", () => trigger, { schedule_config: { interval: 5 } }, 422, /Unknown field/],
    ["a bad zone", () => cron, { schedule_config: { timezone: "Mars/Olympus" } }, 400, /not a known time zone/],
    ["an unknown field", () => trigger, { window: 5 }, 422, /Unknown field/],
    ["a limit too high", () => trigger, { limit: 1001 }, 422, /less than or equal to 1000/],
    ["an unknown trigger", () => "trig_unknown", {}, 404, /trigger 'trig_unknown' was not found/],
  ] as const) {
    it(`refuses ${name}`, async () => {
      const answer = await post(`${of()}/backtest`, body);
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      assert.match(JSON.stringify(answer.body), expected);
    });
  } // prettier-ignore

  it("refuses a draft for an unknown cluster, of no type, or for a collection that is not there", async () => {
    assert.equal((await post("backtest", { ...draft({}), cluster_id: "clust_x" })).status, 404);
    assert.equal((await post("backtest", { ...draft({}), trigger_type: "lunar" })).status, 422);
    assert.equal((await post("backtest", draft({ collection_id: "col_never_was" }))).status, 404);
  });

  it("reads nobody else's collections", async () => {
    const other = await createTenant(test.db);
    const own = await insertClusterRow(test.db, other, [await insertCollection(test.db, other)]);
    await world.add(60);
    const foreign = { ...draft({ collection_id: world.collectionId }), cluster_id: own };
    const answer = await post("backtest", foreign, other.headers);
    assert.equal(answer.status, 404);
    assert.equal(answer.body.error.details.id, world.collectionId);
    assert.equal((await post(`${cron}/backtest`, {}, other.headers)).status, 404);
    world.clock.instant = addMs(world.clock.instant, 1000);
    const mine = await post("backtest", draft({ collection_id: world.collectionId }));
    assert.equal(mine.body.firings, 1);
  });

  it("takes as much of the past as fits when no window is asked for, and leaves jitter out", async () => {
    const answer = await post(`${trigger}/backtest`, { limit: 1 });
    assert.equal(answer.status, 200);
    assert.equal(answer.body.firings + answer.body.suppressed, 10_000);
    assert.match(answer.body.assumptions.join(" "), /Jitter is left out/);
    await pauseTrigger(world.deps, world.scope, trigger);
    const { resume } = (await post(`${trigger}/backtest`, {})).body;
    assert.equal(resume.fires_at_once, false);
  });

  it("answers while a maximal one computes, which costs the same for each instant", async () => {
    const { db } = test;
    await db.sql
      .updateTable("executions")
      .set({ status: "completed", ended_at: world.clock.instant, execution_time_ms: 60_000 })
      .execute();
    const body = {
      cluster_id: world.clusterId,
      trigger_type: "interval",
      schedule_config: { interval_seconds: 1, overlap: "allow" },
      after: addMs(world.clock.instant, -99_000_000).toISOString(),
      before: world.clock.instant.toISOString(),
      limit: 0,
    };
    let turns = 0;
    const count = setInterval(() => turns++, 1);
    const answer = await post("backtest", body);
    clearInterval(count);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    assert.equal(answer.body.firings, 99_000);
    assert.equal(answer.body.run_duration_ms, 60_000);
    assert.equal(answer.body.expected_compute_minutes, 99_000);
    assert.ok(turns > 5, `${turns} turns of the event loop`);
  });
});
