import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createConditionsWorld, START } from "../../../../test/factories/conditions-world.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { addMs } from "../../platform/clock.ts";
import { executeTrigger } from "../execute-trigger.ts";
import { pauseTrigger } from "../state-change.ts";
import { createChecker, type CheckerDeps, type Measure } from "./checker.ts";
import type { Found } from "./finished-check.ts";

const HOUR = 3600;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.close());

const open: { close: () => Promise<unknown> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function createWorld(env: Record<string, string> = {}) {
  // Others' triggers would be due too.
  await sql`update triggers set status = 'disabled', check_at = null, decide_at = null`.execute(
    database.db.sql,
  );
  const world = await createConditionsWorld(database.db, { env });
  open.push(world);
  return world;
}

const points = (from: number, to: number, more: (i: number) => object = () => ({})) =>
  Array.from({ length: to - from }, (_, k) => ({
    document_id: `p${from + k}`,
    payload: { third: (from + k) % 3 === 0 },
    vectors: { v: [Math.cos(from + k), Math.sin(from + k), ((from + k) % 7) / 7] },
    ...more(from + k),
  }));

describe("volume", () => {
  it("is measured against the last run, fires at its threshold, and then against its own", async () => {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 99));
    const trigger = await world.trigger(clusterId, { condition_type: "volume", threshold: 0.2 });
    await world.round();
    await world.ingest(collectionId, points(99, 100));
    await world.round(HOUR);
    await world.ingest(collectionId, points(100, 124));
    await world.round(HOUR);
    await world.ingest(collectionId, points(124, 125));
    await world.round(HOUR);
    await world.round(HOUR);
    const decisions = await world.decisions(trigger);
    assert.deepEqual(
      decisions.map(({ reason, count, evidence }) => [reason, count, evidence.documents, evidence.value]),
      [
        ["insufficient_data", 1, 99, undefined],
        ["no_baseline", 1, 100, undefined],
        ["below_threshold", 1, 124, 24 / 124],
        ["condition_met", 1, 125, 0.2],
        ["below_threshold", 1, 125, 0],
      ],
    );
    const { growth, churn, baseline } = decisions[3]!.evidence;
    assert.deepEqual([growth, churn, baseline.documents], [0.25, 0.2, 100]);
    const why = (hour: number) => world.why(trigger, addMs(START, hour * HOUR * 1000));
    assert.match(await why(0), /did not fire: there were 99 documents, and 100 are needed to measure volume_change/);
    assert.match(await why(1), /fired.*no completed run of its cluster has left anything/);
    assert.match(await why(2), /did not fire: volume_change was 0.194 \(threshold 0.2\) with 124 documents against the 100 of the run run_/);
    assert.match(await why(3), /and fired.*volume_change was 0.2 \(threshold 0.2\)/);
  }); // prettier-ignore

  it("tells documents that were replaced as churn, and counts what a filter wants", async () => {
    const world = await createWorld();
    const filters = { AND: [{ field: "third", operator: "eq", value: true }] };
    const { collectionId, clusterId } = await world.collect(3, {}, { filters });
    await world.ingest(collectionId, points(0, 300));
    const settings = { condition_type: "volume", threshold: 0.5, min_documents: 50 };
    const trigger = await world.trigger(clusterId, settings);
    await world.round();
    for (let i = 0; i < 150; i += 3) {
      await world.ask("DELETE", `/v1/collections/${collectionId}/documents/p${i}`);
    }
    await world.ingest(collectionId, points(300, 450));
    await world.round(HOUR);
    const { evidence } = (await world.decisions(trigger)).at(-1);
    // 100 wanted before, 50 of them gone, 50 new ones.
    assert.deepEqual([evidence.documents, evidence.baseline.documents, evidence.value], [100, 100, 0]);
    assert.deepEqual([evidence.growth, evidence.shared, evidence.churn], [0, { documents: 50 }, 100 / 150]);
  });
});

