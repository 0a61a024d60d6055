import assert from "node:assert/strict";
import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import {
  addCluster,
  addExecution,
  createTestRuns,
  documentsInGroups,
  kmeansDefinition,
  readExecution,
  type TestRuns,
} from "../../../../test/factories/runs.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import { executeCluster } from "../../clusters/execute-cluster.ts";
import { flushStaged } from "../../documents/upkeep/flush.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { cancelExecution } from "../cancel-execution.ts";
import { newId } from "../../platform/ids.ts";
import { addMs } from "../../platform/clock.ts";
import { deleteRunsOfCluster } from "../delete-runs.ts";
import { createRunSweeper } from "../sweep-runs.ts";
import { createWorker, type Worker } from "../worker.ts";
import { letGoOfCollection, letGoOlder } from "./let-go.ts";

let database: TestDatabase;
let room: DocumentsRoom;
let collection: TestCollection;
let definition: ClusterDefinition;
let runs: TestRuns;
let worker: Worker;

before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  runs = createTestRuns(database.db, room.deps.vectors.storageFolder);
  worker = createWorker(runs.deps);
});
beforeEach(async () => {
  collection = await createTestCollection(room, [{ name: "embedding", dimensions: 4 }]);
  const documents = documentsInGroups(100, ["table", "column", "filter"]);
  await collection.ingest(
    documents.map(({ id, payload, vector }) => ({
      document_id: id,
      payload,
      vectors: { embedding: vector },
    })),
  );
  await flushStaged(room.deps, { all: true });
  definition = { ...kmeansDefinition([collection.id], { n_init: 1 }), sampleSize: 100 };
});
after(async () => {
  await worker.stop();
  await room.close();
  await database.close();
});

const owner = () => collection.tenant;
const newCluster = (other: Partial<ClusterDefinition> = {}) =>
  addCluster(database.db, owner(), { ...definition, ...other });

/** Asks for a run, a second after the one before. */
async function ask(clusterId: string, sameDataAs: string | null = null): Promise<string> {
  runs.deps.clock.instant = addMs(runs.deps.clock.instant, 1000);
  const runId = newId("run");
  await executeCluster(runs.deps, owner(), clusterId, { runId, actor: "test", sameDataAs });
  return runId;
}

async function completed(clusterId: string, sameDataAs: string | null = null): Promise<string> {
  const runId = await ask(clusterId, sameDataAs);
  await worker.runOnce();
  const row = await readExecution(database.db, runId);
  assert.equal(row.error, null);
  assert.equal(row.status, "completed");
  return runId;
}

const pathOf = (runId: string, name: string) => join(runs.deps.storageFolder, "runs", runId, name);
const exists = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  );

/** What there is of a run's snapshot: its row says it is kept, its files, its pin. */
async function stateOf(runId: string) {
  const { snapshot_kept } = await readExecution(database.db, runId);
  return [snapshot_kept, await exists(pathOf(runId, "snapshot-1")), await isPinned(runId)];
}

async function isPinned(runId: string): Promise<boolean> {
  const pins = await runs.deps.snapshots.listPins();
  return pins.some(({ tag }) => tag === `runs-${runId}-snapshot-1`);
}

const KEPT = [true, true, true];
const GONE = [false, false, false];

async function artifactsOf(runId: string): Promise<[members: string, centroids: string]> {
  const { artifact_path } = await readExecution(database.db, runId);
  const read = async (name: string) =>
    (await readFile(join(runs.deps.storageFolder, artifact_path!, name))).toString("base64");
  return [await read("members.parquet"), await read("centroids.parquet")];
}

async function refused(asking: Promise<unknown>) {
  const error = (await asking.then(
    () => assert.fail("it was accepted"),
    (thrown: unknown) => thrown,
  )) as { code: string; message: string; details: { readable?: { run_id: string }[] } };
  return {
    code: error.code,
    message: error.message,
    readable: error.details.readable?.map((r) => r.run_id),
  };
}

