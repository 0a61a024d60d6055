import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { createSchedulerWorld } from "../../../test/factories/scheduler-world.ts";
import { insertClusterRow, insertCollection } from "../../../test/factories/trigger-world.ts";
import { ManualClock } from "../db/database-clock.ts";
import { createApp } from "../http/app.ts";
import type { App } from "../http/route.ts";
import { addMs } from "../platform/clock.ts";
import { silentLogger } from "../platform/logger.ts";
import { TestSignals } from "../platform/test-signals.ts";
import { explain } from "./decisions/explain.ts";
import { OPEN_LIMITS } from "./open-limits.ts";
import { registerTriggerRoutes } from "./routes.ts";
import { createScheduler } from "./scheduler.ts";
import { pauseTrigger } from "./state-change.ts";
import { findTrigger } from "./store.ts";

const START = new Date("2026-05-04T10:00:00.000Z");
const clock = new ManualClock(START);
let test: TestDatabase;
let app: App;
let hosted: App;
let tenant: TestTenant;
let clusterId: string;
let collectionId: string;

before(async () => {
  test = await createTestDatabase();
  const { db } = test;
  const deps = { db, clock, logger: silentLogger, signals: new TestSignals(), limits: OPEN_LIMITS };
  app = await createApp({ db, logger: silentLogger, routes: (a) => registerTriggerRoutes(a, deps) });
  const limits = { ...OPEN_LIMITS, minIntervalSeconds: 300, minCheckSeconds: 10, maxActiveTriggers: 2 };
  hosted = await createApp({
    db,
    logger: silentLogger,
    routes: (a) => registerTriggerRoutes(a, { ...deps, limits }),
  });
  tenant = await createTenant(db);
  collectionId = await insertCollection(db, tenant);
  clusterId = await insertClusterRow(db, tenant, [collectionId]);
});
after(async () => {
  await app.close();
  await hosted.close();
  await test.close();
});

/** Every field these tests read, of whichever answer. */
interface Body {
  trigger_id: string;
  cluster_id: string;
  internal_id: string;
  execution_config: {
    collection_ids: string[];
    config: { algorithm: string; algorithm_params: { n_clusters: number } };
  };
  action_config: object;
  schedule_config: object;
  description: string | null;
  status: string;
  next_scheduled_at: string | null;
  execution_count: number;
  last_execution_task_id: string | null;
  task_id: string;
  additional_data: { trigger_id: string };
  results: { trigger_id: string }[];
  total: number;
  error: { code: string; message: string; details: { permission: string } };
  detail: { loc: string[] }[];
  decisions: { reason: string; count: number; job_id: string }[];
  next_cursor: string;
  text: string;
  due: string | null;
  next: string | null;
  state_changes: { change: string }[];
}

type Method = "GET" | "POST" | "PATCH" | "DELETE";

async function call(method: Method, url: string, body?: object, headers = tenant.headers, to = app) {
  const answer = await to.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
  const parsed: unknown = answer.body === "" ? {} : answer.json();
  return { status: answer.statusCode, body: parsed as Body };
}

async function create(body: object = {}): Promise<Body> {
  const answer = await call("POST", "/v1/clusters/triggers", {
    cluster_id: clusterId,
    trigger_type: "interval",
    schedule_config: { interval_seconds: 60 },
    ...body,
  });
  assert.equal(answer.status, 201, JSON.stringify(answer.body));
  return answer.body;
}

