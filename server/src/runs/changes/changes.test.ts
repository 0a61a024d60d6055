import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { sql } from "kysely";

import type { ExecutionChanges } from "#contract/changes.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import {
  addCluster,
  createTestRuns,
  kmeansDefinition,
  readExecution,
  type TestRuns,
} from "../../../../test/factories/runs.ts";
import { createTenant } from "../../../../test/factories/tenant.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import { executeCluster } from "../../clusters/execute-cluster.ts";
import { registerLabelRoutes } from "../../clusters/labels/routes.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { addMs } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import { silentLogger } from "../../platform/logger.ts";
import { registerExecutionRoutes } from "../routes.ts";
import { readRunClusters } from "../store.ts";
import { createWorker, type Worker } from "../worker.ts";
import { RunComparer } from "./run-comparer.ts";

let database: TestDatabase;
let room: DocumentsRoom;
let collection: TestCollection;
let runs: TestRuns;
let worker: Worker;
let app: App;

before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  runs = createTestRuns(database.db, room.deps.vectors.storageFolder);
  worker = createWorker(runs.deps);
  app = await createApp({
    db: database.db,
    logger: silentLogger,
    routes: (to) => {
      registerExecutionRoutes(to, runs.deps);
      registerLabelRoutes(to, runs.deps);
    },
  });
});
beforeEach(async () => {
  collection = await createTestCollection(room, [
    { name: "text", dimensions: 2 },
    { name: "image", dimensions: 2 },
  ]);
});
after(async () => {
  await worker.stop();
  await app.close();
  await room.close();
  await database.close();
});

const CENTRES: Readonly<Record<string, readonly [number, number]>> = {
  table: [0, 0],
  column: [40, 0],
  filter: [0, 40],
  chart: [40, 40],
};
type Word = keyof typeof CENTRES;

/** `count` documents about a word, in a cloud of its own; their images lie where `image` says, or alike. */
function about(word: Word, count: number, more: { first?: number; image?: Word; payload?: object } = {}) {
  const { first = 0, image = word, payload = {} } = more;
  const near = (of: Word, i: number) => CENTRES[of]!.map((at, j) => at + ((i * 0.618034 + j * 0.414214) % 1)); // prettier-ignore
  return Array.from({ length: count }, (_, i) => ({
    document_id: `${word}-${first + i}`,
    payload: { title: `${word} ${word}`, ...payload },
    vectors: { text: near(word, first + i), image: near(image, first + i) },
  }));
}

async function put(...documents: ReturnType<typeof about>[]): Promise<void> {
  assert.equal((await collection.ingest(documents.flat())).body.failed, 0);
}

async function remove(documents: ReturnType<typeof about>): Promise<void> {
  for (const { document_id } of documents) await collection.call("DELETE", `/documents/${document_id}`);
}

const kmeans = (clusters: number): ClusterDefinition => ({
  ...kmeansDefinition([collection.id], { n_clusters: clusters, n_init: 5 }),
  featureName: "text",
});
const newCluster = (definition: ClusterDefinition) => addCluster(database.db, collection.tenant, definition);

async function run(clusterId: string): Promise<string> {
  runs.deps.clock.instant = addMs(runs.deps.clock.instant, 1000);
  const runId = newId("run");
  await executeCluster(runs.deps, collection.tenant, clusterId, { runId, actor: "test", sameDataAs: null });
  await worker.runOnce();
  const row = await readExecution(database.db, runId);
  assert.deepEqual([row.error, row.status], [null, "completed"]);
  return runId;
}

/** `cl_<n>` of the run by label. */
async function byLabel(runId: string): Promise<Record<string, number>> {
  const clusters = await readRunClusters(database.db.sql, runId);
  return Object.fromEntries(clusters.map(({ label, number }) => [label, number]));
}

