import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import {
  createTestDatabase,
  createTestFolder,
  type TestDatabase,
} from "../../../../test/factories/database.ts";
import { createTestExecution } from "../../../../test/factories/execution.ts";
import { testRunsDeps } from "../../../../test/factories/runs-deps.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { createTestCluster, createTestTrigger } from "../../../../test/factories/trigger.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { newId } from "../../platform/ids.ts";
import { silentLogger } from "../../platform/logger.ts";
import { jobIdOf } from "../job-id.ts";
import { registerTaskRoutes } from "./routes.ts";

interface Body {
  readonly status: string;
  readonly success: boolean;
  readonly error: { code: string; details: object };
  readonly results: { task_id: string; status: string }[];
  readonly pagination: { total: number | null; next_cursor: string | null };
}

describe("the task routes", () => {
  let database: TestDatabase;
  let storage: Awaited<ReturnType<typeof createTestFolder>>;
  let app: App;
  let deps: ReturnType<typeof testRunsDeps>;

  before(async () => {
    database = await createTestDatabase();
    storage = await createTestFolder();
    deps = testRunsDeps(database.db, storage.folder);
    app = await createApp({
      db: database.db,
      logger: silentLogger,
      routes: (app) => registerTaskRoutes(app, deps),
    });
  });
  after(async () => {
    await app.close();
    await database.close();
    await storage.remove();
  });

  const call = async (method: "GET" | "POST" | "DELETE", url: string, key: string, payload?: object) => {
    const headers = { authorization: `Bearer ${key}` };
    const response = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: response.statusCode, body: response.json<Body>() };
  };
  const statusOf = async (runId: string) => {
    const row = await database.db.sql
      .selectFrom("executions")
      .select(["status", "cancel_requested_by"])
      .where("run_id", "=", runId)
      .executeTakeFirstOrThrow();
    return row;
  };

  it("shows an execution as a task of its organization, without a namespace", async () => {
    const tenant = await createTenant(database.db);
    const clusterId = await createTestCluster(database.db, tenant, "c");
    const triggerId = await createTestTrigger(database.db, tenant, "t", clusterId);
    const runId = await createTestExecution(database.db, tenant, clusterId, {
      trigger_id: triggerId,
      trigger_ordinal: 0,
      status: "failed",
      progress: { stage: "kmeans", fraction: 0.5 },
      error: "Too few documents.",
    });
    const { status, body } = await call("GET", `/v1/tasks/${jobIdOf(runId)}`, tenant.key);
    assert.equal(status, 200);
    assert.deepEqual(body, {
      task_id: jobIdOf(runId),
      task_type: "engine_cluster_build",
      status: "FAILED",
      inputs: [],
      outputs: null,
      additional_data: {
        cluster_id: clusterId,
        run_id: runId,
        trigger_id: triggerId,
        progress: { stage: "kmeans", fraction: 0.5 },
      },
      error: "Too few documents.",
    });
    const stranger = await createTenant(database.db);
    for (const [id, key] of [
      [jobIdOf(runId), stranger.key],
      ["task_unknown", tenant.key],
      [runId, tenant.key],
    ] as const) {
      const answer = await call("GET", `/v1/tasks/${id}`, key);
      assert.deepEqual([answer.status, answer.body.error.details], [404, { resource: "task", id }]);
    }
  });

  it("lists newest first over all namespaces, by status, with offset and cursor", async () => {
    const tenant = await createTenant(database.db);
    const other = await secondNamespace(tenant);
    const expected: { id: string; status: string; at: number }[] = [];
    for (const [index, status] of (
      ["completed", "failed", "pending", "completed", "canceled", "completed", "processing"] as const
    ).entries()) {
      const owner = index % 2 === 0 ? tenant : other;
      const clusterId = await createTestCluster(database.db, owner, `c${index}`);
      // Some at the same instant: the run's id decides then.
      const at = Date.UTC(2026, 0, 1, Math.floor(index / 2));
      const runId = await createTestExecution(database.db, owner, clusterId, {
        status,
        triggered_at: new Date(at),
      });
      expected.push({ id: runId, status: status.toUpperCase(), at });
    }
    expected.sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
    const wanted = expected.map(({ id, status }) => ({ id: jobIdOf(id), status }));
    const list = async (query = "", body?: object) => {
      const answer = await call("POST", `/v1/tasks/list${query}`, tenant.key, body);
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      const rows = answer.body.results.map((task) => ({ id: task.task_id, status: task.status }));
      return { rows, pagination: answer.body.pagination };
    };

    assert.deepEqual((await list()).rows, wanted);
    assert.deepEqual((await list("?limit=2&offset=3")).rows, wanted.slice(3, 5));
    const seen = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof list>> = await list(
        `?limit=2&include_total=true${cursor === null ? "" : `&cursor=${cursor}`}`,
      );
      assert.equal(page.pagination.total, 7);
      seen.push(...page.rows);
      cursor = page.pagination.next_cursor;
    } while (cursor !== null);
    assert.deepEqual(seen, wanted);
    for (const status of ["COMPLETED", "PENDING", "CANCELED"]) {
      const page = await list("?include_total=true", { status, task_type: "engine_cluster_build" });
      assert.deepEqual(
        page.rows,
        wanted.filter((task) => task.status === status),
      );
      assert.equal(page.pagination.total, page.rows.length);
    }
    assert.deepEqual((await list("", { status: "ARCHIVED" })).rows, []);
    assert.deepEqual((await list("", { task_type: "materialize" })).rows, []);
    for (const refused of [{ filters: { AND: [] } }, { sort: { field: "status" } }, { search: "x" }]) {
      const answer = await call("POST", "/v1/tasks/list", tenant.key, refused);
      assert.deepEqual([answer.status, answer.body.error.code], [400, "not_supported"]);
    }
    assert.equal((await call("POST", "/v1/tasks/list", tenant.key, { status: "DONE" })).status, 422);
  });

  it("stays inside the namespaces of the key, named by id or by name", async () => {
    const tenant = await createTenant(database.db);
    const other = await secondNamespace(tenant);
    const mine = await createTestExecution(
      database.db,
      tenant,
      await createTestCluster(database.db, tenant, "mine"),
    );
    const theirs = await createTestExecution(
      database.db,
      other,
      await createTestCluster(database.db, other, "theirs"),
    );
    for (const resource_id of [tenant.namespaceId, tenant.namespaceName]) {
      const scope = [{ resource_type: "namespace", resource_id }];
      const key = await createKey(database.db, tenant.organizationId, tenant.userId, ["admin"], scope);
      const { body } = await call("POST", "/v1/tasks/list?include_total=true", key);
      assert.deepEqual(
        body.results.map((task) => task.task_id),
        [jobIdOf(mine)],
      );
      assert.equal(body.pagination.total, 1);
      assert.equal((await call("GET", `/v1/tasks/${jobIdOf(theirs)}`, key)).status, 404);
      assert.equal((await call("DELETE", `/v1/tasks/${jobIdOf(theirs)}`, key)).status, 200);
      assert.equal((await statusOf(theirs)).status, "pending");
    }
  });

  it("cancels what waits at once, asks what computes to end, refuses what has finished", async () => {
    const tenant = await createTenant(database.db);
    const clusterId = await createTestCluster(database.db, tenant, "c");
    const waiting = await createTestExecution(database.db, tenant, clusterId, { status: "pending" });
    const running = await createTestExecution(database.db, tenant, clusterId, { status: "processing" });
    const finished = await createTestExecution(database.db, tenant, clusterId, { status: "completed" });
    await database.db.sql
      .updateTable("executions")
      .set({ lease_owner: "worker_1", attempt: 1, started_at: new Date(Date.UTC(2026, 0, 1)) })
      .where("run_id", "=", running)
      .execute();

    const first = await call("DELETE", `/v1/tasks/${jobIdOf(waiting)}`, tenant.key);
    assert.deepEqual([first.status, first.body.success], [200, true]);
    assert.equal((await statusOf(waiting)).status, "canceled");
    assert.deepEqual(
      deps.ended.filter((ended) => ended.runId === waiting).map((ended) => ended.status),
      ["canceled"],
    );
    assert.equal((await call("GET", `/v1/tasks/${jobIdOf(waiting)}`, tenant.key)).body.status, "CANCELED");

    const woken: string[] = [];
    const off = database.db.wakes.on("cancels", () => woken.push("cancels"));
    assert.equal((await call("DELETE", `/v1/tasks/${jobIdOf(running)}`, tenant.key)).status, 200);
    off();
    const asked = await statusOf(running);
    assert.equal(asked.status, "processing");
    assert.match(String(asked.cancel_requested_by), /@example\.org/);
    assert.ok(woken.length > 0);

    for (const runId of [finished, waiting]) {
      const refused = await call("DELETE", `/v1/tasks/${jobIdOf(runId)}`, tenant.key);
      assert.deepEqual([refused.status, refused.body.error.code], [400, "execution_finished"]);
    }
    for (const id of ["task_unknown", "nonsense"]) {
      assert.equal((await call("DELETE", `/v1/tasks/${id}`, tenant.key)).status, 200);
    }
  });

  async function secondNamespace(tenant: TestTenant): Promise<TestTenant> {
    const namespaceId = newId("ns");
    const { organizationId } = tenant;
    await database.db.sql
      .insertInto("namespaces")
      .values({
        namespace_id: namespaceId,
        organization_id: organizationId,
        name: "second",
        description: null,
      })
      .execute();
    return { ...tenant, namespaceId, namespaceName: "second" };
  }
});