describe("a trigger on both APIs", () => {
  it("is one object", async () => {
    const made = await create({ description: "hourly" });
    assert.match(made.trigger_id, /^trig_/);
    assert.equal(made.internal_id, tenant.organizationId);
    assert.equal(made.execution_config.collection_ids[0], collectionId);
    assert.equal(made.execution_config.config.algorithm, "kmeans");
    assert.equal(made.next_scheduled_at, "2026-05-04T10:01:00.000Z");
    assert.deepEqual((await call("GET", `/v1/clusters/triggers/${made.trigger_id}`)).body, made);
    const general = (await call("GET", `/v1/triggers/${made.trigger_id}`)).body;
    assert.deepEqual(general.action_config, { cluster_id: clusterId });
    assert.equal(general.description, "hourly");
    const other = await call("POST", "/v1/triggers", {
      action_type: "cluster",
      action_config: { cluster_id: clusterId, filters: null },
      trigger_type: "cron",
      schedule_config: { cron_expression: "@daily", timezone: "Europe/Berlin", dst: "skip" },
    });
    assert.equal(other.status, 201);
    assert.equal(other.body.next_scheduled_at, "2026-05-04T22:00:00.000Z");
    assert.equal(
      (await call("GET", `/v1/clusters/triggers/${other.body.trigger_id}`)).body.cluster_id,
      clusterId,
    );
  });

  it("makes a cluster from an execution_config", async () => {
    const made = await create({
      cluster_id: null,
      execution_config: {
        collection_ids: [collectionId],
        config: { algorithm: "kmeans", algorithm_params: { n_clusters: 3 } },
      },
    });
    assert.match(made.cluster_id, /^clust_/);
    assert.equal(made.execution_config.config.algorithm_params.n_clusters, 3);
  });

  it("merges a patch, removes keys by null, and shows states", async () => {
    const { trigger_id } = await create({ schedule_config: { interval_seconds: 60, max_executions: 3 } });
    const url = `/v1/clusters/triggers/${trigger_id}`;
    const patched = await call("PATCH", url, {
      schedule_config: { max_executions: null, end_at: "2030-01-01T00:00:00Z" },
      description: "d",
      status: "paused",
    });
    assert.equal(patched.status, 200);
    assert.deepEqual(patched.body.schedule_config, { interval_seconds: 60, end_at: "2030-01-01T00:00:00Z" });
    assert.equal(patched.body.status, "paused");
    assert.equal(patched.body.next_scheduled_at, null);
    assert.equal((await call("POST", `${url}/resume`)).body.status, "active");
    assert.equal((await call("POST", `${url}/resume`)).status, 200);
    assert.equal((await call("POST", `${url}/pause`)).body.status, "paused");
    assert.equal((await call("DELETE", url)).status, 204);
    assert.equal((await call("DELETE", url)).status, 204);
    const disabled = (await call("GET", url)).body;
    assert.equal(disabled.status, "disabled");
    for (const [method, path, body] of [
      ["PATCH", url, { description: "x" }],
      ["POST", `${url}/pause`, undefined],
      ["POST", `${url}/resume`, undefined],
      ["POST", `/v1/triggers/${trigger_id}/execute`, undefined],
    ] as const) {
      const answer = await call(method, path, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.error.code, "trigger_disabled");
    }
    assert.equal((await call("POST", `${url}/decisions`)).status, 200);
    assert.equal((await call("GET", `${url}/explain`)).status, 200);
  });

  it("runs now, as a task", async () => {
    const { trigger_id } = await create({ status: "paused" });
    const { status, body } = await call("POST", `/v1/triggers/${trigger_id}/execute`);
    assert.equal(status, 200);
    assert.match(body.task_id, /^task_/);
    assert.equal(body.status, "PENDING");
    assert.equal(body.additional_data.trigger_id, trigger_id);
    const shown = (await call("GET", `/v1/triggers/${trigger_id}`)).body;
    assert.equal(shown.last_execution_task_id, body.task_id);
    assert.equal(shown.execution_count, 1);
    assert.equal(shown.status, "paused");
  });
});