async function ask(
  method: "GET" | "PATCH",
  path: string,
  body?: object,
  headers = collection.tenant.headers,
): Promise<{ status: number; body: any }> {
  const answer = await app.inject({
    method,
    url: `/v1/clusters/${path}`,
    headers,
    ...(body ? { payload: body } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}

async function changesOf(clusterId: string, runId: string, since?: string): Promise<ExecutionChanges> {
  const query = since === undefined ? "" : `?since=${since}`;
  const { status, body } = await ask("GET", `${clusterId}/executions/${runId}/changes${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return body as ExecutionChanges;
}

const told = ({ events }: ExecutionChanges) => events.map(({ type, cluster_id }) => `${type} ${cluster_id}`);

test("clusters keep their numbers, a born one gets a new one, one that was gone comes back under its own", async () => {
  await put(about("table", 60), about("column", 50), about("filter", 40));
  const clusterId = await newCluster(kmeans(3));
  const first = await run(clusterId);
  assert.deepEqual(await byLabel(first), { table: 0, column: 1, filter: 2 });
  await remove(about("filter", 40));
  await put(about("chart", 70), about("table", 5, { first: 60 }));
  const second = await run(clusterId);
  assert.deepEqual(await byLabel(second), { chart: 3, table: 0, column: 1 });
  await remove(about("table", 65));
  await put(about("filter", 40));
  const third = await run(clusterId);
  assert.deepEqual(await byLabel(third), { chart: 3, column: 1, filter: 2 });

  const changes = await changesOf(clusterId, second);
  assert.deepEqual(told(changes), ["born cl_3", "died cl_2"]);
  assert.equal(
    changes.sentence,
    "1 cluster was born (cl_3 'chart', 70 documents), 1 cluster died (cl_2 'filter', 40 documents), 2 kept; " +
      "none of the 110 shared documents changed cluster, 75 documents added, 40 removed, adjusted Rand index 1.00.",
  );
  assert.deepEqual([changes.since_run_id, changes.run_id, changes.cluster_id], [first, second, clusterId]);
  assert.deepEqual(changes.documents, { before: 150, after: 185, shared: 110, added: 75, removed: 40, moved: 0, moved_share: 0 }); // prettier-ignore
  assert.ok(changes.quality.before.silhouette_score! > 0.9 && changes.quality.after.silhouette_score! > 0.9);
  assert.ok(changes.map!.fit! > 0.1 && changes.map!.documents === 110);
  assert.deepEqual(told(await changesOf(clusterId, third)), ["returned cl_2", "died cl_0"]);

  // Any two runs, both ways; the one that a run has left is what is made now, but for the order of examples.
  assert.deepEqual(told(await changesOf(clusterId, third, first)), ["born cl_3", "died cl_0"]);
  assert.deepEqual(told(await changesOf(clusterId, first, third)), ["returned cl_0", "died cl_3"]);
  const comparer = new RunComparer(() => 2 ** 30);
  const [older, newer] = [await readExecution(database.db, first), await readExecution(database.db, second)];
  const side = (row: typeof older) => ({ runId: row.run_id, artifactPath: row.artifact_path!, metrics: row.metrics as never }); // prettier-ignore
  const { storageFolder } = runs.deps;
  const made = await comparer.compare({ storageFolder, clusterId, before: side(older), after: side(newer), returned: [] }); // prettier-ignore
  const { map, ...rest } = made;
  const { map: kept, ...others } = changes;
  assert.deepEqual(rest, others);
  assert.ok(Math.abs(map!.fit! - kept!.fit!) < 1e-4);

  // What is recorded: with the execution, and as an event.
  const answer = await ask("GET", `${clusterId}/executions/${second}`);
  assert.equal(answer.body.changes.sentence, changes.sentence);
  const events = await database.db.sql.selectFrom("events").selectAll().where("cluster_id", "=", clusterId).orderBy("at").execute(); // prettier-ignore
  assert.deepEqual(
    events.map((event) => [event.type, event.run_id, event.namespace_id, event.organization_id]),
    [second, third].map((id) => ["cluster.changed", id, collection.tenant.namespaceId, collection.tenant.organizationId]), // prettier-ignore
  );
  assert.deepEqual(events[0]!.data, answer.body.changes);
});

test("the newest map is laid over the older one, which it is, turned", async () => {
  await put(about("table", 60), about("column", 50), about("filter", 40));
  const clusterId = await newCluster(kmeans(3));
  await run(clusterId);
  const second = await run(clusterId);
  const { map } = await changesOf(clusterId, second);
  assert.ok(map!.fit! > 0.9999, String(map!.fit));
  assert.deepEqual(map!.transform!.matrix.map((row) => row.map((value) => Math.round(Math.abs(value)))), [[1, 0], [0, 1]]); // prettier-ignore
});

test("groups of equal values are the same by the values, inner and outer ones, whatever their documents", async () => {
  const group = (country: string, city: string, first: number, count: number) =>
    about("table", count, { first, payload: { country, city } });
  await put(group("fr", "paris", 0, 6), group("fr", "lyon", 10, 4), group("de", "berlin", 20, 5));
  const clusterId = await newCluster({
    collectionIds: [collection.id],
    method: { algorithm: "attribute_based", attributes: ["country", "city"], hierarchicalGrouping: true },
    featureName: null,
    normalizeFeatures: false,
    labelPaths: null,
  });
  const numbers = await byLabel(await run(clusterId));
  assert.deepEqual(numbers, { fr: 0, de: 1, "fr, paris": 2, "de, berlin": 3, "fr, lyon": 4 });
  // All of Paris moves to Berlin; the Parisians of tomorrow are others.
  await put(group("de", "berlin", 0, 6), group("fr", "paris", 30, 2), group("es", "madrid", 40, 3));
  const second = await run(clusterId);
  const { es: spain, "es, madrid": madrid, ...kept } = await byLabel(second);
  assert.deepEqual(kept, numbers);
  assert.deepEqual([spain, madrid].sort(), [5, 6]);
  const changes = await changesOf(clusterId, second);
  assert.deepEqual(
    changes.moves.map(({ from, to, documents }) => [from, to, documents]),
    [["cl_2", "cl_3", 6]],
  );
  assert.deepEqual(changes.counts.kept, 5);
  assert.ok(told(changes).includes("born cl_5") && told(changes).includes("born cl_6"));
  const rows = await readRunClusters(database.db.sql, second);
  assert.equal(rows.find(({ label }) => label === "es, madrid")!.parent_number, spain);
});

test("features that are clustered by themselves keep numbers of their own", async () => {
  await put(about("table", 40), about("column", 30), about("filter", 20, { image: "column" }));
  const clusterId = await newCluster({
    ...kmeans(2),
    featureName: null,
    several: { names: ["text", "image"], strategy: "independent", weights: null },
  });
  const first = await run(clusterId);
  await put(about("table", 4, { first: 40 }));
  const second = await run(clusterId);
  const clustersOf = async (id: string) =>
    (await readRunClusters(database.db.sql, id)).map(({ number, feature }) => [number, feature]);
  assert.deepEqual(await clustersOf(second), await clustersOf(first));
  const changes = await changesOf(clusterId, second);
  assert.deepEqual(changes.documents, { before: 90, after: 94, shared: 90, added: 4, removed: 0, moved: 0, moved_share: 0 }); // prettier-ignore
  assert.deepEqual(
    changes.features.map(({ feature, adjusted_rand_index }) => [feature, adjusted_rand_index]),
    [
      ["text", 1],
      ["image", 1],
    ],
  );
  assert.equal(changes.adjusted_rand_index, null);
  assert.equal(changes.counts.kept, 4);
});

test("noise is no cluster, and documents that were not of the sample count like the others", async () => {
  await put(about("table", 60), about("column", 50));
  const far = (first: number) => about("chart", 3, { first }).map((one, i) => ({ ...one, vectors: { ...one.vectors, text: [500 * (i + 1), -700] } })); // prettier-ignore
  await put(far(0));
  const dbscan = {
    ...kmeans(2),
    method: { algorithm: "dbscan", params: { eps: 3, min_samples: 4, metric: "euclidean" } },
    sampleSize: 100,
  } as unknown as ClusterDefinition;
  const clusterId = await newCluster(dbscan);
  const first = await run(clusterId);
  // What was noise becomes a cluster, what was one becomes noise.
  await put(about("chart", 30), about("chart", 20, { first: 30 }));
  await remove(about("column", 50).slice(2));
  await put(about("column", 2).map((one, i) => ({ ...one, vectors: { ...one.vectors, text: [-900 * (i + 1), 900] } }))); // prettier-ignore
  const second = await run(clusterId);
  const before = await byLabel(first);
  const after = await byLabel(second);
  assert.equal(after.table, before.table);
  assert.ok(!Object.values(before).includes(after.chart!));
  const changes = await changesOf(clusterId, second);
  assert.ok(changes.moves.some(({ from, to, documents }) => from === null && to === `cl_${after.chart}` && documents === 3)); // prettier-ignore
  assert.ok(changes.moves.some(({ from, to }) => from === `cl_${before.column}` && to === null));
  assert.ok(changes.noise_share.before > 0 && changes.noise_share.after > 0);
  assert.ok(told(changes).includes(`died cl_${before.column}`));
});

test("a label stays with its cluster until most of that is something else, or for good if a person gave it", async () => {
  await put(about("table", 60), about("column", 50));
  const clusterId = await newCluster(kmeans(2));
  const first = await run(clusterId);
  assert.deepEqual(await byLabel(first), { table: 0, column: 1 });
  const rename = (word: Word, title: string, from: number, to: number) =>
    put(about(word, to - from, { first: from, payload: { title } }));
  // Other words on the same documents: the cluster is what it was.
  await rename("table", "sheet sheet", 0, 60);
  const second = await run(clusterId);
  assert.deepEqual(await byLabel(second), { table: 0, column: 1 });
  const words = (await readRunClusters(database.db.sql, second)).map(({ keywords }) => keywords![0]);
  assert.deepEqual(words, ["sheet", "column"]);
  // Four fifths of its documents are others now.
  await put(about("table", 240, { first: 60, payload: { title: "sheet sheet" } }));
  assert.deepEqual(await byLabel(await run(clusterId)), { sheet: 0, column: 1 });

  const given = await ask("PATCH", `${clusterId}/labels`, {
    labels: { cl_1: " My columns ", cl_0: "Sheets" },
  });
  assert.equal(given.status, 200);
  assert.deepEqual(
    given.body.labels.map((one: { cluster_id: string; label: string }) => [one.cluster_id, one.label]),
    [
      ["cl_0", "Sheets"],
      ["cl_1", "My columns"],
    ],
  );
  await put(about("column", 250, { first: 50, payload: { title: "bar bar" } }));
  const last = await run(clusterId);
  assert.deepEqual(await byLabel(last), { Sheets: 0, "My columns": 1 });
  const { body } = await ask("GET", `${clusterId}/executions/${last}`);
  assert.deepEqual(
    body.centroids.map((one: { label_locked: boolean }) => one.label_locked),
    [true, true],
  );
  assert.match((await changesOf(clusterId, last)).sentence, /cl_1 'My columns'/);
  const artifacts = await ask("GET", `${clusterId}/executions/${last}/artifacts`);
  assert.deepEqual(artifacts.body.centroids.map((one: { label: string }) => one.label), ["Sheets", "My columns"]); // prettier-ignore

  const back = await ask("PATCH", `${clusterId}/labels`, { labels: { cl_1: null } });
  assert.equal(back.body.labels.length, 1);
  assert.deepEqual(await byLabel(last), { Sheets: 0, "bar, column": 1 });
  assert.deepEqual((await ask("GET", `${clusterId}/labels`)).body, back.body);
});

test("labels that cannot be given are refused, all or none", async () => {
  await put(about("table", 10), about("column", 10));
  const clusterId = await newCluster(kmeans(2));
  const refused = async (
    labels: unknown,
    status: number,
    headers = collection.tenant.headers,
    id = clusterId,
  ) => {
    const answer = await ask("PATCH", `${id}/labels`, { labels }, headers);
    assert.equal(answer.status, status, JSON.stringify(answer.body));
    return answer.body;
  };
  assert.match((await refused({ cl_0: "early" }, 400)).error.message, /has had no cluster yet/);
  await run(clusterId);
  assert.match((await refused({ cl_0: "fine", cl_2: "no such" }, 400)).error.message, /cl_0 to cl_1/);
  await refused({ cl_0: "   " }, 400);
  for (const wrong of [
    { 0: "x" },
    { cl_0: 3 },
    { cl_0: "" },
    { cl_0: "x".repeat(201) },
    {},
    null,
    { "cl_-1": "x" },
  ]) {
    await refused(wrong, 422);
  }
  await refused({ cl_0: "x" }, 404, collection.tenant.headers, "clust_0000000000000000");
  const stranger = await createTenant(database.db);
  await refused({ cl_0: "x" }, 404, stranger.headers);
  assert.deepEqual((await ask("GET", `${clusterId}/labels`)).body.labels, []);
  assert.equal((await ask("GET", `${clusterId}/labels`, undefined, stranger.headers)).status, 404);
  await refused({ cl_99999999999999999999: "x" }, 400);
});

test("runs that cannot be compared are refused, each with its reason", async () => {
  await put(about("table", 10), about("column", 10));
  const clusterId = await newCluster(kmeans(2));
  const other = await newCluster(kmeans(2));
  const first = await run(clusterId);
  const foreign = await run(other);
  const asked = async (runId: string, since?: string, id = clusterId) => {
    const query = since === undefined ? "" : `?since=${since}`;
    const { status, body } = await ask("GET", `${id}/executions/${runId}/changes${query}`);
    return [status, body.error?.code];
  };
  assert.deepEqual(await asked(first), [400, "nothing_to_compare"]);
  assert.deepEqual(await asked("run_0000000000000000"), [404, "not_found"]);
  assert.deepEqual(await asked(first, "run_0000000000000000"), [404, "not_found"]);
  assert.deepEqual(await asked(first, foreign), [404, "not_found"]);
  assert.deepEqual(await asked(first, undefined, other), [404, "not_found"]);
  assert.deepEqual(await asked(first, undefined, "clust_0000000000000000"), [404, "not_found"]);
  const pending = newId("run");
  await executeCluster(runs.deps, collection.tenant, clusterId, { runId: pending, actor: "test", sameDataAs: null }); // prettier-ignore
  assert.deepEqual(await asked(pending), [400, "no_artifacts"]);
  assert.deepEqual(await asked(first, pending), [400, "no_artifacts"]);
  await worker.runOnce();
  const stranger = await createTenant(database.db);
  assert.equal((await ask("GET", `${clusterId}/executions/${pending}/changes`, undefined, stranger.headers)).status, 404); // prettier-ignore

  const { artifact_path: path } = await readExecution(database.db, first);
  await rm(join(runs.deps.storageFolder, path!), { recursive: true });
  // What the run has left needs no files of the older one.
  assert.equal((await asked(pending))[0], 200);
  assert.deepEqual(await asked(first, pending), [400, "artifacts_gone"]);
});

test("without the files of the runs before every cluster is new, and the run says why", async () => {
  await put(about("table", 10), about("column", 10));
  const clusterId = await newCluster(kmeans(2));
  const first = await run(clusterId);
  const { artifact_path: path } = await readExecution(database.db, first);
  await rm(join(runs.deps.storageFolder, path!), { recursive: true });
  const second = await run(clusterId);
  assert.deepEqual(Object.values(await byLabel(second)).sort(), [2, 3]);
  const row = await readExecution(database.db, second);
  assert.equal(row.changes, null);
  const { notes } = row.metrics as { notes: string[] };
  assert.ok(
    notes.some((note) => note.includes(first) && /are gone/.test(note)),
    notes.join("\n"),
  );
});

test("a deleted cluster takes its given labels and events with it", async () => {
  await put(about("table", 10), about("column", 10));
  const clusterId = await newCluster(kmeans(2));
  await run(clusterId);
  await run(clusterId);
  await ask("PATCH", `${clusterId}/labels`, { labels: { cl_0: "Mine" } });
  const { deleteCluster } = await import("../../clusters/delete-cluster.ts");
  await deleteCluster(runs.deps, collection.tenant.namespaceId, clusterId);
  const { rows } = await sql<{ left: number }>`
    select (select count(*) from events where cluster_id = ${clusterId})
      + (select count(*) from cluster_labels where cluster_id = ${clusterId}) as left`.execute(
    database.db.sql,
  );
  assert.equal(rows[0]!.left, 0);
});
