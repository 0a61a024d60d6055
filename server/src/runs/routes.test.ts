import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import { createTestDatabase, createTestFolder, type TestDatabase } from "../../../test/factories/database.ts";
import {
  addCluster,
  addCollection,
  addExecution,
  createTestRuns,
  documentsInGroups,
  kmeansDefinition,
  readExecution,
} from "../../../test/factories/runs.ts";
import { createKey, createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { createApp } from "../http/app.ts";
import type { App } from "../http/route.ts";
import { silentLogger } from "../platform/logger.ts";
import { claimRun } from "./claim-run.ts";
import { endAttempt } from "./end-attempt.ts";
import { registerExecutionRoutes } from "./routes.ts";
import { createWorker } from "./worker.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;
let tenant: TestTenant;
let stranger: TestTenant;
let app: App;
let runs: ReturnType<typeof createTestRuns>;
let definition: ClusterDefinition;
let clusterId: string;
let completed: string;

interface Answer extends ClusterExecutionResult, ExecutionData {
  readonly cluster_id: string;
  readonly run_id: string;
  readonly centroids: (NonNullable<ClusterExecutionResult["centroids"]>[number] &
    NonNullable<ExecutionData["centroids"]>[number])[];
  readonly results: ClusterExecutionResult[];
  readonly pagination: { readonly total: number | null; readonly next_cursor: string | null };
  readonly total_count: number;
  readonly stats: Record<string, unknown> | null;
  readonly error: { readonly code: string; readonly message: string };
}

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
  tenant = await createTenant(database.db);
  stranger = await createTenant(database.db);
  runs = createTestRuns(database.db, storage.folder);
  app = await createApp({
    db: database.db,
    logger: silentLogger,
    routes: (target) => registerExecutionRoutes(target, runs.deps),
  });
  const documents = documentsInGroups(20, ["one", "two", "three"]);
  definition = kmeansDefinition([await addCollection(database.db, tenant, 4, documents)]);
  clusterId = await addCluster(database.db, tenant, definition);
  completed = await addExecution(database.db, tenant, clusterId, definition);
  const worker = createWorker(runs.deps);
  await worker.runOnce();
  await worker.stop();
});
after(async () => {
  await app.close();
  await storage.remove();
  await database.close();
});

async function call(method: "GET" | "POST", path: string, body?: object, headers = tenant.headers) {
  const response = await app.inject({
    method,
    url: `/v1/clusters/${path}`,
    headers,
    ...(body ? { payload: body } : {}),
  });
  return { status: response.statusCode, body: response.json<Answer>() };
}

test("a completed execution answers with its figures and centroids, also as the latest", async () => {
  const { status, body } = await call("GET", `${clusterId}/executions/${completed}`);
  assert.equal(status, 200);
  assert.deepEqual(
    [body.run_id, body.cluster_id, body.status, body.num_clusters, body.num_points, body.error_message],
    [completed, clusterId, "completed", 3, 60, null],
  );
  assert.deepEqual(Object.keys(body).sort(), [
    "centroids", "changes", "cluster_id", "completed_at", "created_at", "error_message", "llm_labeling_errors", "metrics",
    "num_clusters", "num_points", "run_id", "snapshot", "status",
  ]); // prettier-ignore
  const { taken_at, ...snapshot } = body.snapshot!;
  assert.match(taken_at, /^20\d\d-\d\d-\d\dT/);
  assert.deepEqual(snapshot, {
    documents: 60,
    kept: true,
    same_data_as: null,
    collections: [{ collection_id: definition.collectionIds[0], seq: 0, documents: 60 }],
  });
  assert.ok(body.metrics!.silhouette_score! > 0.9);
  assert.deepEqual(
    body.centroids.map((c) => [c.cluster_id, c.num_members, c.summary]),
    [
      ["cl_0", 20, null],
      ["cl_1", 20, null],
      ["cl_2", 20, null],
    ],
  );
  assert.equal(body.centroids[0]!.label, body.centroids[0]!.keywords!.slice(0, 3).join(", "));
  assert.deepEqual((await call("GET", `${clusterId}/executions`)).body, body);
});

