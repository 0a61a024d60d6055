import assert from "node:assert/strict";
import { access } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { makeOld } from "../../../../test/factories/old-snapshot.ts";
import {
  addCluster,
  createTestRuns,
  documentsInGroups,
  kmeansDefinition,
  readExecution,
  type TestRuns,
} from "../../../../test/factories/runs.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import { executeCluster } from "../../clusters/execute-cluster.ts";
import { json } from "../../db/json.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { flushStaged } from "../../documents/upkeep/flush.ts";
import { addMs } from "../../platform/clock.ts";
import { newId } from "../../platform/ids.ts";
import { executionResult } from "../execution-result.ts";
import { findExecution } from "../store.ts";
import { createWorker, type Worker } from "../worker.ts";

let database: TestDatabase;
let room: DocumentsRoom;
let collection: TestCollection;
let runs: TestRuns;
/** Its runs read the features they need. */
let worker: Worker;
/** Its runs' snapshots have the feature `shape`, too. */
let generous: Worker;

before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  runs = createTestRuns(database.db, room.deps.vectors.storageFolder);
  worker = createWorker(runs.deps);
  const { snapshots } = runs.deps;
  generous = createWorker({
    ...runs.deps,
    snapshots: {
      ...snapshots,
      takeSnapshot: (request) =>
        snapshots.takeSnapshot({ ...request, featureNames: ["shape", ...request.featureNames] }),
    },
  });
});
beforeEach(async () => {
  collection = await createTestCollection(room, [
    { name: "embedding", dimensions: 4 },
    { name: "shape", dimensions: 2 },
  ]);
  const documents = documentsInGroups(50, ["table", "column", "filter"]);
  await collection.ingest(
    documents.map(({ id, payload, vector }, i) => ({
      document_id: id,
      payload,
      // Two shapes, and every tenth document has none.
      vectors: { embedding: vector, ...(i % 10 === 9 ? {} : { shape: [i % 2, (i % 7) / 100] }) },
    })),
  );
  await flushStaged(room.deps, { all: true });
});
after(async () => {
  await worker.stop();
  await generous.stop();
  await room.close();
  await database.close();
});

const newCluster = (featureName: string, params: object = {}, other: Partial<ClusterDefinition> = {}) =>
  addCluster(database.db, collection.tenant, {
    ...kmeansDefinition([collection.id], params),
    featureName,
    ...other,
  });

async function ended(clusterId: string, by: Worker, sameDataAs: string | null = null) {
  runs.deps.clock.instant = addMs(runs.deps.clock.instant, 1000);
  const runId = newId("run");
  await executeCluster(runs.deps, collection.tenant, clusterId, { runId, actor: "test", sameDataAs });
  await by.runOnce();
  return readExecution(database.db, runId);
}

const manifestOf = (row: { snapshot: object | null }) => row.snapshot as SnapshotManifest;
const isThere = (snapshot: { folder: string }) =>
  access(join(runs.deps.storageFolder, snapshot.folder)).then(
    () => true,
    () => false,
  );
async function isPinned(runId: string): Promise<boolean> {
  const pins = await runs.deps.snapshots.listPins();
  return pins.some(({ tag }) => tag === `runs-${runId}-snapshot-1`);
}

test("a run on the same data reads those of its features that it needs", async () => {
  const both = await ended(await newCluster("embedding"), generous);
  assert.deepEqual([both.status, both.num_clusters, both.num_documents], ["completed", 3, 135]);
  assert.deepEqual(
    manifestOf(both).features.map(({ name }) => name),
    ["shape", "embedding"],
  );
  const shapes = await ended(await newCluster("shape", { n_clusters: 2 }), worker, both.run_id);
  assert.deepEqual([shapes.status, shapes.num_clusters, shapes.num_documents], ["completed", 2, 135]);
  // Halves by shape; thirds if it had read the other feature.
  const { rows } = await sql<{ num_members: number }>`
    select num_members from run_clusters where run_id = ${shapes.run_id} order by number`.execute(
    database.db.sql,
  );
  assert.deepEqual(
    rows.map((row) => row.num_members),
    [75, 60],
  );
  const own = await ended(await newCluster("embedding"), worker);
  assert.equal(own.num_documents, 150, "alone it needs no shape");
  const many = await ended(await newCluster("shape", { n_clusters: 140 }), worker, both.run_id);
  assert.match(String(many.error), /a vector of the feature 'shape' and 'embedding', but .* 135/);
});

test("data without a feature that the run needs are refused", async () => {
  const first = await ended(await newCluster("embedding"), worker);
  const other = await newCluster("shape");
  await assert.rejects(ended(other, worker, first.run_id), {
    code: "invalid_value",
    message: /it has vectors of 'embedding', and the cluster needs vectors of 'shape'/,
  });
  const bare = await addCluster(database.db, collection.tenant, {
    ...kmeansDefinition([collection.id]),
    method: { algorithm: "attribute_based", attributes: ["group"], hierarchicalGrouping: false },
  });
  const grouped = await ended(bare, worker);
  assert.equal(grouped.status, "completed");
  await assert.rejects(ended(other, worker, grouped.run_id), {
    message: /it has no vectors, and the cluster needs vectors of 'shape'/,
  });
});

test("a snapshot that was stored before there could be several features is read again, answered and let go", async () => {
  const clusterId = await newCluster("embedding");
  const first = await ended(clusterId, worker);
  const old = await makeOld(runs.deps.storageFolder, manifestOf(first));
  await sql`update executions set snapshot = ${json(old)} where run_id = ${first.run_id}`.execute(
    database.db.sql,
  );
  const again = await ended(clusterId, worker, first.run_id);
  assert.deepEqual(
    [again.status, again.same_data_as, again.snapshot, again.metrics],
    ["completed", first.run_id, old, first.metrics],
  );
  const { snapshot } = executionResult(
    (await findExecution(database.db.sql, clusterId, again.run_id))!,
    null,
  );
  assert.deepEqual(snapshot, {
    taken_at: old.takenAt,
    documents: 150,
    kept: true,
    same_data_as: first.run_id,
    collections: [{ collection_id: collection.id, seq: 1, documents: 150 }],
  });
  await assert.rejects(ended(await newCluster("shape"), worker, again.run_id), {
    message: /it has vectors of 'embedding', and the cluster needs vectors of 'shape'/,
  });
  assert.deepEqual([await isThere(old), await isPinned(first.run_id)], [true, true]);
  await ended(clusterId, worker);
  assert.deepEqual([await isThere(old), await isPinned(first.run_id)], [false, false]);
});
