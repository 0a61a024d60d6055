import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
} from "../../../../test/factories/documents-room.ts";
import { readSnapshotInChild, readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import { compactTables } from "../upkeep/compact.ts";
import { flushStaged } from "../upkeep/flush.ts";
import { systemClock } from "../../platform/clock.ts";
import { silentLogger } from "../../platform/logger.ts";
import { JoinedVectors } from "./joined-vectors.ts";
import { readSnapshotDocuments, SnapshotVectors } from "./snapshot-reader.ts";
import { listPins } from "./snapshot-pins.ts";
import {
  type SnapshotManifest,
  type SnapshotRequest,
  tagOf,
  takeSnapshot,
  unpinSnapshot,
} from "./snapshot.ts";

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

const TEXT = { name: "text", dimensions: 2 };
const IMAGE = { name: "image", dimensions: 3 };
const OTHER = { name: "other", dimensions: 5 };
/** So many in one request go straight to the vector store. */
const LARGE = 1_200;

const textOf = (n: number) => ({ text: [n, -1] });
const imageOf = (n: number) => ({ image: [n, n + 0.5, -2] });
const document = (prefix: string, n: number, vectors: object) => ({
  document_id: `${prefix}${n}`,
  payload: { kind: n % 3 },
  vectors,
});

let snapshots = 0;
const take = (collectionIds: string[], more: Partial<SnapshotRequest> = {}) =>
  takeSnapshot(room.deps, {
    collectionIds,
    featureNames: ["text", "image"],
    attributes: [],
    textPaths: null,
    folder: `runs/several_${++snapshots}/snapshot-1`,
    ...more,
  });

const read = async (manifest: SnapshotManifest, feature: string) =>
  Object.fromEntries(await readSnapshotVectors(room.deps.vectors.storageFolder, manifest, feature));

/** The tables that the snapshot of this folder pins. */
async function pinsOf({ folder }: { folder: string }): Promise<string[]> {
  const pins = (await listPins(room.deps.vectors)).filter(({ tag }) => tag === tagOf(folder));
  return pins.map(({ table }) => table).sort();
}

/**
 * Two collections that have the features at different positions. Of the first most vectors are stored, of `b…` one
 * feature is stored and the other staged; of the second all are staged. Some lack a vector of one feature or of both.
 */
async function twoCollections() {
  const one = await createTestCollection(room, [TEXT, IMAGE]);
  const two = await createTestCollection(room, [OTHER, IMAGE, TEXT]);
  const some = Array.from({ length: LARGE }, (_, n) => n);
  await one.ingest(
    some.map((n) =>
      document("a", n, { ...(n % 5 === 1 ? {} : textOf(n)), ...(n % 7 === 1 ? {} : imageOf(n)) }),
    ),
  );
  await one.ingest(some.map((n) => document("b", n, textOf(n))));
  await one.ingest([0, 1, 2].map((n) => document("b", n, imageOf(n + 100))));
  await one.ingest([{ document_id: "bare" }, document("a", 5, { text: [0.5, 0.25] })]);
  await two.ingest([
    document("c", 0, { ...textOf(7), ...imageOf(8) }),
    document("c", 1, { ...textOf(7), other: [1, 2, 3, 4, 5] }),
  ]);
  const a = some.filter((n) => n % 5 !== 1 && n % 7 !== 1);
  const ids = ["c0", ...a.map((n) => `a${n}`), "b0", "b1", "b2"];
  const text = new Map<string, number[]>([
    ["c0", textOf(7).text],
    ...a.map((n) => [`a${n}`, n === 5 ? [0.5, 0.25] : textOf(n).text] as const),
    ...[0, 1, 2].map((n) => [`b${n}`, textOf(n).text] as const),
  ]);
  const image = new Map<string, number[]>([
    ["c0", imageOf(8).image],
    ...a.map((n) => [`a${n}`, imageOf(n).image] as const),
    ...[0, 1, 2].map((n) => [`b${n}`, imageOf(n + 100).image] as const),
  ]);
  return { one, two, ids, text: Object.fromEntries(text), image: Object.fromEntries(image) };
}

test("has the documents with vectors of all features, wherever each of them lies", async () => {
  const { one, two, ids, text, image } = await twoCollections();
  const manifest = await take([two.id, one.id]);
  assert.deepEqual(manifest.features, [TEXT, IMAGE]);
  assert.equal(manifest.documents, ids.length);
  assert.deepEqual(
    manifest.sources.map(({ vectors }) => vectors.map((pinned) => pinned?.table ?? null)),
    [
      [null, null],
      [`${one.id}_0`, `${one.id}_1`],
    ],
  );
  const { documentIds, vectorIds } = await readSnapshotDocuments(room.deps.vectors.storageFolder, manifest);
  assert.deepEqual([...documentIds], ids);
  assert.deepEqual(
    vectorIds.map((column) => column.length),
    [ids.length, ids.length],
  );
  assert.deepEqual(await read(manifest, "text"), text);
  assert.deepEqual(await read(manifest, "image"), image);
  await assert.rejects(read(manifest, "other"), /no vectors of 'other', but of: text, image/);

  const turned = await take([one.id], { featureNames: ["image", "text", "image"] });
  assert.deepEqual(turned.features, [IMAGE, TEXT]);
  assert.equal(turned.documents, ids.length - 1);
  assert.deepEqual((await read(turned, "image")).b2, image.b2);
  // One feature alone leaves out only what lacks that one.
  const alone = await take([one.id], { featureNames: ["image"] });
  const lacking = Array.from({ length: LARGE }, (_, n) => n).filter((n) => n % 7 === 1);
  assert.equal(alone.documents, LARGE - lacking.length + 3);
  assert.deepEqual(
    alone.sources[0]!.vectors.map((pinned) => pinned?.table),
    [`${one.id}_1`],
  );
});

test("filters choose among them", async () => {
  const { one, two, ids, text } = await twoCollections();
  const filters = { AND: [{ field: "kind", value: 2 }] };
  const manifest = await take([one.id, two.id], { filters, attributes: ["kind"] });
  const expected = ids.filter((id) => Number(id.slice(1)) % 3 === 2);
  const found = await read(manifest, "text");
  assert.deepEqual(Object.keys(found), expected);
  assert.deepEqual(found.b2, text.b2);
  const { attributes } = await readSnapshotDocuments(room.deps.vectors.storageFolder, manifest);
  assert.ok(attributes!.every(([kind]) => kind === 2));
});

test("holds still in another process, and lets go of every table it pins", async () => {
  const { one, two, ids, text, image } = await twoCollections();
  const manifest = await take([two.id, one.id]);
  await one.ingest(ids.slice(1).map((id) => ({ document_id: id, vectors: { image: [9, 9, 9] } })));
  await one.call("DELETE", "/documents/a2");
  await two.call("DELETE", "/documents/c0");
  await flushStaged(room.deps, { all: true });
  for (const name of await room.deps.vectors.tables()) room.deps.vectors.removals.add(name);
  await compactTables(room.deps.vectors, systemClock, silentLogger, new Map());
  const there = await readSnapshotInChild(room.deps.vectors.storageFolder, manifest);
  assert.deepEqual(there, { text, image });
  assert.deepEqual(await pinsOf(manifest), [`${one.id}_0`, `${one.id}_1`].sort());
  await unpinSnapshot(room.deps, manifest);
  await unpinSnapshot(room.deps, manifest);
  assert.deepEqual(await pinsOf(manifest), []);
});

test("what one write changes together is together in a snapshot", async () => {
  const things = await createTestCollection(room, [TEXT, IMAGE]);
  const write = (n: number) =>
    things.ingest(Array.from({ length: 600 }, (_, i) => document("d", i, { ...textOf(n), ...imageOf(n) })));
  await write(0);
  let writing = true;
  const writer = (async () => {
    for (let n = 1; n <= 8; n++) {
      await write(n);
      if (n % 3 === 0) await flushStaged(room.deps, { all: true });
    }
    writing = false;
  })();
  let taken = 0;
  while (writing) {
    const manifest = await take([things.id]);
    const { text, image } = { text: await read(manifest, "text"), image: await read(manifest, "image") };
    const values = new Set([...Object.values(text), ...Object.values(image)].map(([n]) => n));
    assert.equal(values.size, 1, `${[...values].join(", ")} in one snapshot`);
    taken++;
  }
  await writer;
  assert.ok(taken > 1);
});

test("vectors of several features are read as one, all, some or block by block", async () => {
  const { one, two, ids, text, image } = await twoCollections();
  const manifest = await take([two.id, one.id]);
  const { storageFolder } = room.deps.vectors;
  const { vectorIds } = await readSnapshotDocuments(storageFolder, manifest);
  const parts = ["image", "text"].map(
    (name) => new SnapshotVectors(storageFolder, manifest, vectorIds, name),
  );
  // 300 documents a block: the last one is shorter.
  const joined = new JoinedVectors(parts, 300 * 5 * 4);
  assert.deepEqual([joined.documents, joined.dimensions], [ids.length, 5]);
  const expected = ids.map((id) => [...image[id]!, ...text[id]!]);
  const told: number[] = [];
  const { data } = await joined.read(null, (done, total) => told.push(done / total));
  assert.deepEqual([...data], expected.flat());
  assert.deepEqual([told.at(-1), told.toSorted((a, b) => a - b)], [1, told]);
  const chosen = Int32Array.of(0, 5, ids.length - 1);
  assert.deepEqual(
    [...(await joined.read(chosen)).data],
    [...chosen].flatMap((row) => expected[row]!),
  );
  const rows: number[][] = [];
  const blocks: number[] = [];
  for await (const { documents, vectors } of joined.batches()) {
    blocks.push(documents.length);
    for (const [i, row] of documents.entries()) rows[row] = [...vectors.subarray(i * 5, (i + 1) * 5)];
  }
  assert.deepEqual(rows, expected);
  const whole = Math.floor(ids.length / 300);
  assert.deepEqual(blocks, [...new Array<number>(whole).fill(300), ids.length % 300]);
});

test("one that fails half way pins nothing", async (t) => {
  const { one } = await twoCollections();
  const pin = room.deps.vectors.pin.bind(room.deps.vectors);
  let pinned = 0;
  t.mock.method(room.deps.vectors, "pin", (...args: Parameters<typeof pin>) => {
    if (args[0].feature === 1) throw new Error("the disk is full");
    pinned++;
    return pin(...args);
  });
  const folder = "runs/half-way/snapshot-1";
  await assert.rejects(take([one.id], { folder }), /the disk is full/);
  assert.equal(pinned, 1);
  assert.deepEqual(await pinsOf({ folder }), []);
});

test("says which of the features is wrong", async () => {
  const one = await createTestCollection(room, [TEXT, IMAGE]);
  const two = await createTestCollection(room, [TEXT, { ...IMAGE, dimensions: 4 }]);
  await assert.rejects(take([one.id], { featureNames: ["text", "sound"] }), {
    code: "unknown_feature",
    message: /no feature 'sound'; it has: text, image/,
  });
  await assert.rejects(take([one.id, two.id]), {
    code: "wrong_dimensions",
    message: /'image' has 3 dimensions .* and 4 in/,
  });
});