test("a pending execution has zeros, a canceled one reads failed and says canceled", async () => {
  const other = await addCluster(database.db, tenant, definition);
  const none = await call("GET", `${other}/executions`);
  assert.deepEqual([none.status, none.body.error.code], [404, "not_found"]);
  const runId = await addExecution(database.db, tenant, other, definition);
  const pending = (await call("GET", `${other}/executions`)).body;
  assert.deepEqual(
    [
      pending.run_id,
      pending.status,
      pending.num_clusters,
      pending.num_points,
      pending.metrics,
      pending.centroids,
    ],
    [runId, "pending", 0, 0, null, null],
  );
  const early = await call("GET", `${other}/executions/${runId}/artifacts`);
  assert.deepEqual([early.status, early.body.error.code], [400, "no_artifacts"]);

  const canceled = await call("POST", `${other}/executions/${runId}/cancel`);
  assert.deepEqual([canceled.status, canceled.body.status], [200, "failed"]);
  assert.match(canceled.body.error_message!, /^canceled by .*@/);
  const again = await call("POST", `${other}/executions/${runId}/cancel`);
  assert.deepEqual([again.status, again.body.error.code], [400, "execution_finished"]);
  assert.equal((await readExecution(database.db, runId)).status, "canceled");
});

test("an execution that computes stays processing until its process has gone", async () => {
  const other = await addCluster(database.db, tenant, definition);
  const runId = await addExecution(database.db, tenant, other, definition);
  const { db, clock } = runs.deps;
  const lease = await claimRun(db, { clock, worker: "worker_a", leaseMs: 30_000, lastServed: new Map() });
  const asked = await call("POST", `${other}/executions/${runId}/cancel`);
  assert.deepEqual([asked.status, asked.body.status], [200, "processing"]);
  await endAttempt(runs.deps, lease!, { kind: "canceled" });
  assert.equal((await call("GET", `${other}/executions/${runId}`)).body.status, "failed");
});

test("members are paged in the order of the artifact, all or of one cluster", async () => {
  const path = `${clusterId}/executions/${completed}`;
  const all = (await call("GET", `${path}/artifacts?include_members=true`)).body;
  assert.deepEqual([all.total, all.offset, all.limit, all.members!.length], [60, 0, 1000, 60]);
  assert.equal(all.centroids[0]!.vector!.length, 4);
  assert.deepEqual(Object.keys(all.members![0]!).sort(), [
    "cluster_id", "collection_id", "coordinates", "distance", "document_id", "feature",
  ]); // prettier-ignore
  const data = async (body: object) => (await call("POST", `${path}/data`, body)).body;
  const page = await data({ include_members: true, include_centroids: false, offset: 15, limit: 10 });
  assert.deepEqual([page.members, page.centroids], [all.members!.slice(15, 25), null]);
  const one = await data({ cluster_id: "cl_1", include_members: true, offset: 5 });
  assert.equal(one.total, 20);
  assert.deepEqual(
    one.centroids.map((c) => c.cluster_id),
    ["cl_1"],
  );
  assert.deepEqual(one.members, all.members!.filter((member) => member.cluster_id === "cl_1").slice(5));
  const past = await data({ include_members: true, offset: 1000 });
  assert.deepEqual([past.members, past.total, past.offset], [[], 60, 1000]);
  const defaults = (await call("POST", `${path}/data`)).body;
  assert.deepEqual([defaults.members, defaults.centroids.length, defaults.total], [null, 3, 60]);
});

