import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import { createWorker, type Worker } from "../../server/src/runs/worker.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let worker: Worker;

const DOCUMENTS = 60;
const TEXT = { name: "text", dimensions: 3 };
const IMAGE = { name: "image", dimensions: 2 };

/** Three groups by text, two by image, six by both; what spreads is far smaller than what parts them. */
const documents = Array.from({ length: DOCUMENTS }, (_, i) => {
  const spread = (j: number) => ((i * 0.618034 + j * 0.414214) % 1) * 0.1;
  const vector = (length: number, group: number) =>
    Array.from({ length }, (_, j) => (j === group ? 5 : 0) + spread(j));
  return { document_id: `d-${i}`, vectors: { text: vector(3, i % 3), image: vector(2, i % 2) } };
});

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db);
  tenant = await createTenant(database.db);
  worker = createWorker(whole.rooms.runs);
  await fill("both", [TEXT, IMAGE]);
  await fill("texts", [TEXT]);
});
after(async () => {
  await worker.stop();
  await whole.close();
  await database.close();
});

async function send(method: "GET" | "POST" | "PATCH", url: string, payload?: object) {
  return whole.app.inject({ method, url, headers: tenant.headers, ...(payload ? { payload } : {}) });
}

async function call<T>(...request: Parameters<typeof send>): Promise<T> {
  const answer = await send(...request);
  assert.ok(
    answer.statusCode < 300,
    `${request[0]} ${request[1]} answered ${answer.statusCode}: ${answer.body}`,
  );
  return answer.json<T>();
}

async function fill(collection: string, features: readonly { readonly name: string }[]): Promise<void> {
  await call("POST", "/v1/collections", { collection_name: collection, features });
  const own = documents.map(({ document_id, vectors }) => ({
    document_id,
    vectors: Object.fromEntries(
      Object.entries(vectors).filter(([of]) => features.some((f) => f.name === of)),
    ),
  }));
  await call("POST", `/v1/collections/${collection}/documents/ingest`, { documents: own });
}

const kmeans = (n_clusters: number, fields: object = {}) => ({
  ...{ clustering_method: "kmeans", algorithm_params: { n_clusters }, ...fields },
});

async function create(vector_config: object, collections = ["both"]): Promise<ClusterMetadata> {
  return call("POST", "/v1/clusters", { collection_ids: collections, vector_config });
}

async function run(clusterId: string) {
  await call("POST", `/v1/clusters/${clusterId}/execute`);
  await worker.runOnce();
  const result = await call<ClusterExecutionResult>("GET", `/v1/clusters/${clusterId}/executions`);
  assert.deepEqual([result.error_message, result.status], [null, "completed"]);
  const url = `/v1/clusters/${clusterId}/executions/${result.run_id}`;
  const data = await call<ExecutionData>("POST", `${url}/data`, { include_members: true });
  return { result, url, data, members: data.members!, centroids: data.centroids! };
}

test("a cluster without a named feature groups by the one that all its collections have", async () => {
  const { cluster_id } = await create(kmeans(3), ["texts", "both"]);
  const { result, centroids } = await run(cluster_id);
  assert.deepEqual([result.num_points, result.num_clusters], [2 * DOCUMENTS, 3]);
  assert.ok(centroids.every(({ vector }) => vector?.length === TEXT.dimensions));
});