describe("lists", () => {
  it("filters, sorts, pages and counts", async () => {
    const mine = await insertClusterRow(test.db, tenant, [collectionId]);
    const made: string[] = [];
    for (const seconds of [300, 100, 200]) {
      const one = await create({ cluster_id: mine, schedule_config: { interval_seconds: seconds } });
      made.push(one.trigger_id);
      clock.instant = addMs(clock.instant, 1);
    }
    const list = (body: object, url = "/v1/clusters/triggers/list") => call("POST", url, body);
    const ids = (answer: { body: { results: { trigger_id: string }[] } }) =>
      answer.body.results.map((one) => one.trigger_id);
    const newest = await list({ cluster_id: mine });
    assert.deepEqual(ids(newest), made.toReversed());
    assert.equal(newest.body.total, 3);
    const page = await list({
      cluster_id: mine,
      sort_by: "next_scheduled_at",
      direction: "asc",
      offset: 1,
      limit: 1,
    });
    assert.deepEqual(ids(page), [made[2]]);
    assert.equal(page.body.total, 3);
    assert.equal((await list({ cluster_id: mine, trigger_type: "cron" })).body.total, 0);
    assert.equal((await list({ resource_id: mine }, "/v1/triggers/list")).body.total, 3);
    assert.equal((await list({ action_type: "batch_rerun" }, "/v1/triggers/list")).body.total, 0);
    assert.equal((await list({ offset: 1_000_000 })).body.results.length, 0);
    assert.ok((await call("POST", "/v1/clusters/triggers/list")).body.total >= 3);
    assert.equal((await list({ sort_by: "luck" })).body.error.code, "invalid_value");
    assert.equal((await list({ direction: "up" })).body.error.code, "invalid_value");
    assert.equal((await list({ limit: 1001 })).status, 422);
    assert.equal((await list({ offset: -1 })).status, 422);
  });

  it("shows nothing to another tenant", async () => {
    const { trigger_id } = await create();
    const stranger = await createTenant(test.db);
    assert.equal((await call("POST", "/v1/clusters/triggers/list", {}, stranger.headers)).body.total, 0);
    const url = `/v1/clusters/triggers/${trigger_id}`;
    const unknown = await call(
      "GET",
      "/v1/clusters/triggers/trig_unknown0000000",
      undefined,
      stranger.headers,
    );
    for (const [method, path, body] of [
      ["GET", url, undefined],
      ["PATCH", url, { description: "mine" }],
      ["DELETE", url, undefined],
      ["POST", `${url}/pause`, undefined],
      ["POST", `${url}/resume`, undefined],
      ["POST", `${url}/decisions`, {}],
      ["GET", `${url}/explain`, undefined],
      ["POST", `/v1/triggers/${trigger_id}/execute`, undefined],
    ] as const) {
      const answer = await call(method, path, body, stranger.headers);
      assert.equal(answer.status, 404, `${method} ${path}`);
      assert.equal(
        answer.body.error.message,
        unknown.body.error.message.replace("trig_unknown0000000", trigger_id),
      );
    }
    const foreign = await call(
      "POST",
      "/v1/clusters/triggers",
      { cluster_id: clusterId, trigger_type: "interval", schedule_config: { interval_seconds: 60 } },
      stranger.headers,
    );
    assert.equal(foreign.status, 404);
  });
});

describe("permissions", () => {
  it("needs delete for disabling, by either way", async () => {
    const { trigger_id } = await create();
    const key = await createKey(test.db, tenant.organizationId, tenant.userId, ["read", "write"]);
    const headers = { ...tenant.headers, authorization: `Bearer ${key}` };
    const url = `/v1/clusters/triggers/${trigger_id}`;
    assert.equal((await call("PATCH", url, { status: "paused" }, headers)).status, 200);
    for (const answer of [
      await call("PATCH", url, { status: "disabled" }, headers),
      await call("DELETE", url, undefined, headers),
    ]) {
      assert.equal(answer.status, 403);
      assert.equal(answer.body.error.details.permission, "delete");
    }
    assert.equal((await call("PATCH", url, { status: "disabled" })).body.status, "disabled");
  });
});

