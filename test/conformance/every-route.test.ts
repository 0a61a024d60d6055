import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { seededRandom } from "../factories/random.ts";
import { createServerDatabase, TEST_KEY, type ServerDatabase } from "../factories/server-database.ts";
import { killServers, spawnServer, type ServerProcess } from "../factories/server-process.ts";
import { assertConforms, coverage, hosted } from "./conformance.ts";

after(killServers);

let database: ServerDatabase;
let server: ServerProcess;

before(async () => {
  database = await createServerDatabase();
  server = await spawnServer(database.env);
});
after(async () => {
  await server.stop();
  await database.remove();
});

interface Call {
  readonly body?: unknown;
  readonly key?: string | null;
  readonly namespace?: string | null;
  readonly query?: string;
  readonly expect?: number;
}

/** Calls a route by the contract's template and holds the answer against it. Returns the body. */
async function call(
  method: string,
  template: string,
  ids: Record<string, string> = {},
  options: Call = {},
): Promise<any> {
  const { key = TEST_KEY, namespace = "default", body, query = "", expect } = options;
  const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(ids[name] ?? ""));
  const response = await fetch(`${server.url}${path}${query}`, {
    method,
    headers: {
      ...(key === null ? {} : { authorization: `Bearer ${key}` }),
      ...(namespace === null ? {} : { "x-namespace": namespace }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const answer: unknown = text === "" ? undefined : JSON.parse(text);
  if (expect !== undefined) assert.equal(response.status, expect, `${method} ${path}: ${text}`);
  else assert.ok(response.ok, `${method} ${path} answered ${response.status}: ${text}`);
  assertConforms(method, template, response.status, answer);
  return answer;
}

describe("every route of the contract we have", () => {
  it("answers in its shape through a life of everything", { timeout: 180_000 }, async () => {
    for (const path of ["/v1/health", "/v1/health/liveness", "/v1/health/beat"])
      await call("GET", path, {}, { key: null });

    await call("POST", "/v1/namespaces", {}, { body: { namespace_name: "second", feature_extractors: [] } });
    const ns = { namespace_identifier: "second" };
    await call("GET", "/v1/namespaces/{namespace_identifier}", ns);
    await call("POST", "/v1/namespaces/list", {}, { body: {} });
    await call("PATCH", "/v1/namespaces/{namespace_identifier}", ns, { body: { description: "another" } });
    await call("PUT", "/v1/namespaces/{namespace_identifier}", ns, { body: { namespace_name: "renamed" } });
    await call("DELETE", "/v1/namespaces/{namespace_identifier}", { namespace_identifier: "renamed" });

    const user = { user_email: "ada@example.org", key_name: "laptop" };
    const keys = "/v1/organizations/users/{user_email}/api-keys";
    await call("POST", keys, user, { body: { name: "laptop", permissions: ["read"] } });
    await call("GET", keys, user);
    await call("PATCH", `${keys}/{key_name}`, user, { body: { description: "hers" } });
    await call("POST", `${keys}/{key_name}/rotate`, user);
    await call("DELETE", `${keys}/{key_name}`, user);

    const random = seededRandom(5);
    const features = [{ name: "v", dimensions: 3 }];
    const made = await call("POST", "/v1/collections", {}, { body: { collection_name: "points", features } });
    const col = { collection_identifier: "points", document_id: "" };
    await call("GET", "/v1/collections/{collection_identifier}", col);
    await call("PATCH", "/v1/collections/{collection_identifier}", col, {
      body: { description: "some points" },
    });
    await call("POST", "/v1/collections/list", {}, { body: {} });
    const documents = Array.from({ length: 60 }, (_, index) => ({
      document_id: `p${index}`,
      payload: {
        title: index % 2 === 0 ? "red apples" : "blue whales",
        kind: index % 2 === 0 ? "fruit" : "animal",
      },
      vectors: { v: [index % 2 === 0 ? 1 : -1, random.next(), random.next()] },
    }));
    const ingest = await fetch(`${server.url}/v1/collections/points/documents/ingest`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${TEST_KEY}`,
        "x-namespace": "default",
        "content-type": "application/json",
      },
      body: JSON.stringify({ documents }),
    });
    assert.equal(ingest.status, 200, await ingest.text());
    const created = await call("POST", "/v1/collections/{collection_identifier}/documents", col, {
      body: {
        collection_id: made.collection_id,
        metadata: { title: "one more" },
        features: [{ feature_extractor_id: "v", vectors: { v: [1, 0, 0] } }],
      },
    });
    const doc = { ...col, document_id: created.document_id as string };
    await call("GET", "/v1/collections/{collection_identifier}/documents/{document_id}", doc, {
      query: "?return_vectors=true",
    });
    await call("POST", "/v1/collections/{collection_identifier}/documents/list", col, {
      body: {},
      query: "?include_total=true&limit=5",
    });
    await changeDocuments(col, doc);
    await call("DELETE", "/v1/collections/{collection_identifier}/documents/{document_id}", doc);

    const cluster = await call(
      "POST",
      "/v1/clusters",
      {},
      {
        body: {
          collection_ids: ["points"],
          cluster_name: "kinds",
          vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
        },
      },
    );
    const id = { cluster_id: cluster.cluster_id as string, cluster_identifier: "kinds" };
    await call("GET", "/v1/clusters/{cluster_identifier}", id);
    await call("PATCH", "/v1/clusters/{cluster_identifier}", id, { body: { description: "by side" } });
    await call("POST", "/v1/clusters/list", {}, { body: {} });
    const task = await call("POST", "/v1/clusters/{cluster_id}/execute", id);
    const run = { ...id, task_id: task.task_id as string, run_id: task.additional_data.run_id as string };
    await untilEnded(run.task_id);
    await call("GET", "/v1/clusters/{cluster_id}/executions", id);
    const result = await call("GET", "/v1/clusters/{cluster_id}/executions/{run_id}", run);
    assert.equal(result.status, "completed");
    assert.equal(result.num_clusters, 2);
    const again = await call("POST", "/v1/clusters/{cluster_id}/execute", id, {
      body: { same_data_as: run.run_id },
    });
    await untilEnded(again.task_id as string);
    const same = await call("GET", "/v1/clusters/{cluster_id}/executions", id);
    assert.deepEqual([same.status, same.snapshot.same_data_as], ["completed", run.run_id]);
    await call("POST", "/v1/clusters/{cluster_id}/executions/list", id, { body: {} });
    const enriched = await call(
      "POST",
      "/v1/clusters/enrich",
      {},
      { body: { clustering_ids: ["kinds"], source_collection_id: "points" } },
    );
    assert.deepEqual(enriched, { processed: 60, enriched: 60, failed: 0, batches: 1 });
    await call(
      "POST",
      "/v1/clusters/enrich",
      {},
      { body: { clustering_ids: ["kinds"], source_collection_id: "none" }, expect: 404 },
    );
    await ours("GET", `/v1/clusters/${id.cluster_id}/enrichments`, ["enrichments"]);
    await call("PATCH", "/v1/clusters/{cluster_identifier}", id, { body: { place_new_documents: true } });
    await ours("GET", `/v1/clusters/${id.cluster_id}/placements`, [
      "cluster_id",
      "next_cursor",
      "placement",
      "placements",
    ]);
    await call("GET", "/v1/clusters/{cluster_identifier}", id);

    const config = { collection_ids: ["points"], config: { algorithm: "kmeans", n_clusters: 2 } };
    const trigger = await call(
      "POST",
      "/v1/clusters/triggers",
      {},
      {
        body: {
          execution_config: config,
          trigger_type: "cron",
          schedule_config: { cron_expression: "0 3 * * *", timezone: "Europe/Berlin" },
        },
      },
    );
    const trig = { trigger_id: trigger.trigger_id as string };
    const below = "/v1/clusters/triggers/{trigger_id}";
    await call("GET", below, trig);
    await call("POST", "/v1/clusters/triggers/list", {}, { body: {} });
    await call("PATCH", below, trig, { body: { description: "nightly" } });
    await call("POST", `${below}/pause`, trig);
    await call("POST", `${below}/resume`, trig);
    const general = await call(
      "POST",
      "/v1/triggers",
      {},
      {
        body: {
          action_type: "cluster",
          action_config: { cluster_id: id.cluster_id },
          trigger_type: "interval",
          schedule_config: { interval_seconds: 3600 },
        },
      },
    );
    const other = { trigger_id: general.trigger_id as string };
    await call("POST", "/v1/triggers/list", {}, { body: {} });
    await call("GET", "/v1/triggers/{trigger_id}", other);
    await call("PATCH", "/v1/triggers/{trigger_id}", other, {
      body: { schedule_config: { interval_seconds: 7200 } },
    });
    await call("POST", "/v1/triggers/{trigger_id}/pause", other);
    await call("POST", "/v1/triggers/{trigger_id}/resume", other);
    const manual = await call("POST", "/v1/triggers/{trigger_id}/execute", other);
    await untilEnded(manual.task_id as string);
    const history = await call("POST", `${below}/history`, other, { body: {} });
    assert.equal(history.total, 1);
    await call("GET", "/v1/triggers/{trigger_id}/history", other);
    await call("GET", "/v1/tasks/{task_id}", run);
    await call("POST", "/v1/tasks/list", {}, { body: {} });

    const changes = await ours(
      "GET",
      `/v1/clusters/${id.cluster_id}/executions/${same.run_id as string}/changes?since=${run.run_id}`,
      [
        ...[
          "adjusted_rand_index",
          "cluster_id",
          "clusters",
          "counts",
          "documents",
          "events",
          "features",
          "map",
        ],
        ...[
          "moves",
          "noise_share",
          "normalized_mutual_information",
          "notes",
          "quality",
          "run_id",
          "sentence",
        ],
        "since_run_id",
      ],
    );
    assert.deepEqual([changes.counts.kept, changes.events], [2, []]);
    const labels = { labels: { cl_0: "Ours" } };
    const given = await ours(
      "PATCH",
      `/v1/clusters/${id.cluster_id}/labels`,
      ["cluster_id", "labels"],
      labels,
    );
    assert.equal(given.labels[0].label, "Ours");
    await ours("GET", `/v1/clusters/${id.cluster_id}/labels`, ["cluster_id", "labels"]);
    await ours(
      "GET",
      `/v1/clusters/${id.cluster_id}/executions/${run.run_id}/artifacts?include_members=true&limit=5`,
      ["centroids", "cluster_id", "limit", "members", "offset", "run_id", "total"],
    );
    const data = await ours(
      "POST",
      `/v1/clusters/${id.cluster_id}/executions/${run.run_id}/data`,
      ["centroids", "cluster_id", "limit", "members", "offset", "run_id", "total"],
      { include_members: true, limit: 1000 },
    );
    assert.equal(data.total, 60);
    assert.equal(data.members.length, 60);
    assert.deepEqual(Object.keys(data.members[0]).sort(), [
      "cluster_id",
      "collection_id",
      "coordinates",
      "distance",
      "document_id",
      "feature",
    ]);
    const decided = await ours(
      "POST",
      `/v1/clusters/triggers/${other.trigger_id}/decisions`,
      ["decisions", "next_cursor"],
      {},
    );
    assert.equal(decided.decisions[0].reason, "manual");
    const measured = `/v1/clusters/triggers/${other.trigger_id}/measurements`;
    assert.deepEqual((await ours("POST", measured, ["measurements"], {})).measurements, []);
    await ours("GET", `/v1/clusters/triggers/${trig.trigger_id}/explain`, [
      "decisions",
      "due",
      "next",
      "state_changes",
      "text",
    ]);
    const draft = {
      trigger_type: "cron",
      schedule_config: { cron_expression: "30 2 * * *", timezone: "America/New_York", dst: "skip" },
      from: "2026-03-07T12:00:00Z",
      count: 1,
    };
    const foreseen = await ours(
      "POST",
      "/v1/clusters/triggers/preview",
      ["occurrences", "skipped", "through"],
      draft,
    );
    assert.equal(foreseen.skipped[0].local, "2026-03-08T02:30:00-04:00");
    const tested = [
      "actual", "after", "assumptions", "before", "by_reason", "decisions", "decisions_total", "expected_compute_minutes",
      "firings", "resume", "run_duration_from", "run_duration_ms", "suppressed", "text", "unknown",
    ]; // prettier-ignore
    const past = await ours("POST", `/v1/clusters/triggers/${other.trigger_id}/backtest`, tested, {});
    assert.equal(past.actual.by_reason.manual.decisions, 1);
    await ours("POST", "/v1/clusters/triggers/backtest", tested, {
      cluster_id: id.cluster_id,
      trigger_type: "event",
      schedule_config: { event_type: "documents_added", event_threshold: 10 },
    });
    const openapi = await ours("GET", "/openapi.json", ["components", "info", "openapi", "paths"]);
    for (const path of Object.keys(hosted.paths)) assert.ok(path in openapi.paths, `OpenAPI lists ${path}`);

    await call("POST", `${below}/pause`, other);
    const waiting = await call("POST", "/v1/clusters/{cluster_id}/execute", id);
    const canceled = {
      ...id,
      run_id: waiting.additional_data.run_id as string,
      task_id: waiting.task_id as string,
    };
    const cancel = await fetch(
      `${server.url}/v1/clusters/${id.cluster_id}/executions/${canceled.run_id}/cancel`,
      {
        method: "POST",
        headers: { authorization: `Bearer ${TEST_KEY}`, "x-namespace": "default" },
      },
    );
    // It may have ended before we asked: both answers are of the contract.
    assertConforms(
      "POST",
      "/v1/clusters/{cluster_id}/executions/{run_id}/cancel",
      cancel.status,
      await cancel.json(),
    );
    await untilEnded(canceled.task_id);
    await call("DELETE", "/v1/tasks/{task_id}", canceled, { expect: 400 });
    await call("DELETE", "/v1/tasks/{task_id}", { task_id: "task_unknown" });

    await call("DELETE", below, trig);
    await call("DELETE", "/v1/triggers/{trigger_id}", other);
    await call("DELETE", "/v1/clusters/{cluster_id}", id);
    await call("DELETE", "/v1/collections/{collection_identifier}", col, { query: "?force=true" });
  });

  it("refuses in the contract's shapes: no key, no namespace, unknown, wrong body", async () => {
    for (const [path, methods] of Object.entries(hosted.paths)) {
      for (const method of Object.keys(methods).filter((name) => name !== "parameters")) {
        if (path.startsWith("/v1/health")) continue;
        const ids = {
          trigger_id: "trig_none",
          cluster_id: "clust_none",
          cluster_identifier: "clust_none",
          run_id: "run_none",
          task_id: "task_none",
          collection_identifier: "col_none",
          document_id: "doc_none",
          namespace_identifier: "ns_none",
          user_email: "none@example.org",
          key_name: "none",
        };
        const body = "requestBody" in methods[method]! ? {} : undefined;
        await call(method.toUpperCase(), path, ids, { key: null, expect: 401, body });
        await call(method.toUpperCase(), path, ids, { key: "sk_unknown_key", expect: 401, body });
        const needsNamespace = JSON.stringify(methods[method]).includes("X-Namespace");
        if (needsNamespace) {
          await call(method.toUpperCase(), path, ids, { namespace: null, expect: 422, body });
          await call(method.toUpperCase(), path, ids, { namespace: "ns_none", expect: 404, body });
        }
        if (body !== undefined) await call(method.toUpperCase(), path, ids, { body: [1, 2], expect: 422 });
        if (method.toUpperCase() === "GET" && path.includes("{") && !path.includes("user_email"))
          await call("GET", path, ids, { expect: 404 });
      }
    }
  });

  it("left none out", (t) => {
    const { lines, missing } = coverage();
    for (const line of lines) t.diagnostic(line);
    assert.deepEqual(missing, []);
  });
});

/** The routes that change, list and aggregate documents; leaves the 60 points and `doc` as they were found. */
async function changeDocuments(col: Record<string, string>, doc: Record<string, string>): Promise<void> {
  const base = "/v1/collections/{collection_identifier}/documents";
  await call("PUT", `${base}/{document_id}`, doc, { body: { title: "another", shade: "dark" } });
  const patched = await call("PATCH", `${base}/{document_id}`, doc, {
    body: { shade: "light", vectors: { v: [0, 1, 0] } },
  });
  assert.deepEqual([patched.title, patched.shade], ["another", "light"]);
  await call("PATCH", `${base}/{document_id}`, doc, { body: { document_id: "x" }, expect: 400 });
  await call("PUT", `${base}/{document_id}`, { ...doc, document_id: "none" }, { body: {}, expect: 404 });

  const fruit = { AND: [{ field: "kind", operator: "eq", value: "fruit" }], OR: null, case_sensitive: false };
  const listed = await call("POST", `${base}/list`, col, {
    body: {
      filters: fruit,
      sort: { field: "title", direction: "desc" },
      search: "apples",
      select: ["title"],
      return_vectors: true,
    },
    query: "?include_total=true&limit=7",
  });
  assert.deepEqual([listed.results.length, listed.pagination.total], [7, 30]);
  const grouped = await call("POST", `${base}/list`, col, { body: { group_by: "kind" } });
  assert.equal(grouped.groups.length, 3);
  await call("POST", `${base}/list`, col, { body: { filters: { kind: "fruit" } }, expect: 422 });
  await call("POST", `${base}/list`, col, { body: { cursor: "none" }, expect: 400 });
  const figures = await call("POST", `${base}/aggregate`, col, {
    body: {
      group_by: [{ field: "kind", alias: null, date_trunc: null, date_part: null }],
      aggregations: [{ function: "count", alias: "documents" }],
      filters: fruit,
    },
  });
  assert.deepEqual(figures.results, [{ group: { kind: "fruit" }, metrics: { documents: 30 } }]);
  await call("POST", `${base}/aggregate`, { collection_identifier: "none" }, { body: {}, expect: 422 });

  const bulk = await call("PATCH", `${base}/bulk`, col, {
    body: { filters: fruit, update_data: { ripe: true } },
  });
  assert.equal(bulk.updated_count, 30);
  const updates = [
    { document_id: "p0", update_data: { ripe: false } },
    { document_id: "none", update_data: {} },
  ];
  const batch = await call("POST", `${base}/batch`, col, { body: { updates } });
  assert.deepEqual([batch.updated_count, batch.failed_count], [1, 1]);
  await call("POST", `${base}/batch`, col, { body: { updates, filters: fruit }, expect: 400 });
  await call("POST", `${base}/batch`, col, { body: { filters: fruit, update_data: { ripe: null } } });
  const gone = await call("DELETE", `${base}/batch`, col, { body: { document_ids: ["none"] } });
  assert.deepEqual([gone.deleted_count, gone.results[0].success], [0, false]);
  await call("DELETE", `${base}/batch`, col, { body: { filters: { field: "kind", value: "stone" } } });
  await call("DELETE", `${base}/batch`, col, { body: {}, expect: 400 });
}

/** Calls a route that is ours and holds the answer's fields against the design's. */
async function ours(method: string, path: string, fields: string[], body?: unknown): Promise<any> {
  const response = await fetch(`${server.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${TEST_KEY}`,
      "x-namespace": "default",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer: any = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  assert.deepEqual(Object.keys(answer).sort(), fields);
  return answer;
}

async function untilEnded(taskId: string): Promise<void> {
  for (let look = 0; look < 600; look++) {
    const { status } = await call("GET", "/v1/tasks/{task_id}", { task_id: taskId });
    if (["COMPLETED", "FAILED", "CANCELED"].includes(status as string)) return;
    await delay(50);
  }
  assert.fail(`${taskId} did not end within 30 seconds`);
}
