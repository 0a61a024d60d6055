import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { adjustedRandIndex } from "#kernels/index.ts";

import { createTestDatabase, createTestFolder, type TestDatabase } from "../../../test/factories/database.ts";
import {
  addCluster,
  addCollection,
  addExecution,
  createTestRuns,
  documentsInGroups,
  kmeansDefinition,
  readAttempts,
  readExecution,
} from "../../../test/factories/runs.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { databaseClock } from "../db/database-clock.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import { readCentroids, readMembers } from "./artifacts/read-artifacts.ts";
import type { RunMetrics } from "./run-result.ts";
import { readRunClusters } from "./store.ts";
import { createWorker, type Worker } from "./worker.ts";

let database: TestDatabase;
let storage: Awaited<ReturnType<typeof createTestFolder>>;
let tenant: TestTenant;
let runs: ReturnType<typeof createTestRuns>;
let worker: Worker;

before(async () => {
  database = await createTestDatabase();
  storage = await createTestFolder();
  tenant = await createTenant(database.db);
  runs = createTestRuns(database.db, storage.folder);
  worker = createWorker({ ...runs.deps, clock: databaseClock });
});
after(async () => {
  await worker.stop();
  await storage.remove();
  await database.close();
});

async function runOf(definition: ClusterDefinition) {
  const { db } = database;
  const clusterId = await addCluster(db, tenant, definition);
  const runId = await addExecution(db, tenant, clusterId, definition);
  await worker.runOnce();
  return { clusterId, runId, row: await readExecution(db, runId) };
}

const unit = (vector: readonly number[]) => vector.map((value) => value / Math.hypot(...vector));

const WORDS = ["table", "column", "filter"];

test("a k-means run finds the groups and leaves rows and artifacts that agree", async () => {
  const documents = documentsInGroups(40, WORDS);
  const collectionId = await addCollection(database.db, tenant, 4, documents);
  const { clusterId, runId, row } = await runOf(kmeansDefinition([collectionId]));

  assert.equal(row.error, null);
  assert.equal(row.status, "completed");
  assert.deepEqual([row.num_clusters, row.num_documents], [3, 120]);
  assert.deepEqual([row.attempt, row.lease_owner, row.lease_until], [1, null, null]);
  assert.equal(row.execution_time_ms, row.ended_at!.getTime() - row.started_at!.getTime());
  const metrics = row.metrics as Record<string, number>;
  assert.ok(metrics.silhouette_score! > 0.9, `silhouette ${metrics.silhouette_score}`);
  assert.ok(metrics.davies_bouldin_index! < 0.1 && metrics.calinski_harabasz_score! > 1000);

  const clusters = await readRunClusters(database.db.sql, runId);
  assert.deepEqual(
    clusters.map((cluster) => [cluster.number, cluster.num_members, cluster.keywords![0]]),
    [...new Set(clusters.map((cluster) => cluster.keywords![0]))].map((word, i) => [i, 40, word]),
  );
  assert.deepEqual(clusters.map((cluster) => cluster.keywords![0]).sort(), [...WORDS].sort());
  assert.equal(clusters[0]!.label, clusters[0]!.keywords!.slice(0, 3).join(", "));

  const folder = join(storage.folder, row.artifact_path!);
  const members = await readMembers(folder, { start: 0, end: 1000 });
  assert.equal(members.length, 120);
  assert.ok(members.every((member) => member.collection_id === collectionId));
  const truth = new Map(documents.map((document, i) => [document.id, i % 3]));
  const agreement = adjustedRandIndex(
    members.map((member) => Number(member.cluster_id!.slice(3))),
    members.map((member) => truth.get(member.document_id)!),
  );
  assert.equal(agreement, 1);
  for (const centroid of await readCentroids(folder)) {
    const own = members.filter((member) => member.cluster_id === centroid.cluster_id);
    assert.equal(own.length, centroid.num_members);
    const vectors = own.map((member) => documents.find((d) => d.id === member.document_id)!.vector!);
    const mean = [0, 1, 2, 3].map((j) => vectors.reduce((sum, v) => sum + v[j]!, 0) / vectors.length);
    mean.forEach((value, j) => assert.ok(Math.abs(value - centroid.vector![j]!) < 1e-4));
    own.forEach((member, i) => {
      const distance = Math.hypot(...vectors[i]!.map((value, j) => value - mean[j]!));
      assert.ok(Math.abs(distance - member.distance!) < 1e-3);
      assert.ok(i === 0 || own[i - 1]!.distance! <= member.distance!, "nearest first");
    });
  }
  const [attempt] = await readAttempts(database.db, runId);
  assert.deepEqual([attempt!.outcome, attempt!.worker, attempt!.error], ["completed", worker.workerId, null]);
  assert.deepEqual(runs.ended.at(-1), {
    runId,
    clusterId,
    triggerId: null,
    status: "completed",
    error: null,
    consumed: null,
    triggeredAt: row.triggered_at,
    endedAt: row.ended_at,
  });
});