describe("a run that a condition has fired", () => {
  it("leaves the trigger waiting if it is canceled, and due again if it fails, until five in a row have failed", async () => {
    const world = await createWorld();
    // Fewer documents than clusters cannot be grouped.
    const { collectionId, clusterId } = await world.collect(3, {
      algorithm_params: { n_clusters: 150, n_init: 1 },
    });
    await world.ingest(collectionId, points(0, 200));
    const trigger = await world.trigger(clusterId, { condition_type: "volume", threshold: 0.2 });
    await world.round();
    for (let i = 0; i < 100; i++)
      await world.ask("DELETE", `/v1/collections/${collectionId}/documents/p${i}`);
    world.pass(HOUR);
    await world.checker.runOnce();
    const { executions } = await world.ask("POST", `/v1/clusters/triggers/${trigger}/history`);
    await world.ask("DELETE", `/v1/tasks/${executions[0].job_id}`);
    await world.round(HOUR);
    assert.match(
      await world.why(trigger, world.clock.instant),
      /it has fired for that already, and is due again when it falls below 0.2 or another run completes/,
    );
    await world.ingest(collectionId, points(0, 90));
    await world.round(HOUR);
    for (let i = 0; i < 90; i++) await world.ask("DELETE", `/v1/collections/${collectionId}/documents/p${i}`);
    for (let check = 0; check < 6; check++) await world.round(HOUR);
    assert.deepEqual(
      (await world.decisions(trigger)).map(({ reason, count }) => [reason, count]),
      [
        ["no_baseline", 1],
        ["condition_met", 1],
        // Not due again, and then cleared.
        ["below_threshold", 2],
        ...Array.from({ length: 5 }, () => ["condition_met", 1]),
      ],
    );
    const { status, status_reason } = await world.show(trigger);
    assert.equal(status, "failed");
    assert.match(status_reason, /^5 executions failed in a row; the last one: 150 clusters need/);
  });
});