test("the list is newest first, by offset or cursor, with totals when asked for", async () => {
  const other = await addCluster(database.db, tenant, definition);
  const ids = [];
  for (let i = 0; i < 5; i++) {
    ids.unshift(
      await addExecution(
        database.db,
        tenant,
        other,
        definition,
        new Date(Date.UTC(2026, 0, 1, 0, 0, i >> 1)),
      ),
    );
  }
  // Two of them share an instant: then the run id decides.
  const first = (await call("POST", `${other}/executions/list?limit=2&include_total=true`)).body;
  assert.deepEqual([first.total_count, first.pagination.total, first.stats!.total_executions], [5, 5, 5]);
  assert.deepEqual(first.stats!.executions_by_status, { pending: 5 });
  const seen = first.results.map((result) => result.run_id);
  for (let cursor = first.pagination.next_cursor; cursor !== null;) {
    const page = (await call("POST", `${other}/executions/list?limit=2&cursor=${cursor}`, {})).body;
    assert.deepEqual([page.pagination.total, page.stats], [null, null]);
    seen.push(...page.results.map((result) => result.run_id));
    cursor = page.pagination.next_cursor;
  }
  const byOffset = (await call("POST", `${other}/executions/list`)).body.results.map(
    (result) => result.run_id,
  );
  assert.deepEqual(seen, byOffset);
  assert.deepEqual([...seen].sort(), [...ids].sort());
  const stolen = await call("POST", `${clusterId}/executions/list?cursor=${first.pagination.next_cursor}`);
  assert.deepEqual([stolen.status, stolen.body.error.code], [400, "foreign_cursor"]);
});

test("what is not built is refused, what is wrong is 422", async () => {
  const path = `${clusterId}/executions`;
  for (const body of [{ filters: { AND: [] } }, { sort: { field: "status" } }, { search: "x" }]) {
    const { status, body: answer } = await call("POST", `${path}/list`, body);
    assert.deepEqual([status, answer.error.code], [400, "not_supported"]);
  }
  assert.equal((await call("POST", `${path}/list`, { filters: null, sort: null, search: null })).status, 200);
  const members = `${path}/${completed}/artifacts?include_members=true`;
  const threeD = await call("GET", `${members}&projection_method=3d`);
  assert.deepEqual([threeD.status, threeD.body.error.code], [400, "invalid_value"]);
  assert.equal((await call("GET", `${members}&projection_method=2d`)).status, 200);
  for (const body of [
    { limit: 0 },
    { limit: 10_001 },
    { offset: -1 },
    { limit: "5" },
    { cluster_id: "x" },
    { unknown: 1 },
  ]) {
    assert.equal((await call("POST", `${path}/${completed}/data`, body)).status, 422, JSON.stringify(body));
  }
  assert.equal((await call("POST", `${path}/list?limit=1001`)).status, 422);
});

test("unknown, another cluster's and another tenant's are the same 404; the key must allow it", async () => {
  const other = await addCluster(database.db, tenant, definition);
  const gets = ["", "/artifacts"].map((end) => ["GET", end] as const);
  const posts = ["/cancel", "/data"].map((end) => ["POST", end] as const);
  for (const [method, end] of [...gets, ...posts]) {
    const wrongRun = await call(method, `${clusterId}/executions/run_unknown${end}`);
    const wrongCluster = await call(method, `${other}/executions/${completed}${end}`);
    const foreign = await call(
      method,
      `${clusterId}/executions/${completed}${end}`,
      undefined,
      stranger.headers,
    );
    const unknown = await call(
      method,
      `clust_unknown/executions/${completed}${end}`,
      undefined,
      stranger.headers,
    );
    for (const answer of [wrongRun, wrongCluster, foreign, unknown]) {
      assert.deepEqual([answer.status, answer.body.error.code], [404, "not_found"], end);
    }
    assert.equal(foreign.body.error.message, unknown.body.error.message.replace("clust_unknown", clusterId));
  }
  const unknownCluster = await call("POST", `${completed}/executions/list`);
  assert.equal(unknownCluster.status, 404);
  const noSuch = await call("POST", `${clusterId}/executions/${completed}/data`, { cluster_id: "cl_99" });
  assert.deepEqual([noSuch.status, noSuch.body.error.code], [404, "not_found"]);

  const key = await createKey(database.db, tenant.organizationId, tenant.userId, ["read"]);
  const reader = { ...tenant.headers, authorization: `Bearer ${key}` };
  assert.equal((await call("GET", `${clusterId}/executions`, undefined, reader)).status, 200);
  const refused = await call("POST", `${clusterId}/executions/${completed}/cancel`, undefined, reader);
  assert.deepEqual([refused.status, refused.body.error.code], [403, "missing_permission"]);
});
