import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import { flushStaged } from "../upkeep/flush.ts";
import { readSnapshotDocuments } from "./snapshot-reader.ts";
import { takeSnapshot } from "./snapshot.ts";

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

/** Read in three statements of 500, 2,000 and the rest. */
const ACCOUNTS = 3_000;
let taken = 0;
const take = (things: TestCollection, attributes: string[] = [], textPaths: string[] | null = null) =>
  takeSnapshot(room.deps, {
    collectionIds: [things.id],
    featureNames: ["text"],
    attributes,
    textPaths,
    folder: `runs/read_${++taken}/snapshot-1`,
  });

const account = (id: string, balance: number) => ({ document_id: id, vectors: { text: [balance, 1] } });

async function accounts(): Promise<TestCollection> {
  const things = await createTestCollection(room);
  const ids = Array.from({ length: ACCOUNTS }, (_, i) => account(`a${i}`, 10));
  await things.ingest(ids.slice(0, 2_500));
  await things.ingest(ids.slice(2_500));
  return things;
}

/** Writes while snapshots are taken, one after the other; returns the snapshots. */
async function takeWhile(things: TestCollection, writes: readonly (() => Promise<unknown>)[]) {
  const manifests = [];
  let writing = true;
  const writer = (async () => {
    for (const write of writes) await write();
    writing = false;
  })();
  while (writing) manifests.push(await take(things));
  await writer;
  manifests.push(await take(things));
  return Promise.all(
    manifests.map((manifest) => readSnapshotVectors(room.deps.vectors.storageFolder, manifest)),
  );
}

test("what one write changes together is together in a snapshot, whatever is written meanwhile", async () => {
  const things = await accounts();
  const total = ACCOUNTS * 10;
  // One from the front to one at the end, or to an account that is new: a torn read would see one side only.
  const writes = Array.from({ length: 20 }, (_, i) => async () => {
    const to = i % 4 === 3 ? account(`new${i}`, 1) : account(`a${ACCOUNTS - 1 - i}`, 11);
    await things.ingest([account(`a${i}`, 9), to]);
    if (i % 10 === 0) await flushStaged(room.deps, { all: true });
  });
  const snapshots = await takeWhile(things, writes);
  assert.ok(snapshots.length > 2, `${snapshots.length} snapshots`);
  for (const documents of snapshots) {
    assert.equal(
      documents.reduce((sum, [, [balance]]) => sum + balance!, 0),
      total,
    );
  }
  assert.equal(snapshots.at(-1)!.length, ACCOUNTS + 5);
});

test("what is deleted or added one after the other is so in a snapshot", async () => {
  const things = await accounts();
  // From the end to the front, while the reading goes from the front to the end.
  const writes = Array.from({ length: 30 }, (_, i) => async () => {
    await things.call("DELETE", `/documents/a${ACCOUNTS - 1 - i * 97}`);
    await things.ingest([account(`new${i}`, 0)]);
  });
  const snapshots = await takeWhile(things, writes);
  let before = 0;
  for (const documents of snapshots) {
    const ids = new Set(documents.map(([id]) => id));
    const deleted = writes.filter((_, i) => !ids.has(`a${ACCOUNTS - 1 - i * 97}`)).length;
    const added = writes.filter((_, i) => ids.has(`new${i}`)).length;
    assert.ok(writes.slice(0, deleted).every((_, i) => !ids.has(`a${ACCOUNTS - 1 - i * 97}`)));
    assert.ok(writes.slice(0, added).every((_, i) => ids.has(`new${i}`)));
    assert.ok(deleted === added || deleted === added + 1, `${deleted} deleted, ${added} added`);
    assert.ok(deleted >= before);
    before = deleted;
  }
});

test("while documents are only added, other requests are served between its statements", async () => {
  const things = await accounts();
  let served = 0;
  let isTaken = false;
  const taking = take(things).finally(() => (isTaken = true));
  while (!isTaken) await things.ingest([account(`later${served++}`, 0)]);
  const manifest = await taking;
  assert.ok(served > 2, `${served} were served`);
  assert.ok(manifest.documents >= ACCOUNTS && manifest.documents <= ACCOUNTS + served);
  const ids = new Set(
    (await readSnapshotVectors(room.deps.vectors.storageFolder, manifest)).map(([id]) => id),
  );
  const added = Array.from({ length: served }, (_, i) => ids.has(`later${i}`));
  assert.ok(!added.slice(added.indexOf(false)).includes(true), "as far as the instant, and no farther");
});

test("texts are taken up to so many bytes, attributes as they are", async () => {
  const things = await createTestCollection(room);
  const long = `start ${"é".repeat(20_000)}`;
  await things.ingest([
    { document_id: "long", payload: { title: long, kind: { b: 1, a: [2] } }, vectors: { text: [1, 2] } },
    { document_id: "other", payload: { title: 7, text: "only a text" }, vectors: { text: [1, 2] } },
    { document_id: "both", payload: { title: "T", text: "x", kind: "日本 \\" }, vectors: { text: [1, 2] } },
    { document_id: "none", payload: { kind: { a: [2], b: 1 } }, vectors: { text: [1, 2] } },
  ]);
  const manifest = await take(things, ["kind"], ["title", "text"]);
  assert.deepEqual(manifest.textsCut, { texts: 1, bytes: 16_384 });
  const { texts, attributes } = await readSnapshotDocuments(room.deps.vectors.storageFolder, manifest);
  const cut = texts!.get(0);
  assert.ok(long.startsWith(cut) && Buffer.byteLength(cut) === 16_384);
  assert.deepEqual([texts!.get(1), texts!.get(2), texts!.get(3)], ["only a text", "T\nx", ""]);
  assert.deepEqual(attributes, [[{ b: 1, a: [2] }], [null], ["日本 \\"], [{ a: [2], b: 1 }]]);
  assert.equal(attributes[0], attributes[3], "equal ones are kept once");
});

test("documents that lack a vector are left out and counted, those that the filter wants", async () => {
  const features = [
    { name: "text", dimensions: 2 },
    { name: "image", dimensions: 2 },
  ];
  const things = await createTestCollection(room, features);
  const given = [["text"], ["image"], ["text", "image"], []] as const;
  // In several statements.
  const documents = Array.from({ length: 1_200 }, (_, i) => ({
    document_id: `d${i}`,
    payload: { early: i < 600 },
    vectors: Object.fromEntries(given[i % 4]!.map((name) => [name, [i, 1]])),
  }));
  await things.ingest(documents);
  const read = async (featureNames: string[], filters: Record<string, unknown> | null = null) => {
    const request = { collectionIds: [things.id], featureNames, filters, attributes: [], textPaths: null };
    const manifest = await takeSnapshot(room.deps, { ...request, folder: `runs/read_${++taken}/snapshot-1` });
    return [manifest.documents, manifest.lackingVectors];
  };
  const early = { AND: [{ field: "early", operator: "eq", value: true }] };
  assert.deepEqual(await read(["text"]), [600, 600]);
  assert.deepEqual(await read(["text", "image"]), [300, 900]);
  assert.deepEqual(await read(["image"], early), [300, 300]);
  assert.deepEqual(await read([]), [1_200, undefined]);
  assert.deepEqual(await read([], early), [600, undefined]);
});
