import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import fc from "fast-check";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../test/factories/documents-room.ts";
import { readSnapshotVectors } from "../../../test/factories/read-snapshot.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { systemClock } from "../platform/clock.ts";
import { silentLogger } from "../platform/logger.ts";
import { takeSnapshot } from "./snapshots/snapshot.ts";
import { compactTables } from "./upkeep/compact.ts";
import { flushStaged } from "./upkeep/flush.ts";
import { sweepCollections } from "./upkeep/sweep.ts";

let database: TestDatabase;
let room: DocumentsRoom;
let tenant: TestTenant;
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db);
  tenant = await createTenant(database.db);
});
after(async () => {
  await room.close();
  await database.close();
});

interface Written {
  readonly id: string;
  readonly payload: number | undefined;
  readonly vector: number | undefined;
}
type Step =
  | { readonly kind: "ingest"; readonly lines: boolean; readonly documents: readonly Written[] }
  | { readonly kind: "bulk"; readonly vector: number }
  | { readonly kind: "delete"; readonly id: string }
  | { readonly kind: "flush" }
  | { readonly kind: "compact" };

const id = fc.constantFrom("a", "b", "c", "d");
const part = fc.option(fc.integer({ min: 0, max: 2 }), { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant("ingest" as const),
    lines: fc.boolean(),
    documents: fc.uniqueArray(fc.record({ id, payload: part, vector: part }), {
      selector: (d) => d.id,
      minLength: 1,
    }),
  }),
  fc.record({ kind: fc.constant("bulk" as const), vector: fc.integer({ min: 0, max: 2 }) }),
  fc.record({ kind: fc.constant("delete" as const), id }),
  fc.constantFrom<Step>({ kind: "flush" }, { kind: "compact" }),
);

/** What the room should hold after the same steps, the obvious way. */
class Model {
  readonly documents = new Map<string, { payload: number | undefined; vector: number | undefined }>();
  added = 0;
  updated = 0;

  write(documents: readonly Written[]): { ingested: number; updated: number; unchanged: number } {
    const counts = { ingested: 0, updated: 0, unchanged: 0 };
    for (const { id, payload, vector } of documents) {
      const old = this.documents.get(id);
      const next = { payload: payload ?? old?.payload, vector: vector ?? old?.vector };
      this.documents.set(id, next);
      if (!old) counts.ingested++;
      else if (old.payload !== next.payload || old.vector !== next.vector) counts.updated++;
      else counts.unchanged++;
    }
    this.added += counts.ingested;
    this.updated += counts.updated;
    return counts;
  }
}

const BULK = Array.from({ length: 1100 }, (_, i) => `bulk${i}`);
const toWire = ({ id, payload, vector }: Written) => ({
  document_id: id,
  ...(payload === undefined ? {} : { payload: { n: payload } }),
  ...(vector === undefined ? {} : { vectors: { text: [vector, id.length] } }),
});

async function apply(things: TestCollection, model: Model, step: Step): Promise<void> {
  if (step.kind === "flush") await flushStaged(room.deps, { all: true });
  else if (step.kind === "compact") {
    for (const name of room.deps.vectors.appends.keys()) room.deps.vectors.appends.set(name, 1_000);
    await compactTables(room.deps.vectors, systemClock, silentLogger, new Map());
  } else if (step.kind === "delete") {
    const { status } = await things.call("DELETE", `/documents/${step.id}`);
    assert.equal(status, model.documents.delete(step.id) ? 200 : 404);
  } else {
    const documents =
      step.kind === "bulk"
        ? BULK.map((id) => ({ id, payload: undefined, vector: step.vector }))
        : step.documents;
    const wire = documents.map(toWire);
    const byLine = step.kind === "ingest" && step.lines;
    const { body } = await (byLine ? things.ingestLines(wire) : things.ingest(wire));
    assert.deepEqual(body, { ...model.write(documents), failed: 0, errors: [] });
  }
}