test("the newest completed run keeps its data; what a failed or canceled one has read goes with it", async () => {
  const clusterId = await newCluster();
  const first = await completed(clusterId);
  assert.deepEqual(await stateOf(first), KEPT);
  const canceled = await ask(clusterId);
  await cancelExecution(runs.deps, canceled, "test");
  const failing = await addExecution(database.db, owner(), clusterId, kmeansDefinition([collection.id], { n_clusters: 2000 })); // prettier-ignore
  await worker.runOnce();
  assert.equal((await readExecution(database.db, failing)).status, "failed");
  assert.deepEqual(await stateOf(failing), GONE);
  assert.deepEqual(await stateOf(first), KEPT, "they are no newer data");
  await database.db.sql.updateTable("clusters").set({ definition: JSON.stringify(definition) as never }).where("cluster_id", "=", clusterId).execute(); // prettier-ignore
  const second = await completed(clusterId);
  assert.deepEqual([await stateOf(first), await stateOf(second)], [GONE, KEPT]);
  assert.ok(await exists(pathOf(first, "attempt-1")), "its result stays");
});

test("so many runs keep their data as is configured, none for 0", async () => {
  for (const keepSnapshots of [0, 2]) {
    Object.assign(runs.deps.config, { keepSnapshots });
    const clusterId = await newCluster();
    const made = [];
    for (let i = 0; i < 3; i++) made.push(await completed(clusterId));
    Object.assign(runs.deps.config, { keepSnapshots: 1 });
    const states = await Promise.all(made.map(stateOf));
    assert.deepEqual(states, keepSnapshots === 0 ? [GONE, GONE, GONE] : [GONE, KEPT, KEPT]);
  }
});

test("a run on the same data finds the same, to the byte, whatever has become of the documents", async () => {
  const clusterId = await newCluster();
  const first = await completed(clusterId);
  // Some are deleted, a fifth has other vectors, many are new; then everything is moved about.
  for (let i = 0; i < 300; i += 100) await collection.call("DELETE", `/documents/doc-${i}`);
  await collection.ingest(
    Array.from({ length: 120 }, (_, i) => ({
      document_id: `doc-${i * 5 + 1}`,
      vectors: { embedding: [i, 1, 2, 3] },
    })),
  );
  await flushStaged(room.deps, { all: true });
  const table = (await room.deps.vectors.open(`${collection.id}_0`))!;
  await table.optimize();
  table.close();
  const again = await completed(clusterId, first);
  assert.deepEqual(await artifactsOf(again), await artifactsOf(first));
  const [one, two] = [await readExecution(database.db, first), await readExecution(database.db, again)];
  assert.deepEqual(two.metrics, one.metrics);
  assert.deepEqual([two.same_data_as, two.snapshot], [first, one.snapshot]);
  const fresh = await completed(clusterId);
  assert.notDeepEqual(await artifactsOf(fresh), await artifactsOf(first), "and the documents have changed");
});

test("runs on the same data need it as its own run does, also those of other clusters", async () => {
  const clusterId = await newCluster();
  const other = await newCluster({ method: kmeansDefinition([], { n_clusters: 2 }).method });
  const first = await completed(clusterId);
  const again = await completed(clusterId, first);
  assert.equal((await readExecution(database.db, first)).snapshot_kept, false);
  assert.deepEqual([await exists(pathOf(first, "snapshot-1")), await isPinned(first)], [true, true]);
  const elsewhere = await completed(other, again);
  assert.equal((await readExecution(database.db, elsewhere)).same_data_as, first, "named by who took it");
  const newer = await completed(clusterId);
  assert.deepEqual(await stateOf(newer), KEPT);
  assert.ok(await exists(pathOf(first, "snapshot-1")), "the other cluster's newest run needs it");
  await completed(other);
  assert.deepEqual([await exists(pathOf(first, "snapshot-1")), await isPinned(first)], [false, false]);
});

test("data that a run waits to read are kept until it has", async () => {
  const clusterId = await newCluster();
  const other = await newCluster();
  const first = await completed(clusterId);
  const waiting = await ask(other, first);
  // Its cluster's turn comes later: another run of the cluster itself completes before.
  await database.db.sql.updateTable("executions").set({ status: "processing", lease_owner: "elsewhere", lease_until: addMs(runs.deps.clock.instant, 600_000) }).where("run_id", "=", waiting).execute(); // prettier-ignore
  await completed(clusterId);
  assert.equal((await readExecution(database.db, first)).snapshot_kept, false);
  assert.deepEqual([await exists(pathOf(first, "snapshot-1")), await isPinned(first)], [true, true]);
  assert.equal((await refused(ask(other, first))).code, "snapshot_gone", "but no other may come");
  await database.db.sql.updateTable("executions").set({ status: "pending", lease_owner: null, lease_until: null }).where("run_id", "=", waiting).execute(); // prettier-ignore
  await cancelExecution(runs.deps, waiting, "test");
  assert.deepEqual([await exists(pathOf(first, "snapshot-1")), await isPinned(first)], [false, false]);
});