describe("a custom condition", () => {
  const servers: Server[] = [];
  after(() => servers.forEach((server) => server.close()));

  async function answering(answers: readonly unknown[]): Promise<{ url: string; asked: any[] }> {
    const asked: any[] = [];
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("end", () => {
        asked.push(JSON.parse(Buffer.concat(chunks).toString()));
        response.setHeader("content-type", "application/json");
        response.end(JSON.stringify(answers[asked.length - 1]));
      });
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/check`, asked };
  }

  it("fires by what its URL answers; an answer of no use is a failed check", async () => {
    const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
    const world = await createWorld({ RECLUSTER_ALLOW_OUTGOING: "127.0.0.1", RECLUSTER_SIGNING_SECRET: secret });
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 120));
    const { url, asked } = await answering([{ value: 2 }, { value: 5 }, { met: true }, { nothing: 1 }]);
    const trigger = await world.trigger(clusterId, { condition_type: "custom", threshold: 5, webhook_url: url });
    for (let hour = 0; hour < 4; hour++) await world.round(hour === 0 ? 0 : HOUR);
    const decisions = await world.decisions(trigger);
    assert.deepEqual(
      decisions.map(({ reason, outcome }) => [reason, outcome]),
      [
        // Without a baseline, too: what is measured is not ours.
        ["below_threshold", "skipped"],
        ["condition_met", "fired"],
        // The run that fired has completed: a new baseline.
        ["condition_met", "fired"],
        ["check_failed", "error"],
      ],
    );
    assert.match(decisions[3]!.evidence.error, /neither value nor met/);
    assert.equal(decisions[3]!.evidence.code, "outgoing_failed");
    const { data } = asked[1];
    assert.deepEqual([data.trigger_id, data.cluster_id, data.documents.documents], [trigger, clusterId, 120]);
    assert.equal((await world.show(trigger)).consecutive_failures, 1);
  }); // prettier-ignore

  it("fails the trigger after five failed checks in a row, loudly, and not after four and a success", async () => {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 120));
    const url = "http://127.0.0.1:9/";
    const trigger = await world.trigger(clusterId, {
      condition_type: "custom",
      threshold: 5,
      webhook_url: url,
    });
    for (let hour = 0; hour < 4; hour++) await world.round(HOUR);
    assert.deepEqual(await statusOf(world, trigger), ["active", 4]);
    await world.ask("PATCH", `/v1/triggers/${trigger}`, { schedule_config: { min_documents: 1000 } });
    await world.round(HOUR);
    assert.deepEqual(await statusOf(world, trigger), ["active", 0]);
    await world.ask("PATCH", `/v1/triggers/${trigger}`, { schedule_config: { min_documents: null } });
    for (let hour = 0; hour < 5; hour++) await world.round(HOUR);
    const { status, status_reason, next_scheduled_at } = await world.show(trigger);
    assert.deepEqual([status, next_scheduled_at], ["failed", null]);
    assert.match(status_reason, /^5 checks failed in a row; the last one: .*127\.0\.0\.1/);
    const last = (await world.decisions(trigger)).at(-1);
    assert.deepEqual([last.reason, last.evidence.code], ["check_failed", "outgoing_refused"]);
  });

  it("tells why it failed once, also within a minute of it", async () => {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 120));
    const trigger = await world.trigger(clusterId, {
      condition_type: "custom",
      threshold: 5,
      webhook_url: "http://127.0.0.1:9/",
      check_interval_seconds: 30,
    });
    for (let check = 0; check < 5; check++) await world.round(check === 0 ? 0 : 30);
    assert.deepEqual(await statusOf(world, trigger), ["failed", 5]);
    world.pass(25);
    const text = await world.why(trigger, world.clock.instant);
    assert.match(text, /the trigger failed at .* and fires nothing until it is resumed\./);
    assert.equal(text.match(/5 checks failed in a row/g)?.length, 1, text);
  });

  async function statusOf(world: Awaited<ReturnType<typeof createWorld>>, trigger: string) {
    const { status, consecutive_failures } = await world.show(trigger);
    return [status, consecutive_failures];
  }
});

describe("a check that somebody else makes, too", () => {
  const found: Found = { kind: "too_few", documents: 5, baseline: null };

  /** A checker whose measuring waits until it is told to go on. */
  async function createSlow(world: Awaited<ReturnType<typeof createWorld>>, options: object = {}) {
    const measuring = Promise.withResolvers<AbortSignal>();
    const goOn = Promise.withResolvers<Found>();
    const measure: Measure = (_claimed, _at, signal) => {
      measuring.resolve(signal);
      return goOn.promise;
    };
    const deps: CheckerDeps = { ...world.rooms.checks, measure, stopMeasuring: () => Promise.resolve() };
    const ended: string[] = [];
    const off = deps.signals.on("checker.ended", (detail) =>
      ended.push((detail as { status: string }).status),
    );
    open.push({ close: () => Promise.resolve(off()) });
    const round = createChecker(deps, options).runOnce();
    await measuring.promise;
    return { goOn: () => goOn.resolve(found), fail: goOn.reject, round, ended };
  }

  async function createDue() {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 10));
    const trigger = await world.trigger(clusterId, { condition_type: "volume", threshold: 0.2 });
    return { ...world, clusterId, id: trigger };
  }

  it("is made once while its lease holds, and by another when that has run out", async () => {
    const world = await createDue();
    const frozen = await createSlow(world);
    world.pass(29);
    assert.deepEqual(await world.checker.runOnce(), { claimed: 0 });
    world.pass(2);
    assert.deepEqual(await world.checker.runOnce(), { claimed: 1 });
    const before = await recorded(world.id);
    assert.deepEqual(before.decisions.map(({ reason }) => reason), ["insufficient_data"]);
    frozen.goOn();
    await frozen.round;
    assert.deepEqual(frozen.ended, ["recorded", "not_ours"]);
    assert.deepEqual(await recorded(world.id), before, "the frozen checker has changed nothing");
  }); // prettier-ignore

  it("is taken away by a pause, an edit and whatever else decides what was due", async () => {
    for (const change of ["pause", "edit"] as const) {
      const world = await createDue();
      const slow = await createSlow(world);
      world.pass(5);
      const scope = { namespaceId: world.tenant.namespaceId, actor: "ada" };
      if (change === "pause") await pauseTrigger(world.rooms.triggers, scope, world.id);
      else await world.ask("PATCH", `/v1/triggers/${world.id}`, { schedule_config: { threshold: 0.3 } });
      const before = await recorded(world.id);
      assert.deepEqual(
        before.decisions.map(({ reason, evidence }) => [reason, evidence]),
        [["missed", { changed: true }]],
      );
      slow.goOn();
      await slow.round;
      assert.deepEqual(slow.ended, ["not_ours"]);
      assert.deepEqual(await recorded(world.id), before);
      assert.match(await world.why(world.id, START), /had not been checked when the trigger was changed/);
    }
  });

  it("goes on beside a run by hand, and is made again when that run has become the baseline meanwhile", async () => {
    const world = await createDue();
    const slow = await createSlow(world);
    const scope = { namespaceId: world.tenant.namespaceId, actor: "ada" };
    await executeTrigger(world.rooms.triggers, scope, world.id);
    await world.worker.runOnce();
    slow.goOn();
    await slow.round;
    // Told to go on once and for all, it makes the second at once.
    assert.deepEqual(slow.ended, ["again", "recorded"]);
    const { decisions } = await recorded(world.id);
    assert.deepEqual(decisions.map(({ reason }) => reason).sort(), ["insufficient_data", "manual"]);
  });

  it("is given back by a server that stops", async () => {
    const world = await createDue();
    const measuring = Promise.withResolvers<undefined>();
    const measure: Measure = (_claimed, _at, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("aborted")));
        measuring.resolve(undefined);
      });
    const deps = { ...world.rooms.checks, measure, stopMeasuring: () => Promise.resolve() };
    const stopping = createChecker(deps);
    await stopping.start();
    await measuring.promise;
    await stopping.stop();
    assert.deepEqual((await recorded(world.id)).decisions, []);
    assert.deepEqual(await world.checker.runOnce(), { claimed: 1 });
  });

  it("has failed when it takes too long", async () => {
    const world = await createDue();
    const measure: Measure = (_claimed, _at, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
    const deps = { ...world.rooms.checks, measure, stopMeasuring: () => Promise.resolve() };
    await createChecker(deps, { limitMs: 20 }).runOnce();
    const [decision] = (await recorded(world.id)).decisions;
    assert.equal(decision!.reason, "check_failed");
    assert.match(String(decision!.evidence.error), /longer than 0.02 seconds/);
  });

  it("is recorded by one of eight checkers at once", async () => {
    const world = await createDue();
    const rounds = Array.from({ length: 8 }, () => createChecker(world.rooms.checks).runOnce());
    const claimed = (await Promise.all(rounds)).reduce((sum, round) => sum + round.claimed, 0);
    assert.equal(claimed, 1);
    assert.equal((await recorded(world.id)).decisions.length, 1);
  });

  async function recorded(id: string) {
    const { rows: decisions } = await sql<{ reason: string; evidence: Record<string, unknown> }>`
      select * from decisions where trigger_id = ${id} order by last_due, decided_at`.execute(database.db.sql);
    const { rows: measurements } = await sql`select * from measurements where trigger_id = ${id}`.execute(database.db.sql);
    const { rows: triggers } = await sql`select * from triggers where trigger_id = ${id}`.execute(database.db.sql);
    return { decisions, measurements, triggers };
  } // prettier-ignore
});

describe("what cannot be compared", () => {
  it("is a failed check that names both features", async () => {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 120));
    const trigger = await world.trigger(clusterId, { condition_type: "drift", threshold: 0.05 });
    await world.round();
    // No request can do this: a collection's features never change.
    await sql`update collections set features = '[{"name":"w","dimensions":3}]' where collection_id = ${collectionId}`.execute(database.db.sql);
    await world.round(HOUR);
    const { reason, outcome, evidence } = (await world.decisions(trigger)).at(-1);
    assert.deepEqual([reason, outcome], ["check_failed", "error"]);
    assert.match(evidence.error, /'v' \(3 dimensions\).*'w' \(3 dimensions\)/);
    assert.match(await world.why(trigger, addMs(START, HOUR * 1000)), /its check failed: The baseline/);
  }); // prettier-ignore

  it("is refused at creation for a cluster without vectors", async () => {
    const world = await createWorld();
    const { collectionId } = await world.collect(3);
    const cluster = await world.ask("POST", "/v1/clusters", {
      collection_ids: [collectionId],
      cluster_type: "attribute",
      attribute_config: { attributes: ["third"] },
    });
    await assert.rejects(
      world.trigger(cluster.cluster_id, { condition_type: "drift", threshold: 0.1 }),
      /answered 400.*groups by attributes.*invalid_value/,
    );
    await world.ingest(collectionId, points(0, 120));
    const trigger = await world.trigger(cluster.cluster_id, { condition_type: "volume", threshold: 0.1 });
    await world.round();
    await world.ingest(
      collectionId,
      points(120, 160, () => ({ vectors: {} })),
    );
    await world.round(HOUR);
    const { reason, evidence } = (await world.decisions(trigger)).at(-1);
    assert.deepEqual([reason, evidence.value], ["condition_met", 40 / 160]);
  });
});

describe("a backtest of a condition", () => {
  it("decides the checks on record by other settings", async () => {
    const world = await createWorld();
    const { collectionId, clusterId } = await world.collect(3);
    await world.ingest(collectionId, points(0, 100));
    const trigger = await world.trigger(clusterId, { condition_type: "volume", threshold: 0.5 });
    await world.round();
    // 5, 10, …, 25 more: volume_change is 0.048, 0.09, 0.13, 0.17, 0.2.
    for (let hour = 1; hour <= 5; hour++) {
      await world.ingest(collectionId, points(95 + 5 * hour, 100 + 5 * hour));
      await world.round(HOUR);
    }
    const test = (schedule_config: object) =>
      world.ask("POST", `/v1/clusters/triggers/${trigger}/backtest`, {
        schedule_config,
        after: addMs(START, -HOUR * 1000).toISOString(),
      });
    const told = ({ decisions }: any) => decisions.map(({ reason, count }: any) => `${reason} x${count}`);
    assert.deepEqual(told(await test({})), ["no_baseline x1", "below_threshold x5"]);
    const lower = await test({ threshold: 0.12 });
    assert.deepEqual(told(lower), [
      "no_baseline x1",
      "below_threshold x2",
      "condition_met x1",
      "below_threshold x2",
    ]);
    assert.deepEqual([lower.firings, lower.suppressed, lower.actual.firings], [2, 4, 1]);
    assert.deepEqual(told(await test({ threshold: 0.12, consecutive_breaches: 3 })), [
      ...["no_baseline x1", "below_threshold x4", "condition_met x1"],
    ]);
    assert.deepEqual(told(await test({ min_documents: 111 })), ["insufficient_data x1", "insufficient_data x2", "below_threshold x3"]);
    const draft = await world.ask("POST", "/v1/clusters/triggers/backtest", {
      cluster_id: clusterId,
      trigger_type: "conditional",
      schedule_config: { condition_type: "drift", threshold: 0.05 },
    });
    assert.match(JSON.stringify(draft.unknown), /No check of this cluster measured embedding_drift/);
  }); // prettier-ignore
});
