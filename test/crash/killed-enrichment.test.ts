import assert from "node:assert/strict";
import { after, it } from "node:test";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import { Api } from "../factories/api.ts";
import { createServerDatabase, TEST_KEY } from "../factories/server-database.ts";
import { killServers, spawnServer } from "../factories/server-process.ts";

after(killServers);

/** ENRICH_DOCUMENTS=100000 asks for more; a unit is of 1,000. */
const DOCUMENTS = Number(process.env.ENRICH_DOCUMENTS ?? 12_000);
const LINES_AT_ONCE = 5_000;
const GROUPS = 5;

const database = await createServerDatabase();
after(() => database.remove());

it(
  `an enrichment of ${DOCUMENTS} documents that kill -9 ends twice is as if it had run once`,
  { timeout: Math.max(900_000, DOCUMENTS * 60) },
  async (t) => {
    let server = await spawnServer(database.env);
    let api = new Api(server.url, TEST_KEY);
    const clusterId = await prepare(api);
    const asked = { clustering_ids: [clusterId], source_collection_id: "things" };
    let cut: number[] = [];
    for (let attempt = 1; cut.length === 0; attempt++) {
      const runId = await runOf(api, clusterId);
      const answered = api.call("POST", "/v1/clusters/enrich", asked).catch(() => undefined);
      await untilProcessed(api, clusterId, runId, DOCUMENTS / 4);
      // Of documents that are done, and of others: ids lie in another order than members.
      await touch(api, "between0");
      await server.kill();
      await answered;
      const processed = await processedNow();
      assert.ok(processed >= DOCUMENTS / 4, `killed at ${processed}`);
      if (processed < DOCUMENTS) cut = [processed];
      else {
        // This process was kept waiting for longer than it took: the next run is to be enriched anew.
        assert.ok(attempt < 10, "it was done before each of 10 kills");
        server = await spawnServer(database.env);
        api = new Api(server.url, TEST_KEY);
      }
    }
    // It goes on by itself, and is killed again wherever it is then.
    server = await spawnServer(database.env);
    await touch(new Api(server.url, TEST_KEY), "between1");
    await server.kill();
    cut.push(await processedNow());
    server = await spawnServer(database.env);
    t.diagnostic(`killed at ${cut.join(" and ")} of ${DOCUMENTS}`);

    api = new Api(server.url, TEST_KEY);
    const began = performance.now();
    const answer = await api.call("POST", "/v1/clusters/enrich", asked);
    t.diagnostic(`the rest took ${Math.round(performance.now() - began)} ms`);
    assert.deepEqual(answer, {
      processed: DOCUMENTS,
      enriched: DOCUMENTS,
      failed: 0,
      batches: Math.ceil(DOCUMENTS / 1_000),
    });
    const once = await allPayloads(api);
    await assertAsTheRunSays(api, clusterId, once);
    // Once more, undisturbed: nothing is left to be written.
    assert.deepEqual(await api.call("POST", "/v1/clusters/enrich", asked), answer);
    assert.deepEqual(await allPayloads(api), once);
    const events = await api.call("GET", "/v1/collections/things");
    assert.equal(events.document_count, DOCUMENTS);
    assert.equal(await server.stop(), 0, server.said());
    await database.look(async (db) => {
      const { rows } = await sql<{ updated: number; touched: number; size: number; sum: number }>`
      select c.total_updated as updated, c.size_bytes as size,
        (select sum(updated)::bigint from document_events e where e.collection_id = c.collection_id) as touched,
        (select sum(size_bytes)::bigint from documents d where d.collection_id = c.collection_id) as sum
      from collections c`.execute(db.sql);
      const [row] = rows;
      assert.equal(row!.updated, 2 * TOUCHED.length, "only what the client changed is an event");
      assert.equal(row!.touched, 2 * TOUCHED.length);
      assert.equal(row!.size, row!.sum);
    });
  },
);

const TOUCHED = ["d0", `d${DOCUMENTS / 2}`, `d${DOCUMENTS - 1}`];

async function touch(api: Api, field: string): Promise<void> {
  for (const id of TOUCHED)
    await api.call("PATCH", `/v1/collections/things/documents/${id}`, { [field]: true });
}

