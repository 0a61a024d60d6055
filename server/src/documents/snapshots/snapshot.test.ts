import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
} from "../../../../test/factories/documents-room.ts";
import { readSnapshotInChild, readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import { flushStaged } from "../upkeep/flush.ts";
import { resolveFeatures } from "../resolve-feature.ts";
import { readSnapshotDocuments, SnapshotGone, SnapshotVectors } from "./snapshot-reader.ts";
import { takeSnapshot, unpinSnapshot, type SnapshotManifest, type SnapshotRequest } from "./snapshot.ts";

let database: TestDatabase;
let room: DocumentsRoom;
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
});
after(async () => {
  await room.close();
  await database.close();
});

let snapshots = 0;
const take = (collectionIds: string[], more: Partial<SnapshotRequest> = {}) =>
  takeSnapshot(room.deps, {
    collectionIds,
    featureNames: ["text"],
    attributes: [],
    textPaths: null,
    folder: `runs/run_${++snapshots}/attempt-1/snapshot`,
    ...more,
  });

/** Ids and vectors of the snapshot, read as a run does. */
async function read(manifest: SnapshotManifest): Promise<Record<string, number[]>> {
  return Object.fromEntries(await readSnapshotVectors(room.deps.vectors.storageFolder, manifest));
}

const numbered = (prefix: string, from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    document_id: `${prefix}${from + i}`,
    payload: { title: `T${from + i}`, deep: { kind: i % 3 } },
    vectors: { text: [from + i, -1] },
  }));

test("reads documents of several collections in order, stored and staged vectors alike", async () => {
  const one = await createTestCollection(room);
  const two = await createTestCollection(room, [
    { name: "other", dimensions: 5 },
    { name: "text", dimensions: 2 },
  ]);
  await one.ingest(numbered("a", 0, 1500));
  await one.ingest([...numbered("b", 0, 3), { document_id: "without" }]);
  await one.ingest([{ document_id: "a7", vectors: { text: [0.5, 0.25] } }]);
  await two.ingest(numbered("c", 0, 2));
  await one.call("DELETE", "/documents/a3");
  const manifest = await take([two.id, one.id, two.id], {
    textPaths: ["title", "text", "deep.note"],
    attributes: ["deep.kind", "nothing"],
  });
  assert.deepEqual(
    [manifest.documents, manifest.features, manifest.sources.map((s) => [s.collectionId, s.seq, s.documents])],
    [1504, [{ name: "text", dimensions: 2 }], [[two.id, 1, 2], [one.id, 3, 1502]]],
  ); // prettier-ignore
  assert.deepEqual(
    [manifest.sources[0]!.vectors, manifest.sources[1]!.vectors[0]?.table],
    [[null], `${one.id}_0`],
  );
  const { documentIds, collectionOf, vectorIds, texts, attributes } = await readSnapshotDocuments(
    room.deps.vectors.storageFolder,
    manifest,
  );
  const expected = [
    "c0",
    "c1",
    ...numbered("a", 0, 1500)
      .map((d) => d.document_id)
      .filter((id) => id !== "a3"),
    "b0",
    "b1",
    "b2",
  ];
  assert.deepEqual([...documentIds], expected);
  assert.deepEqual([collectionOf(1), collectionOf(2)], [two.id, one.id]);
  assert.deepEqual([texts!.get(2), attributes![4]], ["T0", [2, null]]);
  const progress: number[] = [];
  const vectors = new SnapshotVectors(room.deps.vectors.storageFolder, manifest, vectorIds, "text");
  const all = await vectors.read(null, (done) => progress.push(done));
  assert.deepEqual([progress.at(-1), all.rows, all.cols], [1504, 1504, 2]);
  const at = (id: string) => [...all.data.subarray(expected.indexOf(id) * 2, expected.indexOf(id) * 2 + 2)];
  assert.deepEqual([at("c1"), at("a0"), at("a7"), at("a1499"), at("b2")], [[1, -1], [0, -1], [0.5, 0.25], [1499, -1], [2, -1]]); // prettier-ignore
  const some = Int32Array.of(0, 3, 1002, 1503);
  const part = await vectors.read(some, (done, total) => progress.push(done / total));
  assert.equal(progress.at(-1), 1);
  assert.deepEqual(
    [...part.data],
    [...some].flatMap((row) => [...all.data.subarray(row * 2, row * 2 + 2)]),
  );
  // Without a feature all documents are there, and no vectors.
  const bare = await take([one.id], { featureNames: [], attributes: ["deep.kind"] });
  assert.deepEqual([bare.documents, bare.features, bare.sources[0]!.vectors], [1503, [], []]);
  const documents = await readSnapshotDocuments(room.deps.vectors.storageFolder, bare);
  assert.equal(documents.texts, null);
  assert.deepEqual(documents.attributes!.at(-1), [null]);
});

