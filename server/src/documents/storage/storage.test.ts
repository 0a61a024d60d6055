import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { StorageResponse } from "#contract/storage.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { flushStaged } from "../upkeep/flush.ts";
import { takeSnapshot, unpinSnapshot } from "../snapshots/snapshot.ts";
import { readDocument } from "../incoming-document.ts";
import { prepareDocuments } from "../commit-documents.ts";
import { findCollection } from "../collections/store.ts";

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

async function report(things: TestCollection, query = ""): Promise<StorageResponse> {
  const answer = await room.app.inject({ url: `/v1/storage${query}`, headers: things.tenant.headers });
  assert.equal(answer.statusCode, 200);
  return answer.json();
}

const numbered = (count: number, y: number) =>
  Array.from({ length: count }, (_, i) => ({ document_id: `d${i}`, vectors: { text: [i, y] } }));

test("tells what documents weigh, what is staged, stored, garbage and pinned", async () => {
  const things = await createTestCollection(room);
  const empty = await report(things);
  assert.deepEqual(empty.collections[0]!.features, [
    {
      name: "text", dimensions: 2, stored_vectors: 0, staged_vectors: 0, garbage_vectors: 0,
      fragments: 0, small_fragments: 0, versions: 0, pinned_versions: 0, bytes_on_disk: 0,
    },
  ]); // prettier-ignore
  await things.ingest([
    { document_id: "a", payload: { t: "é" }, vectors: { text: [1, 2] } },
    { document_id: "b" },
  ]);
  const staged = await report(things);
  assert.deepEqual(staged.totals, {
    documents: 2,
    data_bytes: '{"t":"é"}'.length + 1 + 8 + 2,
    bytes_on_disk: 0,
  });
  assert.equal(staged.pending.staged_vectors, 1);
  assert.ok(Math.abs(Date.parse(staged.pending.oldest_staged_at!) - Date.now()) < 60_000);
  await things.call("DELETE", "/documents/b");
  await flushStaged(room.deps, { all: true });
  await things.ingest(numbered(1000, 0));
  await things.ingest(numbered(1000, 1));
  const manifest = await takeSnapshot(room.deps, {
    collectionIds: [things.id],
    featureNames: ["text"],
    attributes: [],
    textPaths: null,
    folder: `runs/${things.id}`,
  });
  const stored = await report(things);
  const [feature] = stored.collections[0]!.features;
  assert.deepEqual(
    [feature!.stored_vectors, feature!.garbage_vectors, feature!.fragments, feature!.pinned_versions],
    [2001, 1000, 3, 1],
  );
  assert.ok(feature!.bytes_on_disk > 2001 * 8, String(feature!.bytes_on_disk));
  assert.equal(stored.totals.data_bytes, '{"t":"é"}'.length + 1 + 8 + 1000 * 10);
  assert.deepEqual(stored.pending, {
    staged_vectors: 0,
    oldest_staged_at: null,
    open_writes: 0,
    garbage_vectors: 1000,
  });
  await unpinSnapshot(room.deps, manifest);
});

test("shows writes under way, lists the largest first, and nothing of another namespace", async () => {
  const large = await createTestCollection(room);
  const small = await createTestCollection(room, [{ name: "other", dimensions: 3 }, { name: "text", dimensions: 2 }], large.tenant); // prettier-ignore
  await large.ingest(numbered(20, 0));
  await small.ingest(numbered(10, 0));
  const collection = await findCollection(database.db.sql, large.tenant.namespaceId, large.id);
  await prepareDocuments(
    room.deps,
    collection,
    numbered(1000, 5).map((value, i) => readDocument(value, i, collection.features)),
  );
  const both = await report(large);
  assert.deepEqual(
    both.collections.map((entry) => [entry.collection_id, entry.documents, entry.features.length]),
    [[large.id, 20, 1], [small.id, 10, 2]],
  ); // prettier-ignore
  assert.deepEqual([both.pending.open_writes, both.pending.staged_vectors], [1, 30]);
  const first = await report(large, "?limit=1");
  assert.deepEqual([first.collections.length, first.total_collections, first.totals.documents], [1, 2, 30]);
  const other = await createTestCollection(room);
  assert.equal((await report(other)).pending.open_writes, 0);
});
