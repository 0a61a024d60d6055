import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { DrawnNumbers } from "../../platform/drawn-numbers.ts";
import { flushStaged } from "../upkeep/flush.ts";
import { countDocuments } from "./count-documents.ts";
import { findCurrent } from "./current-documents.ts";
import { drawDocuments } from "./draw-documents.ts";
import { readDrawnVectors } from "./read-drawn-vectors.ts";
import { countStillThere } from "./still-there.ts"; // prettier-ignore

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

const documentsOf = (from: number, to: number, more: (i: number) => object = () => ({})) =>
  Array.from({ length: to - from }, (_, k) => ({
    document_id: `d${from + k}`,
    payload: { third: (from + k) % 3 === 0 },
    vectors: { text: [from + k, 1] },
    ...more(from + k),
  }));

async function ingest(collection: TestCollection, documents: readonly object[]): Promise<void> {
  const { status, body } = await collection.ingest(documents);
  assert.equal(status, 200, JSON.stringify(body));
}

describe("the documents a run would read now", () => {
  it("counts them exactly, by filter and by the vectors they have", async () => {
    const collection = await createTestCollection(room);
    await ingest(collection, documentsOf(0, 300));
    await ingest(
      collection,
      documentsOf(300, 330, () => ({ vectors: {} })),
    );
    const count = async (filters: Record<string, unknown> | null, featureNames = ["text"]) => {
      const wanted = { collectionIds: [collection.id], filters, featureNames };
      return countDocuments(database.db, await findCurrent(database.db.sql, wanted));
    };
    assert.equal(await count(null), 300);
    assert.equal(await count(null, []), 330);
    const third = { AND: [{ field: "third", operator: "eq", value: true }] };
    assert.equal(await count(third), 100);
    assert.equal(await count(third, []), 110);
  });

  it("finds which of some are still there", async () => {
    const collection = await createTestCollection(room);
    await ingest(collection, documentsOf(0, 30));
    await collection.call("DELETE", "/documents/d7");
    const current = await findCurrent(database.db.sql, {
      ...{ collectionIds: [collection.id], featureNames: ["text"] },
      filters: { AND: [{ field: "third", operator: "eq", value: false }] },
    });
    const some = ["d1", "d3", "d7", "d8", "d99"];
    const collectionIds = some.map(() => collection.id);
    assert.equal(await countStillThere(database.db.sql, current, { documentIds: some, collectionIds }), 2);
  });
});

describe("a sample of them", () => {
  it("is uniform over collections of different sizes with gaps, without reading all", async () => {
    const large = await createTestCollection(room);
    const features = [
      { name: "text", dimensions: 2 },
      { name: "unused", dimensions: 2 },
    ];
    const small = await createTestCollection(room, features, large.tenant);
    // Both lie mixed in one sequence of ordinals.
    for (let from = 0; from < 3000; from += 500) {
      await ingest(large, documentsOf(from, from + 500));
      await ingest(small, documentsOf(from / 5, from / 5 + 100));
    }
    await sql`delete from documents where collection_id = ${large.id} and (substr(document_id, 2)::int % 4) = 1`.execute(
      database.db.sql,
    );
    await sql`update collections set document_count = 2250 where collection_id = ${large.id}`.execute(
      database.db.sql,
    );
    const wanted = { collectionIds: [large.id, small.id], featureNames: ["text"] };
    const current = await findCurrent(database.db.sql, wanted);
    const times = new Map<string, number>();
    const ROUNDS = 60;
    const SIZE = 100;
    for (let round = 0; round < ROUNDS; round++) {
      const { documents, of, isExact } = await drawDocuments(
        database.db,
        current,
        SIZE,
        new DrawnNumbers(`r${round}`),
      );
      assert.deepEqual([documents.length, of, isExact], [SIZE, 2850, true]);
      const names = documents.map(({ collectionId, documentId }) => `${collectionId}/${documentId}`);
      assert.equal(new Set(names).size, SIZE, "each once");
      for (const name of names) times.set(name, (times.get(name) ?? 0) + 1);
    }
    const drawnOf = (id: string) =>
      [...times].filter(([name]) => name.startsWith(id)).reduce((sum, [, n]) => sum + n, 0);
    // 6,000 draws, of which a share of 600 / 2850 falls to the small one: 1263 ± 31; five deviations.
    assert.ok(Math.abs(drawnOf(small.id) - (6000 * 600) / 2850) < 5 * 31.6, String(drawnOf(small.id)));
    // By thirds of the large one's order: 4737 / 3 = 1579 ± 34.
    for (let third = 0; third < 3; third++) {
      const drawn = [...times].filter(
        ([name]) => name.startsWith(large.id) && Math.floor(Number(name.split("/d")[1]) / 1000) === third,
      );
      const count = drawn.reduce((sum, [, n]) => sum + n, 0);
      assert.ok(Math.abs(count - (6000 * 750) / 2850) < 5 * 34, `${third}: ${count}`);
    }
  });

  it("of a filter is exact when few are wanted, and says that their number is told by it when many are", async () => {
    const collection = await createTestCollection(room);
    for (let from = 0; from < 3000; from += 500) await ingest(collection, documentsOf(from, from + 500));
    const draw = async (filters: Record<string, unknown>, size: number) => {
      const wanted = { collectionIds: [collection.id], filters, featureNames: ["text"] };
      const current = await findCurrent(database.db.sql, wanted);
      return drawDocuments(database.db, current, size, new DrawnNumbers("seed"));
    };
    const third = { AND: [{ field: "third", operator: "eq", value: true }] };
    const many = await draw(third, 60);
    assert.equal(many.isExact, false);
    assert.equal(many.documents.length, 60);
    assert.ok(many.documents.every(({ documentId }) => Number(documentId.slice(1)) % 3 === 0));
    // 60 of some 180 that were looked at: 1000 ± 5 deviations of 110.
    assert.ok(many.of > 450 && many.of < 1550, String(many.of));
    const all = await draw(third, 2000);
    assert.deepEqual([all.documents.length, all.of, all.isExact], [1000, 1000, true]);
    const none = await draw({ AND: [{ field: "third", operator: "eq", value: "no" }] }, 10);
    assert.deepEqual(none, { documents: [], of: 0, isExact: true });
  });

  it("has the vectors that count now, staged or stored, and leaves out what is gone", async () => {
    const collection = await createTestCollection(room);
    await ingest(collection, documentsOf(0, 20));
    await flushStaged(room.deps, { all: true });
    await ingest(
      collection,
      documentsOf(5, 30, (i) => ({ vectors: { text: [-i, 2] } })),
    );
    const current = await findCurrent(database.db.sql, {
      collectionIds: [collection.id],
      featureNames: ["text"],
    });
    const { documents } = await drawDocuments(database.db, current, 100, new DrawnNumbers("seed"));
    const gone = { collectionId: collection.id, documentId: "gone", vectorIds: [999_999_999] };
    const read = await readDrawnVectors(database.db.sql, room.deps.vectors, current, [...documents, gone]);
    assert.equal(read.documents.length, 30);
    for (const [row, { documentId }] of read.documents.entries()) {
      const i = Number(documentId.slice(1));
      assert.deepEqual([...read.vectors[0]!.subarray(2 * row, 2 * row + 2)], i < 5 ? [i, 1] : [-i, 2]);
    }
  });
});
