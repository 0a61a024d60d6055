import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestCollection } from "../../../test/factories/collection.ts";
import { createTestDatabase, createTestFolder, type TestDatabase } from "../../../test/factories/database.ts";
import { createTestExecution } from "../../../test/factories/execution.ts";
import { testRunsDeps } from "../../../test/factories/runs-deps.ts";
import { createKey, createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { createTestTrigger } from "../../../test/factories/trigger.ts";
import { json } from "../db/json.ts";
import { createApp } from "../http/app.ts";
import type { App } from "../http/route.ts";
import { silentLogger } from "../platform/logger.ts";
import { registerClusterRoutes } from "./routes.ts";

type Body = Record<string, unknown> & {
  cluster_id: string;
  error: { code: string; message: string; details: Record<string, unknown> };
  results: (Record<string, unknown> & { cluster_name: string })[];
  pagination: Record<string, unknown>;
  detail: { loc: (string | number)[]; msg: string; type: string }[];
};

describe("the cluster routes", () => {
  let database: TestDatabase;
  let storage: Awaited<ReturnType<typeof createTestFolder>>;
  let app: App;
  let deps: ReturnType<typeof testRunsDeps>;
  let tenant: TestTenant;
  let articles: string;

  before(async () => {
    database = await createTestDatabase();
    storage = await createTestFolder();
    deps = testRunsDeps(database.db, storage.folder);
    app = await createApp({
      db: database.db,
      logger: silentLogger,
      routes: (app) => registerClusterRoutes(app, deps),
    });
    tenant = await createTenant(database.db);
    articles = await createTestCollection(database.db, tenant, "articles", [{ name: "text", dimensions: 4 }]);
  });
  after(async () => {
    await app.close();
    await database.close();
    await storage.remove();
  });

  const call = async (
    method: "GET" | "POST" | "PATCH" | "DELETE",
    url: string,
    payload?: object,
    headers = tenant.headers,
  ) => {
    const response = await app.inject({ method, url, headers, ...(payload ? { payload } : {}) });
    return { status: response.statusCode, body: response.json<Body>() };
  };
  const create = (fields: object, headers = tenant.headers) =>
    call("POST", "/v1/clusters", { collection_ids: [articles], ...fields }, headers);
  const mixture = (algorithm_params: object) => ({
    vector_config: { clustering_method: "gaussian_mixture", algorithm_params },
  });
  const kmeans = (fields: object = {}) => ({ vector_config: { clustering_method: "kmeans", ...fields } });
  const count = async (table: string, where: ReturnType<typeof sql>) => {
    const { rows } = await sql<{
      n: number;
    }>`select count(*) as n from ${sql.table(table)} where ${where}`.execute(database.db.sql);
    return rows[0]!.n;
  };

  it("creates k-means at the contract's defaults and finds it by id and by name", async () => {
    const { status, body } = await create({ cluster_name: "topics", ...kmeans({ feature_uri: "text" }) });
    assert.equal(status, 200);
    assert.match(body.cluster_id, /^clust_[0-9A-Za-z]+$/);
    const { created_at, updated_at, cluster_id, ...rest } = body;
    assert.ok(typeof created_at === "string" && created_at === updated_at);
    assert.deepEqual(rest, {
      cluster_name: "topics",
      description: null,
      namespace_id: tenant.namespaceId,
      input_collections: [articles],
      source_bucket_ids: null,
      filters: null,
      cluster_type: "vector",
      feature_uris: ["text"],
      multi_feature_strategy: null,
      feature_weights: null,
      learned_weights: null,
      learning_quality_score: null,
      effective_feature_method: "mean",
      clustered_attributes: null,
      hierarchical_grouping: null,
      aggregation_method: null,
      output_collection_ids: [],
      output_collection_names: [],
      algorithm: "kmeans",
      algorithm_params: {
        n_clusters: 8,
        max_iter: 300,
        random_state: 42,
        n_init: 10,
        tol: 0.0001,
        init: "k-means++",
      },
      sample_size: null,
      reduce: null,
      coordinates: { method: "pca", dims: 2, from_previous: false },
      reassign_noise: false,
      warm_start: false,
      enrich_source: false,
      source_enrichment_config: null,
      llm_labeling: null,
      num_clusters: null,
      num_documents_clustered: null,
      execution_time_seconds: null,
      hierarchy_detected: false,
      parent_cluster_id: null,
      child_cluster_ids: null,
      hierarchy_relationships: null,
      status: "PENDING",
      last_execution_task_id: null,
      last_executed_at: null,
      completed_at: null,
      llm_labeling_errors: null,
      freshness: {
        last_success_at: null,
        last_success_run_id: null,
        age_seconds: null,
        documents_since: null,
        drift_since: null,
        drift: null,
        next_due_at: null,
        max_age_seconds: null,
        verdict: "never_computed",
        no_op: null,
      },
      placement: null,
      metadata: {},
    });
    for (const identifier of [cluster_id, "topics"]) {
      assert.deepEqual((await call("GET", `/v1/clusters/${identifier}`)).body, body);
    }
  });

  it("takes algorithm_params over kmeans_parameters, and attribute grouping in both its forms", async () => {
    const both = await create(
      kmeans({ kmeans_parameters: { n_clusters: 3, max_iter: 7 }, algorithm_params: { n_clusters: 5 } }),
    );
    assert.match(String(both.body.cluster_name), /^cluster-[0-9A-Za-z]{8}$/);
    const params = both.body.algorithm_params as Record<string, unknown>;
    assert.deepEqual([params.n_clusters, params.max_iter], [5, 300]);
    const older = await create(kmeans({ kmeans_parameters: { n_clusters: 3 } }));
    assert.equal((older.body.algorithm_params as Record<string, unknown>).n_clusters, 3);

    const attribute_config = { attributes: ["brand", "meta.color"], hierarchical_grouping: true };
    for (const fields of [
      { cluster_type: "attribute", attribute_config },
      { vector_config: { clustering_method: "attribute_based" }, attribute_config },
    ]) {
      const { status, body } = await create(fields);
      assert.deepEqual(
        [status, body.cluster_type, body.algorithm, body.clustered_attributes, body.hierarchical_grouping],
        [200, "attribute", "attribute_based", ["brand", "meta.color"], true],
      );
    }
  });

  it("keeps filters as they were sent, and answers them", async () => {
    const filters = {
      AND: [{ field: "lang", value: "de" }],
      NOT: [{ field: "tags", operator: "exists", value: false }],
    };
    const { body } = await create({ ...kmeans(), filters });
    assert.deepEqual(body.filters, filters);
    assert.deepEqual((await call("PATCH", `/v1/clusters/${body.cluster_id}`, {})).body.filters, filters);
    const none = await create({ ...kmeans(), filters: { AND: [] } });
    assert.deepEqual([none.status, none.body.filters], [200, null]);
  });

  it("keeps the sample to fit on, and answers it", async () => {
    const { status, body } = await create(kmeans({ sample_size: 5000 }));
    assert.deepEqual([status, body.sample_size], [200, 5000]);
    const patched = await call("PATCH", `/v1/clusters/${body.cluster_id}`, {});
    assert.equal((patched.body.vector_config as Record<string, unknown>).sample_size, 5000);
  });

  it("keeps reduction, map, centroid and what becomes of noise, and answers them in both shapes", async () => {
    const settings = {
      reduce: { method: "umap", dims: 5 },
      coordinates: { method: "none" },
      reassign_noise: true,
      effective_feature_method: "medoid",
    };
    const vector_config = {
      clustering_method: "hdbscan",
      hdbscan_parameters: { min_cluster_size: 9 },
      ...settings,
    };
    const { status, body } = await create({ vector_config });
    const whole = { method: "umap", dims: 5, n_neighbors: 15, min_dist: 0, metric: "euclidean" };
    const kept = { ...settings, reduce: whole, warm_start: false };
    assert.equal(status, 200);
    const { body: patched } = await call("PATCH", `/v1/clusters/${body.cluster_id}`, {});
    for (const answer of [body, patched.vector_config as Record<string, unknown>]) {
      assert.deepEqual(Object.fromEntries(Object.keys(kept).map((name) => [name, answer[name]])), kept);
      assert.equal((answer.algorithm_params as Record<string, unknown>).min_cluster_size, 9);
    }
    const { body: hierarchical } = await create({ vector_config: { clustering_method: "hierarchical" } });
    assert.equal(hierarchical.algorithm, "agglomerative");
    const { body: warm } = await create(kmeans({ warm_start: true }));
    assert.equal(warm.warm_start, true);
  });

  it("refuses by code what it cannot do, and creates nothing", async () => {
    const before = await count("clusters", sql`true`);
    const foreign = await createTestCollection(database.db, await createTenant(database.db), "foreign", []);
    for (const [fields, status, code] of [
      [{ ...kmeans(), llm_labeling: { enabled: true, response_shape: {} } }, 400, "not_supported"],
      [kmeans({ sample_size: 7 }), 400, "invalid_value"],
      [
        {
          cluster_type: "vector",
          vector_config: { clustering_method: "attribute_based", sample_size: 100 },
          attribute_config: { attributes: ["a"] },
        },
        400,
        "invalid_value",
      ],
      [
        { cluster_type: "attribute", attribute_config: { attributes: ["a", "b", "a"] } },
        400,
        "invalid_value",
      ],
      [kmeans({ feature_uris: ["text", "image"] }), 400, "unknown_feature"],
      [kmeans({ multi_feature_strategy: "weighted" }), 400, "not_supported"],
      [kmeans({ output_strategy: "per_feature" }), 400, "not_supported"],
      [kmeans({ feature_extractor_name: "text" }), 400, "not_supported"],
      [kmeans({ algorithm_params: { copy_x: false } }), 400, "not_supported"],
      [{ vector_config: { clustering_method: "mean_shift" } }, 400, "not_supported"],
      [{ vector_config: { clustering_method: "optics" } }, 400, "not_supported"],
      [{ vector_config: { clustering_method: "spectral" } }, 400, "not_supported"],
      [mixture({ covariance_type: "tied" }), 400, "not_supported"],
      [mixture({ covariance_type: "spherical" }), 400, "not_supported"],
      [mixture({ covariance_type: "round" }), 400, "invalid_value"],
      [kmeans({ dbscan_parameters: { eps: 1 } }), 400, "invalid_value"],
      [kmeans({ warm_start: true, reduce: { method: "pca" } }), 400, "invalid_value"],
      [{ vector_config: { clustering_method: "dbscan", warm_start: true } }, 400, "invalid_value"],
      [kmeans({ feature_uri: "sound" }), 400, "unknown_feature"],
      [kmeans({ feature_uri: "text", feature_uris: ["image"] }), 400, "invalid_value"],
      [{ ...kmeans(), attribute_config: { attributes: ["a"] } }, 400, "invalid_value"],
      [{ ...kmeans(), cluster_name: "clust_abc123" }, 400, "invalid_value"],
      [{ ...kmeans(), cluster_name: " " }, 400, "invalid_value"],
      [{ ...kmeans(), collection_ids: [articles, "col_unknown"] }, 404, "not_found"],
      [{ ...kmeans(), collection_ids: [foreign] }, 404, "not_found"],
    ] as const) {
      const answer = await create(fields);
      assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(fields));
    }
    for (const [fields, loc, message] of [
      [{}, ["body", "vector_config"], /Field required/],
      [{ cluster_type: "attribute" }, ["body", "attribute_config"], /Field required/],
      [{ ...kmeans(), collection_ids: [] }, ["body", "collection_ids"], /fewer than 1/],
      [
        { ...kmeans(), filters: { OR: [{ field: "a", operator: "like", value: "b" }] } },
        ["body", "filters", "OR", 0, "operator"],
        /Unknown operator/,
      ],
      [kmeans({ sample_size: 0 }), ["body", "vector_config", "sample_size"], /or equal to 1/],
      [kmeans({ clustering_method: "kmeens" }), ["body", "vector_config", "clustering_method"], /one of/],
      [
        kmeans({ algorithm_params: { n_cluster: 3 } }),
        ["body", "vector_config", "algorithm_params", "n_cluster"],
        /did you mean 'n_clusters'/,
      ],
      [
        kmeans({ kmeans_parameters: { n_clusters: 1001 } }),
        ["body", "vector_config", "kmeans_parameters", "n_clusters"],
        /1000/,
      ],
    ] as const) {
      const answer = await create(fields);
      assert.equal(answer.status, 422, JSON.stringify(answer.body));
      assert.deepEqual(answer.body.detail[0]!.loc, loc);
      assert.match(answer.body.detail[0]!.msg, message);
    }
    assert.equal(await count("clusters", sql`true`), before);
  });

  it("lists the features there are when the one named is unknown", async () => {
    const { body } = await create(kmeans({ feature_uri: "sound" }));
    assert.deepEqual(body.error.details.features, ["text"]);
  });

  it("keeps names unique in a namespace and only there", async () => {
    assert.equal((await create({ cluster_name: "once", ...kmeans() })).status, 200);
    const again = await create({ cluster_name: "once", ...kmeans() });
    assert.deepEqual([again.status, again.body.error.code], [400, "name_taken"]);
    const other = await createTenant(database.db);
    const theirs = await createTestCollection(database.db, other, "x", [{ name: "v", dimensions: 2 }]);
    const elsewhere = await create(
      { cluster_name: "once", collection_ids: [theirs], ...kmeans() },
      other.headers,
    );
    assert.equal(elsewhere.status, 200);
  });

  it("shows the status of the newest execution and the figures of the last completed", async () => {
    const { body: made } = await create(kmeans());
    const id = made.cluster_id;
    const at = (minute: number) => new Date(Date.UTC(2026, 0, 1, 0, minute));
    await createTestExecution(database.db, tenant, id, {
      status: "completed",
      triggered_at: at(1),
      ended_at: at(2),
      execution_time_ms: 2500,
      num_clusters: 8,
      num_documents: 778,
    });
    const runId = await createTestExecution(database.db, tenant, id, {
      status: "canceled",
      triggered_at: at(3),
    });
    const { body } = await call("GET", `/v1/clusters/${id}`);
    assert.deepEqual(
      [body.status, body.num_clusters, body.num_documents_clustered, body.execution_time_seconds],
      ["CANCELED", 8, 778, 2.5],
    );
    assert.equal(body.completed_at, at(2).toISOString());
    assert.equal(body.last_executed_at, at(3).toISOString());
    assert.equal(body.last_execution_task_id, runId.replace("run_", "task_"));
  });

  it("renames and describes, and answers the contract's other shape", async () => {
    const { body: made } = await create({ cluster_name: "before", ...kmeans({ feature_uri: "text" }) });
    const change = { cluster_name: "after", description: "Weekly topics.", metadata: { team: "search" } };
    const { status, body } = await call("PATCH", "/v1/clusters/before", change);
    assert.equal(status, 200);
    const { vector_config, created_at, updated_at, ...rest } = body;
    assert.ok(String(updated_at) >= String(created_at));
    assert.equal((vector_config as Record<string, unknown>).clustering_method, "kmeans");
    assert.deepEqual(rest, {
      collection_ids: [articles],
      cluster_name: "after",
      description: "Weekly topics.",
      cluster_type: "vector",
      attribute_config: null,
      filters: null,
      llm_labeling: null,
      enrich_source_collection: false,
      source_enrichment_config: null,
      cluster_id: made.cluster_id,
      parquet_path: null,
      members_key: null,
      num_clusters: null,
      cluster_stats: null,
      status: "PENDING",
      task_id: null,
      last_run_id: null,
      freshness: {
        last_success_at: null,
        last_success_run_id: null,
        age_seconds: null,
        documents_since: null,
        drift_since: null,
        drift: null,
        next_due_at: null,
        max_age_seconds: null,
        verdict: "never_computed",
        no_op: null,
      },
      placement: null,
      metadata: { team: "search" },
    });
    const nothing = await call("PATCH", "/v1/clusters/after");
    assert.equal(nothing.body.updated_at, updated_at);
    await create({ cluster_name: "taken", ...kmeans() });
    const taken = await call("PATCH", "/v1/clusters/after", { cluster_name: "taken" });
    assert.deepEqual([taken.status, taken.body.error.code], [400, "name_taken"]);
    assert.equal((await call("PATCH", "/v1/clusters/nothing", change)).status, 404);
  });

  it("lists with sort, search, offset, cursor and total", async () => {
    const mine = await createTenant(database.db);
    const collection = await createTestCollection(database.db, mine, "c", [{ name: "v", dimensions: 2 }]);
    for (const name of ["delta", "alpha", "Alphabet", "beta", "gamma"]) {
      await create({ cluster_name: name, collection_ids: [collection], ...kmeans() }, mine.headers);
    }
    const list = (query: string, body?: object) =>
      call("POST", `/v1/clusters/list${query}`, body, mine.headers);
    const namesOf = (answer: { body: Body }) => answer.body.results.map((cluster) => cluster.cluster_name);

    const all = await list("");
    assert.equal(all.body.total_count, 5);
    assert.deepEqual(namesOf(all), ["gamma", "beta", "Alphabet", "alpha", "delta"]);
    assert.deepEqual(namesOf(await list("", { search: "ALPHA", sort: { field: "created_at" } })), [
      "alpha",
      "Alphabet",
    ]);
    for (const field of ["created_at", "cluster_name", "name", "updated_at"]) {
      for (const direction of ["asc", "desc"]) {
        const sort = { field, direction };
        const whole = namesOf(await list("?limit=1000", { sort }));
        const first = await list("?limit=2&include_total=true", { sort });
        assert.equal(first.body.pagination.total, 5);
        const second = await list(`?limit=2&cursor=${String(first.body.pagination.next_cursor)}`, { sort });
        const third = await list("?limit=2&offset=4", { sort });
        assert.deepEqual([...namesOf(first), ...namesOf(second), ...namesOf(third)], whole);
        assert.equal(third.body.pagination.next_cursor, null);
        const foreign = await list(`?cursor=${String(first.body.pagination.next_cursor)}`, { search: "a" });
        assert.equal(foreign.body.error.code, "foreign_cursor");
      }
    }
    assert.equal((await list("", { sort: { field: "color" } })).body.error.code, "invalid_value");
    assert.equal((await list("", { filters: { AND: [] } })).body.error.code, "not_supported");
    assert.equal((await list("?limit=0")).status, 422);
    assert.equal((await list("?offset=10001")).status, 422);
  });

  it("runs now, never skipped, in the order asked", async () => {
    const { body: made } = await create(kmeans());
    const woken: string[] = [];
    const off = database.db.wakes.on("runs", () => woken.push("runs"));
    const first = await call("POST", `/v1/clusters/${made.cluster_id}/execute`);
    const second = await call("POST", `/v1/clusters/${made.cluster_id}/execute`);
    off();
    assert.deepEqual(
      [first.status, first.body.status, first.body.task_type],
      [200, "PENDING", "engine_cluster_build"],
    );
    assert.deepEqual(first.body.inputs, [articles]);
    assert.equal(await count("executions", sql`cluster_id = ${made.cluster_id} and status = 'pending'`), 2);
    assert.ok(woken.length >= 2);
    const { body } = await call("GET", `/v1/clusters/${made.cluster_id}`);
    assert.equal(body.last_execution_task_id, second.body.task_id);
    assert.equal((await call("POST", "/v1/clusters/clust_unknown/execute")).status, 404);
    for (const [same_data_as, status, code] of [
      ["run_unknown", 404, "not_found"],
      [first.body.task_id, 422, undefined],
      [(first.body.additional_data as Record<string, string>).run_id, 400, "invalid_value"],
    ] as const) {
      const refused = await call("POST", `/v1/clusters/${made.cluster_id}/execute`, { same_data_as });
      assert.deepEqual([refused.status, (refused.body as Partial<Body>).error?.code], [status, code]);
    }
    const kept = await createTestExecution(database.db, tenant, made.cluster_id, { status: "completed" });
    const snapshot = {
      folder: "runs/x/snapshot-1",
      takenAt: "2026-01-01",
      documents: 7,
      textPaths: ["title", "text", "content"],
      attributes: [],
      featureName: "text",
      sources: [{ collectionId: articles }],
    };
    await sql`update executions set snapshot_kept = true, snapshot = ${json(snapshot)} where run_id = ${kept}`.execute(
      database.db.sql,
    );
    const again = await call("POST", `/v1/clusters/${made.cluster_id}/execute`, { same_data_as: kept });
    assert.equal(again.status, 200);
    const { run_id } = again.body.additional_data as Record<string, string>;
    assert.equal(
      await count(
        "executions",
        sql`run_id = ${run_id} and same_data_as = ${kept} and snapshot ->> 'documents' = '7'`,
      ),
      1,
    );
  });

  it("deletes with its triggers, decisions, executions and files", async () => {
    const { body: made } = await create({ cluster_name: "doomed", ...kmeans() });
    const id = made.cluster_id;
    const triggerId = await createTestTrigger(database.db, tenant, "t", id);
    const runId = await createTestExecution(database.db, tenant, id, {
      trigger_id: triggerId,
      trigger_ordinal: 0,
      status: "completed",
    });
    const running = await createTestExecution(database.db, tenant, id, { status: "processing" });
    const kept = await createTestTrigger(database.db, tenant, "kept");
    await sql`insert into decisions (decision_id, trigger_id, first_due, last_due, count, decided_at, outcome, reason)
      select 'dec_' || t, t, now(), now(), 1, now(), 'fired', 'on_time'
      from unnest(${[triggerId, kept]}::text[]) as t`.execute(database.db.sql);
    const file = join(storage.folder, "runs", runId, "attempt-1", "members.parquet");
    await mkdir(join(file, ".."), { recursive: true });
    await writeFile(file, "x");
    const woken: string[] = [];
    const off = database.db.wakes.on("cancels", () => woken.push("cancels"));

    const { status, body } = await call("DELETE", `/v1/clusters/${id}`);
    off();
    assert.deepEqual([status, body.success], [200, true]);
    assert.ok(woken.length > 0);
    assert.equal(existsSync(join(storage.folder, "runs", runId)), false);
    assert.equal(await count("executions", sql`run_id in (${runId}, ${running})`), 0);
    assert.equal(await count("triggers", sql`trigger_id = ${triggerId}`), 0);
    assert.equal(await count("history_blocks", sql`trigger_id = ${triggerId}`), 0);
    assert.equal(await count("decisions", sql`trigger_id = ${triggerId}`), 0);
    assert.equal(await count("decisions", sql`trigger_id = ${kept}`), 1);
    assert.equal((await call("GET", `/v1/clusters/${id}`)).status, 404);
    assert.equal((await call("DELETE", `/v1/clusters/${id}`)).status, 404);
  });

  it("goes by its id where its name is not taken, and the answer says so", async () => {
    const { body: made } = await create(kmeans());
    for (const name of [String(made.cluster_name), "no-such-cluster"]) {
      for (const [method, path] of [
        ["POST", "/execute"],
        ["DELETE", ""],
      ] as const) {
        const answer = await call(method, `/v1/clusters/${name}${path}`);
        assert.deepEqual([answer.status, answer.body.error.code], [404, "not_found"], method);
        assert.match(answer.body.error.message, /goes by its id, clust_…, not by its name/, method);
      }
    }
    const named = await call("GET", `/v1/clusters/${String(made.cluster_name)}`);
    assert.equal(named.body.cluster_id, made.cluster_id);
  });

  it("is another tenant's: not found, on every route, and nothing happens", async () => {
    const { body: made } = await create(kmeans());
    const stranger = await createTenant(database.db);
    const id = made.cluster_id;
    for (const [method, path, payload] of [
      ["GET", "", undefined],
      ["PATCH", "", { description: "mine now" }],
      ["DELETE", "", undefined],
      ["POST", "/execute", undefined],
    ] as const) {
      const answer = await call(method, `/v1/clusters/${id}${path}`, payload, stranger.headers);
      assert.equal(answer.status, 404, method);
      assert.equal(answer.body.error.message, `cluster '${id}' was not found in this namespace.`);
    }
    const { body } = await call("GET", `/v1/clusters/${id}`);
    assert.deepEqual([body.description, body.last_execution_task_id], [null, null]);
  });

  it("needs the permission each route declares", async () => {
    const { body: made } = await create(kmeans());
    const { organizationId, userId } = tenant;
    const key = await createKey(database.db, organizationId, userId, ["read"]);
    const reader = { ...tenant.headers, authorization: `Bearer ${key}` };
    const id = made.cluster_id;
    assert.equal((await call("GET", `/v1/clusters/${id}`, undefined, reader)).status, 200);
    assert.equal((await call("POST", "/v1/clusters/list", {}, reader)).status, 200);
    assert.equal((await create(kmeans(), reader)).status, 403);
    assert.equal((await call("POST", `/v1/clusters/${id}/execute`, {}, reader)).status, 403);
    assert.equal((await call("PATCH", `/v1/clusters/${id}`, {}, reader)).status, 403);
    const removal = await call("DELETE", `/v1/clusters/${id}`, undefined, reader);
    assert.deepEqual([removal.status, removal.body.error.details], [403, { permission: "delete" }]);
  });
});