test("any order of ingest, update, delete, flush and compaction ends as the obvious model does", async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
      const things = await createTestCollection(
        room,
        [{ name: `text`, dimensions: 2 }],
        await createTenant(database.db),
      );
      const model = new Model();
      for (const one of steps) await apply(things, model, one);
      const expected = [...model.documents].map(([id, d]) => [
        id,
        d.payload,
        d.vector === undefined ? undefined : [d.vector, id.length],
      ]);
      const rows = [];
      for (let cursor: string | null = null; ;) {
        const at: string = cursor === null ? "" : `&cursor=${cursor}`;
        const page = await things.call("POST", `/documents/list?limit=1000${at}`, { return_vectors: true });
        for (const row of page.body.results) rows.push([row.document_id, row.n, row.vectors.text]);
        cursor = page.body.pagination.next_cursor as string | null;
        if (cursor === null) break;
      }
      const byId = (a: unknown[], b: unknown[]) => String(a[0]).localeCompare(String(b[0]));
      assert.deepEqual(rows.sort(byId), expected.sort(byId));
      const head = await things.call("GET", "");
      assert.equal(head.body.document_count, model.documents.size);
      const events = room.committed.filter((event) => event.collectionId === things.id);
      assert.deepEqual(
        events.map((event) => event.seq),
        events.map((_, i) => i + 1),
      );
      assert.equal(
        events.reduce((sum, event) => sum + event.added, 0),
        model.added,
      );
      assert.equal(
        events.reduce((sum, event) => sum + event.updated, 0),
        model.updated,
      );
      const manifest = await takeSnapshot(room.deps, {
        collectionIds: [things.id], featureNames: ["text"], attributes: [], textPaths: null, folder: `model-${++runs}`,
      }); // prettier-ignore
      const snapshot = await readSnapshotVectors(room.deps.vectors.storageFolder, manifest);
      const withVector = expected.filter((d) => d[2] !== undefined).map((d) => [d[0], d[2]]);
      assert.deepEqual(snapshot.sort(byId), withVector);
    }),
    { numRuns: 12 },
  );
});

test("writers that race on the same documents leave each as one of them wrote it", async () => {
  const things = await createTestCollection(room, [{ name: "text", dimensions: 2 }], tenant);
  const writers = [1, 2, 3, 4].map((writer) =>
    things.ingest(
      BULK.map((id) => ({ document_id: id, payload: { writer }, vectors: { text: [writer, 0] } })),
    ),
  );
  const answers = await Promise.all([...writers, flushStaged(room.deps, { all: true })]);
  const counts = answers.slice(0, 4).map((answer) => ("body" in answer ? answer.body : undefined));
  assert.deepEqual(counts.map((c) => c.ingested).sort(), [0, 0, 0, 1100]);
  assert.deepEqual(counts.map((c) => c.updated).sort(), [0, 1100, 1100, 1100]);
  const page = await things.call("POST", "/documents/list?limit=1000", { return_vectors: true });
  for (const row of page.body.results) assert.deepEqual(row.vectors.text, [row.writer, 0]);
  assert.equal((await things.call("GET", "")).body.document_count, 1100);
});

test("the sweep removes tables of collections that are gone, and no others", async () => {
  const things = await createTestCollection(
    room,
    [{ name: "text", dimensions: 2 }],
    await createTenant(database.db),
  );
  await things.ingest(BULK.map((id) => ({ document_id: id, vectors: { text: [1, 1] } })));
  const left = { collectionId: "col_0000000000000000", feature: 3 };
  await room.deps.vectors.append(left, 1, new BigInt64Array([1n]), new Float32Array([1]));
  assert.equal(await sweepCollections(database.db, room.deps.vectors), 1);
  const tables = await room.deps.vectors.tables();
  assert.ok(tables.includes(`${things.id}_0`) && !tables.includes("col_0000000000000000_3"));
});