test("clusters that are the same keep their numbers in the next run, and none is used again", async () => {
  const definition = kmeansDefinition([
    await addCollection(database.db, tenant, 4, documentsInGroups(5, WORDS)),
  ]);
  const { clusterId, runId } = await runOf(definition);
  const again = await addExecution(
    database.db,
    tenant,
    clusterId,
    definition,
    new Date("2026-03-02T00:00:00Z"),
  );
  await worker.runOnce();
  const numbers = async (id: string) => (await readRunClusters(database.db.sql, id)).map((c) => c.number);
  assert.deepEqual(await numbers(runId), [0, 1, 2]);
  assert.deepEqual(await numbers(again), [0, 1, 2]);
  const { changes } = await readExecution(database.db, again);
  assert.equal(
    (changes as { sentence: string }).sentence,
    "All 3 clusters kept; none of the 15 shared documents changed cluster, 0 documents added, 0 removed, adjusted Rand index 1.00.",
  );
});

test("attributes group documents, with groups inside groups when asked for", async () => {
  const documents = [
    ["fr", "paris"], ["fr", "paris"], ["fr", "lyon"], ["de", "berlin"], ["de", null],
  ].map(([country, city], i) => ({ id: `p-${i}`, payload: { country, city, title: `${city} street` } })); // prettier-ignore
  const collectionId = await addCollection(database.db, tenant, 4, documents);
  const { runId, row } = await runOf({
    collectionIds: [collectionId],
    method: { algorithm: "attribute_based", attributes: ["country", "city"], hierarchicalGrouping: true },
    featureName: null,
    normalizeFeatures: false,
    labelPaths: null,
  });
  assert.equal(row.error, null);
  assert.deepEqual([row.num_documents, row.num_clusters], [5, 6]);
  const clusters = await readRunClusters(database.db.sql, runId);
  assert.deepEqual(
    clusters.map((c) => [c.label, c.num_members, c.parent_number]),
    [
      ["fr", 3, null],
      ["de", 2, null],
      ["fr, paris", 2, 0],
      ["de, berlin", 1, 1],
      ["de, (none)", 1, 1],
      ["fr, lyon", 1, 0],
    ],
  );
  assert.deepEqual(clusters[2]!.attributes, { country: "fr", city: "paris" });
  assert.deepEqual(clusters[2]!.keywords, ["paris", "street"]);
  const folder = join(storage.folder, row.artifact_path!);
  const members = await readMembers(folder, { start: 0, end: 10 });
  assert.deepEqual(
    members.map((member) => [member.document_id, member.cluster_id, member.distance]),
    [["p-0", "cl_2", null], ["p-1", "cl_2", null], ["p-2", "cl_5", null], ["p-3", "cl_3", null], ["p-4", "cl_4", null]],
  ); // prettier-ignore
  assert.deepEqual(
    (await readCentroids(folder)).map((centroid) => centroid.vector),
    new Array(6).fill(null),
  );
});