test("holds still in another process while the data is added to, updated, deleted, flushed and compacted", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 2000));
  await things.ingest(numbered("b", 0, 10));
  const manifest = await take([things.id]);
  const before = await read(manifest);
  await things.ingest(numbered("a", 0, 2000).map((d) => ({ ...d, vectors: { text: [9, 9] } })));
  await things.ingest(numbered("c", 0, 10));
  await things.call("DELETE", "/documents/b1");
  assert.ok((await flushStaged(room.deps, { all: true })).vectors >= 19);
  const table = (await room.deps.vectors.open(`${things.id}_0`))!;
  await table.delete("vector_id % 2 = 0");
  const { compaction } = await table.optimize();
  assert.ok(compaction.fragmentsRemoved > 1);
  table.close();
  const { text: there } = await readSnapshotInChild(room.deps.vectors.storageFolder, manifest);
  assert.deepEqual(there, before);
  assert.deepEqual(there.a5, [5, -1]);
  const tags = await tagsOf(things.id);
  assert.deepEqual(tags, [manifest.sources[0]!.vectors[0]!.tag]);
  await unpinSnapshot(room.deps, manifest);
  await unpinSnapshot(room.deps, manifest);
  assert.deepEqual(await tagsOf(things.id), []);
});

test("holds the documents that match its filters, and no others", async () => {
  const things = await createTestCollection(room);
  await things.ingest([...numbered("a", 0, 1200), ...numbered("b", 0, 10)]);
  const filters = {
    AND: [{ field: "deep.kind", value: 1 }],
    NOT: [{ field: "document_id", operator: "regex", value: "^a.*7$" }],
  };
  const manifest = await take([things.id], { filters, attributes: ["deep.kind"], textPaths: ["title"] });
  const ids = [...numbered("a", 0, 1200), ...numbered("b", 0, 10)]
    .filter((d) => d.payload.deep.kind === 1 && !/^a.*7$/.test(d.document_id))
    .map((d) => d.document_id);
  assert.deepEqual([manifest.documents, manifest.filters], [ids.length, filters]);
  assert.deepEqual(Object.keys(await read(manifest)), ids);
  const { texts, attributes } = await readSnapshotDocuments(room.deps.vectors.storageFolder, manifest);
  assert.deepEqual(
    [texts!.get(1), attributes!.every((values) => values[0] === 1)],
    [`T${ids[1]!.slice(1)}`, true],
  );
});

test("says that a snapshot is gone when its files or its vectors are", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 1200));
  const manifest = await take([things.id]);
  const folder = join(room.deps.vectors.storageFolder, manifest.folder);
  await things.call("DELETE", "?force=true");
  await assert.rejects(read(manifest), SnapshotGone);
  await rm(folder, { recursive: true });
  await assert.rejects(read(manifest), SnapshotGone);
});

async function tagsOf(collectionId: string): Promise<string[]> {
  const table = (await room.deps.vectors.open(`${collectionId}_0`))!;
  const tags = Object.keys(await (await table.tags()).list());
  table.close();
  return tags;
}

test("taken twice into one folder it is the newer one", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 1000));
  const folder = "runs/again";
  await take([things.id], { folder });
  await things.ingest(numbered("b", 0, 1000));
  const manifest = await take([things.id], { folder });
  assert.equal(Object.keys(await read(manifest)).length, 2000);
});

