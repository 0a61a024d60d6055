import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
} from "../../../../test/factories/documents-room.ts";
import { makeOld } from "../../../../test/factories/old-snapshot.ts";
import { readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import { listPins } from "./snapshot-pins.ts";
import { readSnapshotDocuments } from "./snapshot-reader.ts";
import { type SnapshotManifest, takeSnapshot, unpinSnapshot } from "./snapshot.ts";
import { readManifest, type StoredManifest } from "./stored-manifest.ts";

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

/** As the database gives it back. */
const stored = (manifest: StoredManifest) => JSON.parse(JSON.stringify(manifest)) as StoredManifest;

/** Manifests did not say then how far they have looked. */
function withoutOrdinals({ sources, ...manifest }: SnapshotManifest): SnapshotManifest {
  return { ...manifest, sources: sources.map(({ lastOrdinal: _notKept, ...source }) => source) };
}

async function twoCollections() {
  const large = await createTestCollection(room, [{ name: "text", dimensions: 2 }]);
  const small = await createTestCollection(room, [
    { name: "image", dimensions: 3 },
    { name: "text", dimensions: 2 },
  ]);
  const documents = Array.from({ length: 1_100 }, (_, n) => ({
    document_id: `a${n}`,
    payload: { title: `T${n}` },
    vectors: { text: [n, -1] },
  }));
  await large.ingest(documents);
  await large.ingest([{ document_id: "b0", vectors: { text: [0.5, 0.25] } }]);
  await small.ingest([{ document_id: "c0", vectors: { text: [7, 8] } }, { document_id: "c1" }]);
  return { large, small };
}

test("a snapshot of one feature that was stored before there could be several is read and let go", async () => {
  const { large, small } = await twoCollections();
  const { storageFolder } = room.deps.vectors;
  const manifest = await takeSnapshot(room.deps, {
    collectionIds: [small.id, large.id],
    featureNames: ["text"],
    attributes: [],
    textPaths: ["title"],
    folder: "runs/run_old/snapshot-1",
  });
  const vectors = await readSnapshotVectors(storageFolder, manifest);
  const old = await makeOld(storageFolder, manifest);
  const [tag, version] = ["runs-run_old-snapshot-1", manifest.sources[1]!.vectors[0]!.version];
  assert.deepEqual(stored(old), {
    folder: "runs/run_old/snapshot-1",
    documents: 1_102,
    dimensions: 2,
    featureName: "text",
    takenAt: manifest.takenAt,
    filters: null,
    textPaths: ["title"],
    textsCut: null,
    attributes: [],
    sources: [
      { collectionId: small.id, seq: 1, documents: 1, vectors: null },
      { collectionId: large.id, seq: 2, documents: 1_101, vectors: { table: `${large.id}_0`, version, tag } },
    ],
  });
  assert.deepEqual((await readdir(join(storageFolder, old.folder))).sort(), [
    "attributes.arrow",
    "content.arrow",
    "rows.arrow",
    "vectors.arrow",
  ]);
  const read = readManifest(stored(old));
  // What had no vector was not counted then.
  const { lackingVectors, ...known } = withoutOrdinals(manifest);
  assert.equal(lackingVectors, 1);
  assert.deepEqual(read, known);
  assert.deepEqual(await readSnapshotVectors(storageFolder, read), vectors);
  assert.deepEqual(vectors.at(-1), ["b0", [0.5, 0.25]]);
  const isPinned = async () => (await listPins(room.deps.vectors)).some((pin) => pin.tag === tag);
  assert.ok(await isPinned());
  await unpinSnapshot(room.deps, read);
  assert.ok(!(await isPinned()));
});

test("one without vectors, too", async () => {
  const { large, small } = await twoCollections();
  const { storageFolder } = room.deps.vectors;
  const manifest = await takeSnapshot(room.deps, {
    collectionIds: [small.id, large.id],
    featureNames: [],
    attributes: ["title"],
    textPaths: null,
    folder: "runs/run_bare/snapshot-1",
  });
  const old = await makeOld(storageFolder, manifest);
  assert.deepEqual([old.featureName, old.dimensions, old.sources[1]!.vectors], [null, 0, null]);
  const read = readManifest(stored(old));
  assert.deepEqual(read, withoutOrdinals(manifest));
  const { length, documentIds, attributes, vectorIds } = await readSnapshotDocuments(storageFolder, read);
  assert.deepEqual([length, documentIds.get(1), attributes![2], vectorIds], [1_103, "c1", ["T0"], []]);
  await unpinSnapshot(room.deps, read);
});

test("what is stored now is read as it is", () => {
  const now: StoredManifest = {
    folder: "runs/run_now/snapshot-1",
    documents: 1,
    features: [{ name: "text", dimensions: 2 }],
    takenAt: "2026-03-01T03:00:00.000Z",
    filters: null,
    textPaths: null,
    textsCut: null,
    attributes: [],
    sources: [{ collectionId: "col_1", seq: 1, documents: 1, vectors: [null] }],
  };
  assert.deepEqual(readManifest(stored(now)), now);
});