test("says why the data of a run cannot be read, and whose can", async () => {
  const clusterId = await newCluster();
  const first = await completed(clusterId);
  const second = await completed(clusterId);
  const gone = await refused(ask(clusterId, first));
  assert.deepEqual([gone.code, gone.readable], ["snapshot_gone", [second]]);
  assert.match(gone.message, new RegExp(`can still be read: ${second} \\(300 documents of 20`));
  const pending = await ask(clusterId);
  const unfinished = await refused(ask(clusterId, pending));
  assert.deepEqual(
    [unfinished.code, /is pending; .* completed/.test(unfinished.message)],
    ["invalid_value", true],
  );
  await cancelExecution(runs.deps, pending, "test");
  assert.equal((await refused(ask(clusterId, "run_unknown"))).code, "not_found");
  const stranger = await createTestCollection(room);
  const foreign = executeCluster(runs.deps, stranger.tenant, clusterId, {
    runId: newId("run"),
    actor: "x",
    sameDataAs: second,
  });
  assert.equal((await refused(foreign)).code, "not_found");
  const attributes = {
    algorithm: "attribute_based",
    attributes: ["group"],
    hierarchicalGrouping: false,
  } as const;
  for (const [other, why] of [
    [{ collectionIds: [collection.id, (await createTestCollection(room, [{ name: "embedding", dimensions: 4 }], owner())).id] }, /documents of col_.*, and the cluster groups those of col_.*, col_/],
    [{ method: attributes, sampleSize: null }, /does not have the attributes group\./],
    [{ filters: { AND: [{ field: "a", value: 1 }] } }, /chosen by the filters null, and the cluster's are {"AND"/],
    [{ labelPaths: ["name"] }, /texts are of title, text, content, and the cluster's labels are made of name/],
  ] as const) {
    const { code, message } = await refused(ask(await newCluster(other), second));
    assert.equal(code, "invalid_value");
    assert.match(message, why);
  } // prettier-ignore
  const { rows } = await countPending();
  assert.equal(rows, 0, "a run that was refused is not there");
});

async function countPending() {
  const { rows } = await database.db.sql.selectFrom("executions").select((e) => e.fn.countAll<number>().as("rows")).where("namespace_id", "=", owner().namespaceId).where("status", "=", "pending").executeTakeFirstOrThrow(); // prettier-ignore
  return { rows };
}

test("fewer of the attributes can be grouped on the same data", async () => {
  const method = (attributes: string[]) =>
    ({ algorithm: "attribute_based", attributes, hierarchicalGrouping: false }) as const;
  const first = await completed(await newCluster({ method: method(["group", "title"]), sampleSize: null }));
  const few = await newCluster({ method: method(["group"]), sampleSize: null });
  const again = await completed(few, first);
  assert.equal((await readExecution(database.db, again)).num_clusters, 3);
  const { code } = await refused(
    ask(await newCluster({ method: method(["other"]), sampleSize: null }), first),
  );
  assert.equal(code, "invalid_value");
});

test("a deleted cluster's data go, but for what another cluster's run needs", async () => {
  const clusterId = await newCluster();
  const other = await newCluster();
  const first = await completed(clusterId);
  const second = await completed(other, first);
  const remove = await database.db.transaction((tx) => deleteRunsOfCluster(runs.deps, tx, clusterId));
  await remove();
  assert.deepEqual(
    [
      await exists(pathOf(first, "attempt-1")),
      await exists(pathOf(first, "snapshot-1")),
      await isPinned(first),
    ],
    [false, true, true],
  );
  await createRunSweeper(runs.deps, { graceMs: 0 }).runOnce();
  const third = await completed(other, second);
  assert.equal((await readExecution(database.db, third)).same_data_as, first);
  const removeOther = await database.db.transaction((tx) => deleteRunsOfCluster(runs.deps, tx, other));
  await removeOther();
  assert.deepEqual([await exists(pathOf(first, "")), await isPinned(first)], [false, false]);
});

test("a deleted collection's data are not kept, and a run that waits for them fails at once", async () => {
  const clusterId = await newCluster();
  const first = await completed(clusterId);
  const waiting = await ask(clusterId, first);
  const uses = await database.db.transaction((tx) => letGoOfCollection(tx, collection.id));
  assert.deepEqual(
    uses.map((use) => use.takenBy),
    [first],
  );
  await collection.call("DELETE", "?force=true");
  assert.equal((await refused(ask(clusterId, first))).code, "snapshot_gone");
  await worker.runOnce();
  const row = await readExecution(database.db, waiting);
  assert.deepEqual([row.status, row.error_code, row.attempt], ["failed", "snapshot_gone", 1]);
  assert.equal(await exists(pathOf(first, "snapshot-1")), false);
});

test("asking for data and letting them go at the same time ends in a refusal or in a run that finds them", async () => {
  const clusterId = await newCluster();
  const other = await newCluster();
  let newest = await completed(clusterId);
  const outcomes = new Set<string>();
  for (let round = 0; round < 3; round++) {
    const asked = newest;
    newest = await ask(clusterId);
    let ended = false;
    const ending = worker.runOnce().finally(() => (ended = true));
    const accepted: string[] = [];
    while (!ended) {
      const outcome = await ask(other, asked).catch((error: unknown) => (error as { code: string }).code);
      if (outcome.startsWith("run_")) accepted.push(outcome);
      outcomes.add(outcome.startsWith("run_") ? "accepted" : outcome);
    }
    await ending;
    assert.deepEqual(await stateOf(newest), KEPT);
    assert.ok(accepted.length > 0);
    assert.deepEqual([await exists(pathOf(asked, "snapshot-1")), await isPinned(asked)], [true, true]);
    // The last of them is computed, the others would be the same.
    for (const runId of accepted.slice(0, -1)) await cancelExecution(runs.deps, runId, "test");
    await worker.runOnce();
    assert.equal((await readExecution(database.db, accepted.at(-1)!)).status, "completed");
  }
  assert.ok(
    [...outcomes].every((outcome) => ["accepted", "snapshot_gone"].includes(outcome)),
    [...outcomes].join(),
  );
});

test("the sweep finds what a kill between the decision and the removal leaves, and nothing else", async () => {
  const clusterId = await newCluster();
  const kept = await completed(clusterId);
  const other = await newCluster();
  const killed = await completed(other);
  // Decided and committed, then killed: nothing was removed.
  await database.db.transaction((tx) => letGoOlder(tx, other, 0));
  const { snapshot } = await readExecution(database.db, killed);
  const manifest = snapshot as unknown as SnapshotManifest;
  // An attempt that pinned and was killed before it could store its snapshot, and one whose artifacts nobody published.
  const deps = { db: database.db, vectors: room.deps.vectors, clock: runs.deps.clock };
  const request = {
    collectionIds: [collection.id],
    featureNames: ["embedding"],
    attributes: [],
    textPaths: null,
  };
  await runs.deps.snapshots.takeSnapshot({ ...request, folder: `runs/${kept}/snapshot-7` });
  await runs.deps.snapshots.takeSnapshot({ ...request, folder: "runs/run_deleted/snapshot-1" });
  const open = await ask(clusterId);
  await runs.deps.snapshots.takeSnapshot({ ...request, folder: `runs/${open}/snapshot-1` });
  await deps.vectors.pin({ collectionId: collection.id, feature: 0 }, "somebody-elses");

  const careful = await createRunSweeper(runs.deps).runOnce();
  assert.equal(careful.folders, 0, "what has changed within the grace is left alone");
  const swept = await createRunSweeper(runs.deps, { graceMs: 0 }).runOnce();
  assert.ok(swept.folders >= 3);
  assert.deepEqual(await stateOf(kept), KEPT);
  assert.deepEqual(await stateOf(killed), GONE);
  assert.ok(await exists(pathOf(killed, "attempt-1")));
  assert.deepEqual(
    [
      await exists(pathOf(kept, "snapshot-7")),
      await exists(pathOf("run_deleted", "")),
      await exists(pathOf(open, "snapshot-1")),
    ],
    [false, false, true],
  );
  const tags = (await runs.deps.snapshots.listPins()).filter((pin) => pin.table === `${collection.id}_0`);
  assert.deepEqual(
    tags.map((pin) => pin.tag).sort(),
    [`runs-${kept}-snapshot-1`, `runs-${open}-snapshot-1`, "somebody-elses"].sort(),
  );
  assert.equal(manifest.folder, `runs/${killed}/snapshot-1`);
  assert.deepEqual(await createRunSweeper(runs.deps, { graceMs: 0 }).runOnce(), { folders: 0, pins: 0 });
  await cancelExecution(runs.deps, open, "test");
});