test("duplicates that a killed flush leaves do no harm", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 20));
  // Killed after the append, before the delete: the append is there, the rows are staged still.
  const killed = room.deps.signals.on("flush.appended", () => {
    throw new Error("killed");
  });
  await assert.rejects(flushStaged(room.deps, { all: true }), /killed/);
  killed();
  assert.equal(Object.keys(await read(await take([things.id]))).length, 20);
  await flushStaged(room.deps, { all: true });
  const manifest = await take([things.id]);
  const table = (await room.deps.vectors.open(`${things.id}_0`))!;
  assert.equal(await table.countRows(), 40);
  table.close();
  const vectors = await read(manifest);
  assert.deepEqual(Object.keys(vectors).length, 20);
  assert.deepEqual(vectors.a19, [19, -1]);
  assert.deepEqual(
    (await things.call("GET", "/documents/a4?return_vectors=true")).body.vectors.text,
    [4, -1],
  );
});

test("two flushes at once move each vector once", async () => {
  await flushStaged(room.deps, { all: true });
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 50));
  const counts = await Promise.all([1, 2, 3].map(() => flushStaged(room.deps, { all: true })));
  assert.equal(
    counts.reduce((sum, { vectors }) => sum + vectors, 0),
    50,
  );
  const table = (await room.deps.vectors.open(`${things.id}_0`))!;
  assert.equal(await table.countRows(), 50);
  table.close();
});

test("small and fresh staged vectors wait for more company", async () => {
  await flushStaged(room.deps, { all: true });
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 999));
  assert.deepEqual(await flushStaged(room.deps), { tables: 0, vectors: 0 });
  await things.ingest(numbered("b", 0, 1));
  assert.deepEqual(await flushStaged(room.deps), { tables: 1, vectors: 1000 });
  await unpinSnapshot(room.deps, await take([things.id]));
});

test("what comes while others are flushed waits for its own company", async () => {
  await flushStaged(room.deps, { all: true });
  const things = await createTestCollection(room);
  await things.ingest(numbered("a", 0, 600));
  await things.ingest(numbered("b", 0, 600));
  const { vectors } = room.deps;
  const append: typeof vectors.append = async (...given) => {
    await things.ingest(numbered("late", 0, 3));
    return vectors.append(...given);
  };
  const slow: typeof vectors = Object.create(vectors, { append: { value: append } });
  assert.deepEqual(await flushStaged({ ...room.deps, vectors: slow }), { tables: 1, vectors: 1200 });
  assert.deepEqual(await flushStaged(room.deps), { tables: 0, vectors: 0 });
  assert.deepEqual(await flushStaged(room.deps, { all: true }), { tables: 1, vectors: 3 });
});

test("says which collection, feature or dimensions are wrong", async () => {
  const one = await createTestCollection(room);
  const two = await createTestCollection(room, [
    { name: "text", dimensions: 3 },
    { name: "image", dimensions: 2 },
  ]);
  const code = (code: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof Error && "code" in error);
    assert.equal(error.code, code);
    assert.match(error.message, message);
    return true;
  };
  await assert.rejects(take([]), code("invalid_value", /No collection/));
  await assert.rejects(take([one.id, "col_gone"]), code("not_found", /collection 'col_gone'/));
  await assert.rejects(
    take([two.id], { featureNames: ["sound"] }),
    code("unknown_feature", /it has: text, image/),
  );
  await assert.rejects(take([one.id, two.id]), code("wrong_dimensions", /has 2 dimensions .* and 3 in/));
  await assert.rejects(
    take([one.id, two.id], { featureNames: ["image"] }),
    code("unknown_feature", /no feature 'image'/),
  );
  const { sql } = database.db;
  await assert.rejects(
    resolveFeatures(sql, [two.id], null),
    code("unknown_feature", /has 2: text, image\. Name the one/),
  );
  assert.deepEqual(await resolveFeatures(sql, [one.id], null), [{ name: "text", dimensions: 2 }]);
});

test("an empty collection gives an empty snapshot", async () => {
  const things = await createTestCollection(room);
  const manifest = await take([things.id], { textPaths: ["title"], attributes: ["kind"] });
  assert.deepEqual(await readSnapshotVectors(room.deps.vectors.storageFolder, manifest), []);
  const documents = await readSnapshotDocuments(room.deps.vectors.storageFolder, manifest);
  const { length, documentIds, texts, attributes } = documents;
  assert.deepEqual([length, [...documentIds], [...texts!], attributes], [0, [], [], []]);
});
