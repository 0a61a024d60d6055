import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import { systemClock } from "../../platform/clock.ts";
import { silentLogger } from "../../platform/logger.ts";
import { findCollection } from "../collections/store.ts";
import { commitPrepared, prepareDocuments } from "../commit-documents.ts";
import { readDocument } from "../incoming-document.ts";
import { takeSnapshot, unpinSnapshot } from "../snapshots/snapshot.ts";
import { GarbageCollector } from "./collect-garbage.ts";
import { compactTables } from "./compact.ts";
import { flushStaged } from "./flush.ts";

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

const numbered = (count: number, y: number) =>
  Array.from({ length: count }, (_, i) => ({ document_id: `d${i}`, vectors: { text: [i, y] } }));

async function rowsOf(things: TestCollection): Promise<number> {
  const table = (await room.deps.vectors.open(`${things.id}_0`))!;
  const rows = await table.countRows();
  table.close();
  return rows;
}

/** Two rounds without a grace between them: the first finds, the second removes. */
async function collectTwice(collector = new GarbageCollector(room.deps, 0)) {
  const first = await collector.collect({ all: true });
  return { first, second: await collector.collect({ all: true }) };
}

async function assertReadable(things: TestCollection, y: (index: number) => number, count: number) {
  const { body } = await things.call("POST", `/documents/list?limit=1000`, { return_vectors: true });
  assert.equal(body.results.length, Math.min(1000, count));
  for (const found of body.results) {
    const index = Number(found.document_id.slice(1));
    assert.deepEqual(found.vectors.text, [index, y(index)]);
  }
}

test("removes what updates and deletions left, in two rounds, and nothing that counts", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(2000, 0));
  await things.ingest(numbered(1200, 1));
  for (const id of ["d1500", "d1700"]) await things.call("DELETE", `/documents/${id}`);
  assert.equal(await rowsOf(things), 3200);
  const { first, second } = await collectTwice();
  assert.deepEqual([first.removed, first.waiting], [0, 1202]);
  assert.deepEqual([second.removed, second.waiting], [1202, 0]);
  assert.equal(await rowsOf(things), 1998);
  await assertReadable(things, (i) => (i < 1200 ? 1 : 0), 1998);
  const seen = new Map<string, number>();
  assert.ok((await compactTables(room.deps.vectors, systemClock, silentLogger, seen)) >= 1);
  await assertReadable(things, (i) => (i < 1200 ? 1 : 0), 1998);
});

test("waits for the grace, by the database's clock", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1500, 0));
  await things.ingest(numbered(1500, 1));
  let now = new Date("2026-01-01T00:00:00Z");
  const clock = { get now() { return sql<Date>`${now}::timestamptz`; } }; // prettier-ignore
  const collector = new GarbageCollector({ ...room.deps, clock }, 900);
  await collector.collect({ all: true });
  now = new Date("2026-01-01T00:14:59Z");
  assert.equal((await collector.collect({ all: true })).removed, 0);
  now = new Date("2026-01-01T00:15:00Z");
  assert.equal((await collector.collect({ all: true })).removed, 1500);
});

test("looks only where garbage is likely, and only when something has changed", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1500, 0));
  await things.ingest(numbered(50, 1));
  let scans = 0;
  const off = room.deps.signals.on("garbage.found", (detail) => {
    if ((detail as { table: string }).table === `${things.id}_0`) scans++;
  });
  const collector = new GarbageCollector(room.deps, 0);
  await flushStaged(room.deps, { all: true });
  await collector.collect();
  assert.equal(scans, 0);
  await things.ingest(numbered(1500, 2));
  await collector.collect();
  assert.equal(scans, 1);
  await collector.collect();
  assert.equal(scans, 2);
  await collector.collect();
  assert.equal(scans, 2);
  off();
  assert.equal(await rowsOf(things), 1500);
});

test("leaves the vectors of a write that has not committed, which then finds them", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1000, 0));
  const collection = await findCollection(database.db.sql, things.tenant.namespaceId, things.id);
  const documents = numbered(1000, 1).map((value, i) => readDocument(value, i, collection.features));
  const prepared = await prepareDocuments(room.deps, collection, documents);
  assert.equal(await rowsOf(things), 2000);
  const { second } = await collectTwice();
  assert.equal(second.removed, 0);
  assert.equal(await rowsOf(things), 2000);
  await commitPrepared(room.deps, collection, prepared, { finishesBatch: true, existing: "update" });
  await collectTwice();
  assert.equal(await rowsOf(things), 1000);
  await assertReadable(things, () => 1, 1000);
});

test("shuts out a write that took too long: it commits nothing and says so", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1000, 0));
  const collection = await findCollection(database.db.sql, things.tenant.namespaceId, things.id);
  const documents = numbered(1000, 1).map((value, i) => readDocument(value, i, collection.features));
  const prepared = await prepareDocuments(room.deps, collection, documents);
  await sql`update open_writes set started_at = started_at - interval '61 minutes'`.execute(database.db.sql);
  await collectTwice();
  assert.equal(await rowsOf(things), 1000);
  await assert.rejects(
    commitPrepared(room.deps, collection, prepared, { finishesBatch: true, existing: "update" }),
    { code: "write_expired" },
  );
  await assertReadable(things, () => 0, 1000);
  const { rows } = await sql`select 1 from open_writes`.execute(database.db.sql);
  assert.equal(rows.length, 0);
});

test("a write that fails is open no longer, and its vectors go", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1000, 0));
  await things.call("PATCH", "", { enabled: false });
  const refused = await things.ingest(numbered(1000, 1));
  assert.equal(refused.body.error.code, "illegal_state_change");
  const { rows } = await sql`select 1 from open_writes`.execute(database.db.sql);
  assert.equal(rows.length, 0);
  assert.equal(await rowsOf(things), 2000);
  await collectTwice();
  assert.equal(await rowsOf(things), 1000);
});

test("a pinned snapshot reads what was collected and compacted since", async () => {
  const things = await createTestCollection(room);
  await things.ingest(numbered(1500, 0));
  const manifest = await takeSnapshot(room.deps, {
    collectionIds: [things.id],
    featureNames: ["text"],
    attributes: [],
    textPaths: null,
    folder: `runs/${things.id}/snapshot`,
  });
  await things.ingest(numbered(1500, 1));
  await collectTwice();
  assert.equal(await rowsOf(things), 1500);
  await compactTables(room.deps.vectors, systemClock, silentLogger, new Map());
  const vectors = await readSnapshotVectors(room.deps.vectors.storageFolder, manifest);
  assert.equal(vectors.length, 1500);
  assert.deepEqual(vectors.at(-1), ["d1499", [1499, 0]]);
  await unpinSnapshot(room.deps, manifest);
});