test("what would fail again fails at once, in words that name the cause", async () => {
  const { db } = database;
  const few = await addCollection(db, tenant, 4, documentsInGroups(1, ["alpha", "beta"]));
  const zero = await addCollection(db, tenant, 4, [
    { id: "good", vector: [1, 0, 0, 0] },
    { id: "bad", vector: [0, 0, 0, 0] },
    { id: "fine", vector: [0, 1, 0, 0] },
  ]);
  const empty = await addCollection(db, tenant, 4, []);
  const cases: [ClusterDefinition, string, RegExp][] = [
    [
      kmeansDefinition([few]),
      "too_few_documents",
      /3 clusters need at least 3 documents.*'embedding'.*hold 2/,
    ],
    [kmeansDefinition([empty]), "too_few_documents", /hold/],
    [{ ...kmeansDefinition([zero]), normalizeFeatures: true }, "zero_vector", /document 'bad'/],
    [kmeansDefinition(["col_gone"]), "not_found", /col_gone/],
    [{ ...kmeansDefinition([few]), featureName: "other" }, "unknown_feature", /'other'.*embedding/],
  ];
  for (const [definition, code, message] of cases) {
    const { runId, row } = await runOf(definition);
    assert.deepEqual([row.status, row.error_code, row.attempt], ["failed", code, 1]);
    assert.match(row.error!, message);
    assert.deepEqual([row.num_clusters, row.num_documents, row.artifact_path], [null, null, null]);
    const attempts = await readAttempts(db, runId);
    assert.deepEqual(
      attempts.map((a) => [a.outcome, a.error_code]),
      [["failed", code]],
    );
    assert.equal(runs.ended.at(-1)!.error, row.error);
  }
});

test("only documents that match the filters are clustered; none is an error that names them", async () => {
  const documents = documentsInGroups(30, WORDS);
  const collectionId = await addCollection(database.db, tenant, 4, documents);
  const filters = { AND: [{ field: "group", operator: "in", value: ["table", "filter"] }] };
  const { row } = await runOf({ ...kmeansDefinition([collectionId], { n_clusters: 2 }), filters });
  assert.deepEqual([row.error, row.num_documents, row.num_clusters], [null, 60, 2]);
  const members = await readMembers(join(storage.folder, row.artifact_path!), { start: 0, end: 100 });
  const expected = documents.filter((d) => (d.payload as { group: string }).group !== "column");
  assert.deepEqual(members.map((m) => m.document_id).sort(), expected.map((d) => d.id).sort());
  const nothing = { AND: [{ field: "group", value: "nothing" }] };
  const none = await runOf({ ...kmeansDefinition([collectionId]), filters: nothing });
  assert.deepEqual([none.row.error_code, none.row.attempt], ["too_few_documents", 1]);
  assert.match(
    none.row.error!,
    /matches the cluster's filters \{"AND":\[\{"field":"group","value":"nothing"/,
  );
  const few = await runOf({ ...kmeansDefinition([collectionId], { n_clusters: 100 }), filters });
  assert.match(
    few.row.error!,
    /100 clusters need.*but only 60 in the collections match the cluster's filters/,
  );
});

test("measures that are undefined are null with a reason; equal vectors make fewer clusters than asked for", async () => {
  const same = Array.from({ length: 6 }, (_, i) => ({ id: `s-${i}`, vector: [1, 2, 3, i % 2] }));
  const two = await runOf(kmeansDefinition([await addCollection(database.db, tenant, 4, same)]));
  assert.equal(two.row.num_clusters, 2);
  assert.match((two.row.metrics as { notes: string[] }).notes.join(" "), /3 clusters were asked for.*only 2/);
  const definition = kmeansDefinition([await addCollection(database.db, tenant, 4, same)], { n_clusters: 1 });
  const one = await runOf(definition);
  assert.equal(one.row.status, "completed");
  const metrics = one.row.metrics as Record<string, unknown>;
  assert.equal(metrics.silhouette_score, null);
  assert.match((metrics.notes as string[]).join(" "), /not every measure/i);
});