describe("wrong input", () => {
  const interval = { trigger_type: "interval", schedule_config: { interval_seconds: 60 } };
  const cron = (schedule_config: object) => ({ trigger_type: "cron", schedule_config });
  const event = (schedule_config: object) => ({ trigger_type: "event", schedule_config });
  const condition = (more: object) => ({
    trigger_type: "conditional",
    schedule_config: { condition_type: "volume", threshold: 0.2, ...more },
  });
  const table: [string, object, number, string | RegExp][] = [
    ["neither cluster nor config", { cluster_id: null, ...interval }, 422, /cluster_id, or execution_config/],
    [
      "both cluster and config",
      { ...interval, execution_config: { collection_ids: ["c"], config: {} } },
      400,
      "invalid_value",
    ],
    ["unknown cluster", { ...interval, cluster_id: "clust_unknown" }, 404, "not_found"],
    ["no condition", { trigger_type: "conditional", schedule_config: {} }, 422, /condition_type/],
    ["an unknown condition", condition({ condition_type: "moon" }), 422, /enum/],
    ["a threshold as text", condition({ threshold: "0.2" }), 422, /number_type/],
    ["a threshold above 1", condition({ threshold: 1.01 }), 400, "invalid_value"],
    ["a negative threshold", condition({ threshold: -0.1 }), 400, "invalid_value"],
    ["clear above threshold", condition({ clear_threshold: 0.21 }), 400, "contradictory_bounds"],
    ["another condition's metric", condition({ metric: "embedding_drift" }), 400, "invalid_value"],
    ["an unknown metric", condition({ metric: "moon" }), 422, /enum/],
    ["checks below the floor", condition({ check_interval_seconds: 0 }), 400, "below_floor"],
    ["no breaches", condition({ consecutive_breaches: 0 }), 422, /greater_than_equal/],
    ["a webhook for a volume", condition({ webhook_url: "https://example.com" }), 400, "invalid_value"],
    ["jitter of a condition", condition({ jitter_seconds: 5 }), 422, /extra_forbidden/],
    ["a custom condition without a URL", condition({ condition_type: "custom" }), 400, "invalid_value"],
    ["a custom condition by another protocol", condition({ condition_type: "custom", webhook_url: "ftp://example.com/" }), 400, "invalid_value"],
    ["a custom condition with a password", condition({ condition_type: "custom", webhook_url: "https://a:b@example.com/" }), 400, "invalid_value"],
    ["a custom condition at no URL", condition({ condition_type: "custom", webhook_url: "example" }), 400, "invalid_value"],
    ["unknown type", { trigger_type: "lunar", schedule_config: {} }, 422, /trigger_type/],
    ["born failed", { ...interval, status: "failed" }, 400, "illegal_state_change"],
    ["typo in a key", { trigger_type: "interval", schedule_config: { interval_secods: 5 } }, 422, /did you mean 'interval_seconds'/],
    ["another type's key", cron({ cron_expression: "@daily", interval_seconds: 5 }), 422, /extra_forbidden/],
    ["seconds as text", { trigger_type: "interval", schedule_config: { interval_seconds: "60" } }, 422, /integer_type/],
    ["null seconds", { trigger_type: "interval", schedule_config: { interval_seconds: null } }, 422, /integer_type/],
    ["half a second", { trigger_type: "interval", schedule_config: { interval_seconds: 0.5 } }, 422, /integer_type/],
    ["zero seconds", { trigger_type: "interval", schedule_config: { interval_seconds: 0 } }, 400, "below_floor"],
    ["bad cron", cron({ cron_expression: "0 25 * * *" }), 400, "invalid_cron"],
    ["impossible cron", cron({ cron_expression: "0 0 30 2 *" }), 400, "cron_never_fires"],
    ["unknown zone", cron({ cron_expression: "@daily", timezone: "Europe/Berln" }), 400, /invalid_timezone.*|Did you mean 'Europe\/Berlin'/],
    ["offset for a zone", cron({ cron_expression: "@daily", timezone: "+02:00" }), 400, "invalid_timezone"],
    ["dst nonsense", cron({ cron_expression: "@daily", dst: "twice" }), 422, /enum/],
    ["dst of an interval", { trigger_type: "interval", schedule_config: { interval_seconds: 60, dst: "skip" } }, 422, /extra_forbidden/],
    ["jitter below zero", cron({ cron_expression: "@daily", jitter_seconds: -1 }), 422, /greater_than_equal/],
    ["jitter above a day", cron({ cron_expression: "@daily", jitter_seconds: 86_401 }), 422, /less_than_equal/],
    ["jitter of an event", event({ event_type: "documents_added", event_threshold: 1, jitter_seconds: 5 }), 422, /extra_forbidden/],
    ["missed nonsense", cron({ cron_expression: "@daily", missed: "twice" }), 422, /enum/],
    ["a window below zero", cron({ cron_expression: "@daily", catchup_window_seconds: -1 }), 422, /greater_than_equal/],
    ["no execution at all", cron({ cron_expression: "@daily", max_executions: 0 }), 422, /greater_than_equal/],
    ["always skipped", cron({ cron_expression: "30 2 * 3 SUN#2", timezone: "America/New_York", dst: "skip" }), 400, "cron_never_fires"],
    ["overlap nonsense", cron({ cron_expression: "@daily", overlap: "maybe" }), 422, /enum/],
    ["probation as text", cron({ cron_expression: "@daily", probation: "yes" }), 422, /boolean_type/],
    ["end before start", cron({ cron_expression: "@daily", start_at: "2027-01-02T00:00:00Z", end_at: "2027-01-01T00:00:00Z" }), 400, "contradictory_bounds"],
    ["end in the past", cron({ cron_expression: "@daily", end_at: "2026-05-04T09:00:00Z" }), 400, "contradictory_bounds"],
    ["nothing between", cron({ cron_expression: "@yearly", end_at: "2026-06-01T00:00:00Z" }), 400, "contradictory_bounds"],
    ["instant without offset", cron({ cron_expression: "@daily", end_at: "2027-01-01T00:00:00" }), 422, /offset from UTC/],
    ["no threshold", event({ event_type: "documents_added" }), 422, /event_threshold/],
    ["threshold 0", event({ event_type: "documents_added", event_threshold: 0 }), 422, /greater_than_equal/],
    ["event type", event({ event_type: "moon", event_threshold: 1 }), 422, /enum/],
    ["unknown collection", event({ event_type: "documents_added", event_threshold: 1, collection_id: "col_none" }), 404, "not_found"],
    ["schedule as text", { trigger_type: "cron", schedule_config: "@daily" }, 422, /object_type/],
  ]; // prettier-ignore
  for (const [name, body, status, expected] of table) {
    it(name, async () => {
      const before = (await call("POST", "/v1/clusters/triggers/list", {})).body.total;
      const answer = await call("POST", "/v1/clusters/triggers", { cluster_id: clusterId, ...body });
      assert.equal(answer.status, status, JSON.stringify(answer.body));
      if (typeof expected === "string") assert.equal(answer.body.error.code, expected);
      else assert.match(JSON.stringify(answer.body), expected);
      assert.equal((await call("POST", "/v1/clusters/triggers/list", {})).body.total, before);
    });
  }

  it("lists every fault of a schedule", async () => {
    const { body } = await call("POST", "/v1/clusters/triggers", {
      cluster_id: clusterId,
      ...event({ event_type: 5, event_threshold: "1", colour: 1 }),
    });
    assert.deepEqual(
      body.detail.map((fault) => fault.loc.join(".")),
      [
        "body.schedule_config.event_type",
        "body.schedule_config.event_threshold",
        "body.schedule_config.colour",
      ],
    );
  });

  it("refuses other actions and their settings", async () => {
    const send = (body: object) =>
      call("POST", "/v1/triggers", {
        action_type: "cluster",
        action_config: { cluster_id: clusterId },
        ...interval,
        ...body,
      });
    assert.equal((await send({ action_type: "batch_rerun" })).body.error.code, "not_supported");
    assert.equal((await send({ action_config: { cluster_id: clusterId, output_collection_ids: ["a"] } })).body.error.code, "not_supported"); // prettier-ignore
    assert.equal((await send({ action_config: {} })).status, 422);
    assert.equal((await send({ action_config: { cluster_id: 5 } })).status, 422);
  });

  it("takes the filters its cluster has, and no others", async () => {
    const filters = { AND: [{ field: "lang", value: "de" }] };
    const made = await create({
      cluster_id: null,
      execution_config: { collection_ids: [collectionId], config: { algorithm: "kmeans", filters } },
    });
    assert.deepEqual((made.execution_config.config as { filters?: unknown }).filters, filters);
    const send = (given: unknown) =>
      call("POST", "/v1/triggers", {
        action_type: "cluster",
        action_config: { cluster_id: made.cluster_id, filters: given },
        ...interval,
      });
    for (const given of [undefined, null, {}, { AND: [{ value: "de", field: "lang" }] }]) {
      const { status, body } = await send(given);
      assert.deepEqual([status, body.action_config], [201, { cluster_id: made.cluster_id, filters }]);
    }
    const other = await send({ AND: [{ field: "lang", value: "fr" }] });
    assert.deepEqual([other.status, other.body.error.code], [400, "invalid_value"]);
    assert.match(other.body.error.message, /"fr".*and the cluster's are.*"de"/);
    const wrong = await send({ AND: [{ field: "lang", operator: "is", value: 1 }, { fields: "x" }] });
    assert.equal(wrong.status, 422);
    assert.deepEqual(
      wrong.body.detail.map((fault) => fault.loc.slice(0, 4).join(".")),
      ["body.action_config.filters.AND", "body.action_config.filters.AND"],
    );
  });

  it("refuses immutable fields and states nobody can set, and changes nothing", async () => {
    const made = await create();
    const url = `/v1/clusters/triggers/${made.trigger_id}`;
    for (const field of ["trigger_type", "cluster_id", "execution_config", "action_type", "action_config"]) {
      const answer = await call("PATCH", url, { [field]: "x", description: "no" });
      assert.equal(answer.body.error.code, "immutable_field");
    }
    assert.equal((await call("PATCH", url, { status: "failed" })).body.error.code, "illegal_state_change");
    assert.equal((await call("PATCH", url, { status: "asleep" })).status, 422);
    const late = await call("PATCH", url, {
      description: "no",
      schedule_config: { end_at: "2020-01-01T00:00:00Z" },
    });
    assert.equal(late.body.error.code, "contradictory_bounds");
    const bad = await call("PATCH", url, { schedule_config: { cron_expression: "@daily" } });
    assert.equal(bad.status, 422);
    assert.equal((await call("GET", url)).body.description, null);
  });

  it("holds the limits of the hosted service", async () => {
    const own = await createTenant(test.db);
    const cluster = await insertClusterRow(test.db, own, [await insertCollection(test.db, own)]);
    const make = (seconds: number, status = "active") =>
      call(
        "POST",
        "/v1/clusters/triggers",
        {
          cluster_id: cluster,
          trigger_type: "interval",
          schedule_config: { interval_seconds: seconds },
          status,
        },
        own.headers,
        hosted,
      );
    assert.equal((await make(299)).body.error.code, "below_floor");
    assert.equal((await make(300)).status, 201);
    const paused = await make(300, "paused");
    assert.equal((await make(300)).status, 201);
    assert.equal((await make(300)).body.error.code, "quota_exceeded");
    const url = `/v1/triggers/${paused.body.trigger_id}/resume`;
    assert.equal((await call("POST", url, undefined, own.headers, hosted)).body.error.code, "quota_exceeded");
  });
});

describe("decisions and explain", () => {
  it("answers about the instant nearest to the one asked for, decided or not", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("interval", { interval_seconds: 30, start_immediately: true });
    const why = async (second: number) => {
      const trigger = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
      return explain(test.db.sql, trigger, addMs(START, second * 1000), world.clock.instant);
    };
    await world.pass(0);
    await world.end();
    await world.pass(30);
    await world.end();
    assert.match((await why(31)).text, /due at 2026-05-04T10:00:30.000Z and fired on time/);
    assert.match((await why(58)).text, /It will be due at 2026-05-04T10:01:00.000Z/);
    await pauseTrigger(world.deps, world.scope, id);
    world.clock.instant = addMs(START, 95_000);
    const missed = await why(60);
    assert.equal(missed.due, "2026-05-04T10:01:00.000Z");
    assert.match(missed.text, /due at 2026-05-04T10:01:00.000Z and did not fire: the trigger is paused/);
    const justBefore = await why(-20);
    assert.equal(justBefore.due, START.toISOString());
    assert.match(justBefore.text, /fired on time/);
    const longBefore = await why(-200);
    assert.deepEqual([longBefore.due, longBefore.decisions], [null, []]);
    assert.match(longBefore.text, /did not exist/);
  });

  it("does not tell today's threshold of a time before it was edited", async () => {
    const world = await createSchedulerWorld(test.db);
    const id = await world.create("event", { event_type: "documents_added", event_threshold: 10 });
    await world.add(7);
    world.clock.instant = addMs(START, 300_000);
    const why = async () => {
      const trigger = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
      return (await explain(test.db.sql, trigger, addMs(START, 1000), world.clock.instant)).text;
    };
    assert.match(await why(), /it had counted 7 of 10 added documents by then/);
    await world.patch(id, { event_threshold: 500 });
    assert.doesNotMatch(await why(), /by then/);
  });

  it("says of a change that cut jitter short that it did", async () => {
    const world = await createSchedulerWorld(test.db);
    const config = { interval_seconds: 5, jitter_seconds: 86_400 };
    const once = await world.create("interval", config);
    const skips = await world.create("interval", { ...config, missed: "skip" });
    world.clock.instant = addMs(START, 36_000);
    assert.equal((await world.show(once)).next_scheduled_at! > world.clock.instant.toISOString(), true);
    await world.patch(skips, { max_executions: 90 });
    await world.end();
    await world.patch(once, { max_executions: 90 });
    for (const id of [once, skips]) {
      assert.deepEqual(await world.told(id), ["catch_up 5..35 x7"]);
      const trigger = await findTrigger(test.db.sql, world.tenant.namespaceId, id);
      const { text } = await explain(test.db.sql, trigger, addMs(START, 20_000), world.clock.instant);
      assert.match(text, /waited for its jitter when the trigger was changed; it fired once for all of them/);
    }
  });

  it("page by cursor and say in words what happened", async () => {
    const cluster = await insertClusterRow(test.db, tenant, [collectionId]);
    clock.instant = new Date("2026-06-01T00:00:00.000Z");
    const { trigger_id } = await create({
      cluster_id: cluster,
      trigger_type: "cron",
      schedule_config: { cron_expression: "*/10 * * * *" },
    });
    const { db } = test;
    const scheduler = createScheduler({
      db,
      clock,
      logger: silentLogger,
      signals: new TestSignals(),
      limits: OPEN_LIMITS,
    });
    for (let i = 0; i < 3; i++) {
      clock.instant = addMs(clock.instant, 600_000);
      await scheduler.runOnce();
    }
    const url = `/v1/clusters/triggers/${trigger_id}`;
    const first = await call("POST", `${url}/decisions`, { limit: 1 });
    assert.deepEqual(
      first.body.decisions.map(({ reason, count }) => [reason, count]),
      [["overlap", 2]],
    );
    const cursor: string = first.body.next_cursor;
    const second = await call("POST", `${url}/decisions`, { limit: 2, cursor });
    assert.deepEqual(
      second.body.decisions.map((one) => one.reason),
      ["on_time"],
    );
    assert.match(second.body.decisions[0]!.job_id, /^task_/);
    assert.equal(second.body.next_cursor, null);
    const fired = await call("POST", `${url}/decisions`, { outcome: "fired" });
    assert.equal(fired.body.decisions.length, 1);
    assert.equal((await call("POST", `${url}/decisions`, { after: "2026-06-01T00:15:00Z", before: "2026-06-01T00:25:00Z" })).body.decisions.length, 1); // prettier-ignore
    for (const foreign of [
      await call("POST", `${url}/decisions`, { cursor, outcome: "fired" }),
      await call("POST", `${url}/decisions`, { cursor: "bm9wZQ" }),
      await call("POST", `/v1/clusters/triggers/${(await create()).trigger_id}/decisions`, { cursor }),
    ]) {
      assert.equal(foreign.body.error.code, "foreign_cursor");
    }
    const owner = JSON.stringify([trigger_id, { outcome: null, reason: null, after: null, before: null }]);
    const crafted = Buffer.from(JSON.stringify([owner, "infinity", "x"])).toString("base64url");
    assert.equal(
      (await call("POST", `${url}/decisions`, { cursor: crafted })).body.error.code,
      "foreign_cursor",
    );
    assert.equal((await call("POST", `${url}/decisions`, { color: "red" })).status, 422);
    assert.equal((await call("POST", `${url}/decisions`, { reason: "nonsense" })).status, 422);
    assert.equal((await call("GET", `${url}/explain?at=2026-05-31T23:59:60Z`)).status, 422);

    const why = async (at?: string) => {
      const answer = await call("GET", `${url}/explain${at ? `?at=${encodeURIComponent(at)}` : ""}`);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      return answer.body;
    };
    const hit = await why("2026-06-01T00:10:20Z");
    assert.match(hit.text, /was due at 2026-06-01T00:10:00.000Z and fired on time, 0 ms after/);
    assert.equal(hit.due, "2026-06-01T00:10:00.000Z");
    assert.equal(hit.next, "2026-06-01T00:40:00.000Z");
    assert.equal(hit.state_changes[0]!.change, "created");
    assert.match(
      (await why("2026-06-01T00:20:00Z")).text,
      /was due 2 times from .* and did not fire: the execution run_\w+ of its cluster was pending \(overlap: skip\)/,
    );
    const between = await why("2026-06-01T00:14:00Z");
    assert.match(
      between.text,
      /Nothing was due within a minute.*The last decision before it: it was due at 2026-06-01T00:10:00.000Z and fired on time, 0 ms after/,
    );
    assert.equal(between.due, null);
    assert.match((await why("2026-05-31T00:00:00Z")).text, /did not exist/);
    assert.match((await why("2026-06-02T00:00:00+00:00")).text, /It will be due at 2026-06-02T00:00:00.000Z/);
    assert.equal((await call("GET", `${url}/explain?at=yesterday`)).status, 422);

    const { instant } = clock;
    clock.instant = new Date("2026-06-01T00:39:30Z");
    assert.match(
      (await why()).text,
      /It will be due at 2026-06-01T00:40.*The last decision before it: it was due .* and did not fire: the execution/,
      "just before the next instant it is what has been that is asked about, too",
    );
    clock.instant = instant;

    await call("POST", `${url}/pause`);
    clock.instant = addMs(clock.instant, 3_600_000);
    const paused = await why("2026-06-01T01:00:00Z");
    assert.match(
      paused.text,
      /due at 2026-06-01T01:00:00.000Z and did not fire: the trigger is paused since 2026-06-01T00:30/,
    );
    assert.equal(paused.next, null);
    await call("POST", `${url}/resume`);
    const settled = await why("2026-06-01T01:00:30Z");
    assert.match(
      settled.text,
      /was due 6 times from .* did not fire: the trigger was paused since 2026-06-01T00:30:00.000Z by /,
    );
    assert.equal(settled.decisions[0]!.reason, "paused");
  });
});