/** While no server runs: one that does goes on at once. */
function processedNow(): Promise<number> {
  return database.look(async (db) => {
    const newestFirst = db.sql.selectFrom("enrichments").select("processed").orderBy("requested_at", "desc");
    return (await newestFirst.executeTakeFirstOrThrow()).processed;
  });
}

/** A collection in five groups and a cluster of it. */
async function prepare(api: Api): Promise<string> {
  await api.call("POST", "/v1/collections", {
    collection_name: "things",
    features: [{ name: "v", dimensions: 2 }],
  });
  for (let from = 0; from < DOCUMENTS; from += LINES_AT_ONCE) {
    const count = Math.min(LINES_AT_ONCE, DOCUMENTS - from);
    await api.call("POST", "/v1/collections/things/documents/ingest", {
      documents: Array.from({ length: count }, (_, at) => {
        const i = from + at;
        const angle = ((i % GROUPS) / GROUPS) * 2 * Math.PI;
        const away = 10 + (i % 97) / 100;
        return {
          document_id: `d${i}`,
          payload: { i },
          vectors: { v: [Math.cos(angle) * away, Math.sin(angle) * away] },
        };
      }),
    });
  }
  const { cluster_id: clusterId } = await api.call("POST", "/v1/clusters", {
    collection_ids: ["things"],
    vector_config: {
      clustering_method: "kmeans",
      algorithm_params: { n_clusters: GROUPS, n_init: 1 },
      coordinates: { method: "none" },
    },
  });
  return clusterId as string;
}

/** Runs the cluster; returns the run's id. */
async function runOf(api: Api, clusterId: string): Promise<string> {
  const { task_id: task } = await api.call("POST", `/v1/clusters/${clusterId}/execute`);
  for (;;) {
    const { status } = await api.call("GET", `/v1/tasks/${task}`);
    if (status === "COMPLETED") break;
    assert.ok(status === "PENDING" || status === "PROCESSING", status);
    await delay(50);
  }
  return (await api.call("GET", `/v1/clusters/${clusterId}/executions`)).run_id as string;
}

async function untilProcessed(api: Api, clusterId: string, runId: string, count: number): Promise<void> {
  for (;;) {
    const { enrichments } = await api.call("GET", `/v1/clusters/${clusterId}/enrichments`);
    const own = enrichments.find((enrichment: any) => enrichment.run_id === runId);
    if (own?.processed >= count) return;
    await delay(5);
  }
}

async function allPayloads(api: Api): Promise<Map<string, any>> {
  const found = new Map<string, any>();
  for (let cursor: string | null = null; ;) {
    const at: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await api.call("POST", `/v1/collections/things/documents/list?limit=1000${at}`, {});
    for (const { _internal, ...document } of page.results) found.set(document.document_id, document);
    cursor = page.pagination.next_cursor;
    if (cursor === null) return found;
  }
}

async function assertAsTheRunSays(api: Api, clusterId: string, documents: Map<string, any>): Promise<void> {
  const { run_id } = await api.call("GET", `/v1/clusters/${clusterId}/executions`);
  assert.equal(documents.size, DOCUMENTS);
  let seen = 0;
  for (let offset = 0; offset < DOCUMENTS; offset += 5_000) {
    const { members, centroids } = await api.call(
      "POST",
      `/v1/clusters/${clusterId}/executions/${run_id}/data`,
      {
        include_members: true,
        limit: 5_000,
        offset,
      },
    );
    const labels = new Map(centroids.map((centroid: any) => [centroid.cluster_id, centroid.label]));
    for (const { document_id, cluster_id, distance } of members) {
      const document = documents.get(document_id);
      const i = Number(document_id.slice(1));
      const touched = TOUCHED.includes(document_id) ? { between0: true, between1: true } : {};
      assert.deepEqual(document, {
        document_id,
        collection_id: document.collection_id,
        document_blobs: [],
        i,
        ...touched,
        cluster_id,
        cluster_label: labels.get(cluster_id) ?? null,
        cluster_distance: distance,
        cluster_run_id: run_id,
      });
      seen += 1;
    }
  }
  assert.equal(seen, DOCUMENTS);
}