test("after a run only its snapshot and its published artifacts are left", async () => {
  const { runId, row } = await runOf(
    kmeansDefinition([await addCollection(database.db, tenant, 4, documentsInGroups(5, WORDS))]),
  );
  assert.deepEqual((await readdir(join(storage.folder, "runs", runId))).sort(), ["attempt-1", "snapshot-1"]);
  assert.equal(row.artifact_path, `runs/${runId}/attempt-1`);
  assert.equal((row.snapshot as unknown as SnapshotManifest).folder, `runs/${runId}/snapshot-1`);
});

test("on a sample k-means finds the same groups, assigns every document and says what it did", async () => {
  const documents = documentsInGroups(400, WORDS);
  const collectionId = await addCollection(database.db, tenant, 4, documents);
  const definition = { ...kmeansDefinition([collectionId]), normalizeFeatures: true };
  const whole = await runOf(definition);
  const sampled = await runOf({ ...definition, sampleSize: 150 });
  assert.equal(sampled.row.error, null);
  const members = async ({ row }: typeof whole) =>
    readMembers(join(storage.folder, row.artifact_path!), { start: 0, end: 5000 });
  const [all, some] = [await members(whole), await members(sampled)];
  assert.equal(some.length, 1200);
  const clusterOf = new Map(some.map((member) => [member.document_id, member.cluster_id]));
  const agreement = adjustedRandIndex(
    all.map((member) => Number(member.cluster_id!.slice(3))),
    all.map((member) => Number(clusterOf.get(member.document_id)!.slice(3))),
  );
  assert.equal(agreement, 1);
  const metrics = sampled.row.metrics as unknown as RunMetrics;
  assert.equal(metrics.approximate, true);
  assert.match(
    metrics.notes[0]!,
    /^Fitted on a sample of 150 of 1200 documents, seed 7; the others were assigned/,
  );
  assert.match(metrics.notes.join(" "), /are those of the sample, inertia is over all.*of all 150 rows/);
  const inertia = some.reduce((sum, member) => sum + member.distance! ** 2, 0);
  assert.ok(Math.abs(metrics.inertia! - inertia) < 1e-6 * inertia);
  assert.ok(metrics.inertia! >= (whole.row.metrics as unknown as RunMetrics).inertia!);
  const centroids = await readCentroids(join(storage.folder, sampled.row.artifact_path!));
  assert.deepEqual(
    centroids.map((centroid) => centroid.num_members),
    [400, 400, 400],
  );
  // Each document lies at the nearest of the centres, and as far from it as is said.
  const vectorOf = new Map(documents.map(({ id, vector }) => [id, unit(vector!)]));
  for (const member of some) {
    const away = centroids.map((centroid) =>
      Math.hypot(...centroid.vector!.map((value, j) => value - vectorOf.get(member.document_id)![j]!)),
    );
    const own = centroids.findIndex((centroid) => centroid.cluster_id === member.cluster_id);
    assert.ok(Math.abs(away[own]! - member.distance!) < 1e-5);
    assert.ok(away[own]! <= Math.min(...away) + 1e-5);
  }
  // As large as the collection, it is none.
  const { row } = await runOf({ ...definition, sampleSize: 1200 });
  assert.deepEqual(row.metrics, whole.row.metrics);
});

test("a document that cannot be normalised is named, in the sample or not", async () => {
  const documents = documentsInGroups(100, WORDS);
  const bad = { id: "bad", vector: [0, 0, 0, 0] };
  const collectionId = await addCollection(database.db, tenant, 4, [...documents, bad]);
  const definition = { ...kmeansDefinition([collectionId]), normalizeFeatures: true, sampleSize: 20 };
  const { row } = await runOf(definition);
  assert.deepEqual([row.status, row.error_code, row.attempt], ["failed", "zero_vector", 1]);
  assert.match(row.error!, /document 'bad'/);
});

test("the same seed gives the same clusters in every run", async () => {
  const definition = kmeansDefinition([
    await addCollection(database.db, tenant, 4, documentsInGroups(30, ["one"])),
  ]);
  const grouping = async () => {
    const { row } = await runOf(definition);
    const members = await readMembers(join(storage.folder, row.artifact_path!), { start: 0, end: 100 });
    return members.map((member) => [member.document_id, member.cluster_id, member.distance]);
  };
  assert.deepEqual(await grouping(), await grouping());
});
