import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createTestExecution } from "../../../../test/factories/execution.ts";
import { createTestCluster, createTestTrigger } from "../../../../test/factories/trigger.ts";
import { createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import type { ExecutionStatus } from "../../db/tables.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { silentLogger } from "../../platform/logger.ts";
import { registerHistoryRoutes } from "./routes.ts";

describe("the history endpoint", () => {
  let database: TestDatabase;
  let app: App;
  let tenant: TestTenant;
  let triggerId: string;

  before(async () => {
    database = await createTestDatabase();
    const { db } = database;
    app = await createApp({ db, logger: silentLogger, routes: (app) => registerHistoryRoutes(app, { db }) });
    tenant = await createTenant(db);
    const clusterId = await createTestCluster(db, tenant, "articles");
    triggerId = await createTestTrigger(db, tenant, "nightly", clusterId);
    const statuses: ExecutionStatus[] = [
      "completed",
      "failed",
      "canceled",
      "completed",
      "processing",
      "pending",
    ];
    for (const [ordinal, status] of statuses.entries()) {
      await insertExecution(clusterId, ordinal, status);
    }
  });
  after(async () => {
    await app.close();
    await database.close();
  });

  async function insertExecution(clusterId: string, ordinal: number, status: ExecutionStatus): Promise<void> {
    const ended = ["completed", "failed", "canceled"].includes(status);
    await createTestExecution(database.db, tenant, clusterId, {
      run_id: `run_${triggerId.slice(5)}${ordinal}`,
      trigger_id: triggerId,
      trigger_ordinal: ordinal,
      status,
      triggered_at: new Date(Date.UTC(2026, 0, 1, ordinal, 0, 0, 7)),
      ...(ended ? { execution_time_ms: 1200 + ordinal } : {}),
      ...(status === "completed" ? { num_clusters: 8, num_documents: 778 } : {}),
      ...(status === "failed" ? { error: "The vectors are gone." } : {}),
    });
  }

  const post = async (payload?: object, headers = tenant.headers, id = triggerId) => {
    const url = `/v1/clusters/triggers/${id}/history`;
    const response = await app.inject({ method: "POST", url, headers, ...(payload ? { payload } : {}) });
    return { status: response.statusCode, body: response.json() };
  };
  const get = async (query: string) => {
    const url = `/v1/triggers/${triggerId}/history${query}`;
    const response = await app.inject({ method: "GET", url, headers: tenant.headers });
    return { status: response.statusCode, body: response.json() };
  };
  const statusesOf = (answer: { body: { executions: { status: string }[] } }) =>
    answer.body.executions.map((execution) => execution.status);

  it("answers newest first, with every field of each state, when there is no body", async () => {
    const { status, body } = await post();
    assert.equal(status, 200);
    const row = (ordinal: number, fields: object) => ({
      job_id: `task_${triggerId.slice(5)}${ordinal}`,
      triggered_at: `2026-01-01T0${ordinal}:00:00.007Z`,
      execution_time_ms: null,
      error: null,
      num_clusters: null,
      num_documents: null,
      ...fields,
    });
    assert.deepEqual(body, {
      trigger_id: triggerId,
      executions: [
        row(5, { status: "pending" }),
        row(4, { status: "processing" }),
        row(3, { status: "completed", execution_time_ms: 1203, num_clusters: 8, num_documents: 778 }),
        row(2, { status: "canceled", execution_time_ms: 1202 }),
        row(1, { status: "failed", execution_time_ms: 1201, error: "The vectors are gone." }),
        row(0, { status: "completed", execution_time_ms: 1200, num_clusters: 8, num_documents: 778 }),
      ],
      total: 6,
      offset: 0,
      limit: 50,
    });
    assert.deepEqual(await post({}), { status, body });
    assert.deepEqual(await post({ offset: 0, limit: 50, status_filter: null, unknown: 1 }), { status, body });
  });

  it("filters in any case; an unknown status has an empty page", async () => {
    for (const filter of ["completed", "COMPLETED", "Completed"]) {
      const answer = await post({ status_filter: filter, limit: 1 });
      assert.equal(answer.body.total, 2);
      assert.deepEqual(statusesOf(answer), ["completed"]);
    }
    for (const filter of ["no such", "", "complete", "completed "]) {
      const answer = await post({ status_filter: filter });
      assert.deepEqual([answer.status, answer.body.total, answer.body.executions], [200, 0, []], filter);
    }
  });

  it("has an empty page past the end, with the same total", async () => {
    for (const offset of [6, 7, Number.MAX_SAFE_INTEGER]) {
      const { body } = await post({ offset, limit: 1000 });
      assert.deepEqual(body, { trigger_id: triggerId, executions: [], total: 6, offset, limit: 1000 });
    }
    assert.deepEqual(statusesOf(await post({ offset: 4, limit: 10 })), ["failed", "completed"]);
  });

  it("refuses what is out of bounds, each fault by its place", async () => {
    for (const [field, value, type] of [
      ["offset", -1, "greater_than_equal"],
      ["offset", "50", "integer_type"],
      ["offset", null, "integer_type"],
      ["offset", 1.5, "integer_type"],
      ["limit", 0, "greater_than_equal"],
      ["limit", 1001, "less_than_equal"],
      ["limit", "50", "integer_type"],
      ["status_filter", 5, "string_type"],
      ["triggered_after", "yesterday", "datetime"],
    ] as const) {
      const { status, body } = await post({ [field]: value });
      assert.equal(status, 422, field);
      const faults = body.detail as { loc: unknown; type: string }[];
      assert.deepEqual(
        faults.map((fault) => [fault.loc, fault.type]),
        [[["body", field], type]],
      );
    }
  });

  it("pages by cursor", async () => {
    const first = await post({ limit: 4, cursor: null });
    assert.equal(statusesOf(first).length, 4);
    const second = await post({ limit: 4, cursor: first.body.next_cursor });
    assert.deepEqual(statusesOf(second), ["failed", "completed"]);
    assert.equal(second.body.next_cursor, null);
    assert.equal(second.body.total, 6);
    assert.equal("next_cursor" in (await post({ limit: 4 })).body, false);
    const contradiction = await post({ offset: 1, cursor: first.body.next_cursor });
    assert.deepEqual([contradiction.status, contradiction.body.error.code], [400, "contradictory_bounds"]);
    const other = await createTestTrigger(database.db, tenant, "other");
    for (const cursor of [first.body.next_cursor, "garbage", ""]) {
      const foreign = await post({ cursor }, tenant.headers, other);
      assert.deepEqual([foreign.status, foreign.body.error.code], [400, "foreign_cursor"]);
    }
  });

  it("narrows to a span of time, its begin included and its end not", async () => {
    const span = {
      triggered_after: "2026-01-01T01:00:00.007Z",
      triggered_before: "2026-01-01T05:00:00.007+01:00",
    };
    const answer = await post(span);
    assert.equal(answer.body.total, 3);
    assert.deepEqual(statusesOf(answer), ["completed", "canceled", "failed"]);
    const completed = await post({ ...span, status_filter: "completed" });
    assert.equal(completed.body.total, 1);
  });

  it("is the same list with task ids on the trigger API", async () => {
    const { status, body } = await get("?limit=2&offset=3");
    assert.equal(status, 200);
    assert.deepEqual(body, {
      trigger_id: triggerId,
      executions: [
        {
          task_id: `task_${triggerId.slice(5)}2`,
          triggered_at: "2026-01-01T02:00:00.007Z",
          status: "canceled",
          execution_time_ms: 1202,
          error: null,
        },
        {
          task_id: `task_${triggerId.slice(5)}1`,
          triggered_at: "2026-01-01T01:00:00.007Z",
          status: "failed",
          execution_time_ms: 1201,
          error: "The vectors are gone.",
        },
      ],
      total: 6,
      offset: 3,
      limit: 2,
    });
    assert.equal((await get("?limit=0")).status, 422);
    const first = await get("?limit=5&cursor=");
    assert.deepEqual(statusesOf(await get(`?cursor=${first.body.next_cursor}`)), ["completed"]);
  });

  it("is found by its own namespace only, also when its trigger is disabled", async () => {
    const stranger = await createTenant(database.db);
    const [foreign, unknown] = [
      await post({}, stranger.headers),
      await post({}, tenant.headers, "trig_none"),
    ];
    for (const [answer, id] of [
      [foreign, triggerId],
      [unknown, "trig_none"],
    ] as const) {
      assert.equal(answer.status, 404);
      assert.equal(answer.body.error.message, `trigger '${id}' was not found in this namespace.`);
      assert.deepEqual(answer.body.error.details, { resource: "trigger", id });
    }
    const disabled = await createTestTrigger(database.db, tenant, "disabled");
    await database.db.sql
      .updateTable("triggers")
      .set({ status: "disabled" })
      .where("trigger_id", "=", disabled)
      .execute();
    const { status, body } = await post({}, tenant.headers, disabled);
    assert.deepEqual([status, body.total], [200, 0]);
  });
});
