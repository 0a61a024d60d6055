import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
} from "../../../../test/factories/documents-room.ts";
import { AppError } from "../../platform/app-error.ts";

let database: TestDatabase;
let room: DocumentsRoom;
/** Events that may still be committed before the hook fails. */
let commitsLeft = Number.POSITIVE_INFINITY;
let failure: Error;
before(async () => {
  database = await createTestDatabase();
  room = await createDocumentsRoom(database.db, () => {
    return commitsLeft-- > 0 ? Promise.resolve() : Promise.reject(failure);
  });
});
after(async () => {
  await room.close();
  await database.close();
});

const FEATURES = [
  { name: "text", dimensions: 2 },
  { name: "image", dimensions: 3 },
];
const one = (id: string) => `/documents/${encodeURIComponent(id)}`;

/** As many documents as fill several windows and units: `d0`, `d1`, … with `n` and `half`. */
async function createMany(count: number): Promise<TestCollection> {
  const things = await createTestCollection(room);
  const lines = Array.from({ length: count }, (_, n) => ({
    document_id: `d${n}`,
    payload: { n, half: n < count / 2 ? "first" : "second" },
    ...(n % 2 === 0 ? { vectors: { text: [n, 1] } } : {}),
  }));
  const { body } = await things.ingestLines(lines);
  assert.equal(body.ingested, count);
  return things;
}

/** What the collection's row says, and what its documents add up to. */
async function figuresOf({ id }: TestCollection) {
  const { rows } = await sql<{ documents: number; bytes: number; updated: number }>`
    select document_count as documents, size_bytes as bytes, total_updated as updated from collections where collection_id = ${id}`.execute(
    database.db.sql,
  );
  const { rows: added } = await sql<{ documents: number; bytes: number }>`
    select count(*) as documents, coalesce(sum(octet_length(d.payload::text) - length(regexp_replace(d.payload::text, '[^ ]', '', 'g'))
      + 8 * (d.vector_ids[1] is not null)::int), 0)::bigint as bytes
    from documents d where d.collection_id = ${id}`.execute(database.db.sql);
  return { ...rows[0]!, counted: added[0]! };
}

async function nOf(things: TestCollection, field: string): Promise<unknown[]> {
  const { rows } = await sql<{ value: unknown }>`
    select payload -> ${field}::text as value from documents where collection_id = ${things.id} order by ordinal`.execute(
    database.db.sql,
  );
  return rows.map((row) => row.value);
}

describe("PUT and PATCH of one document", () => {
  it("replace the payload, or change fields of it", async () => {
    const things = await createTestCollection(room, FEATURES);
    await things.ingest([
      {
        document_id: "a/b",
        payload: { x: 1, y: { z: 2 }, w: 3 },
        vectors: { text: [1, 2], image: [1, 2, 3] },
      },
    ]);
    const patched = await things.call("PATCH", one("a/b"), {
      x: null,
      y: { q: 1 },
      ä: "ü",
      vectors: { text: [5, 6] },
    });
    assert.equal(patched.status, 200, JSON.stringify(patched.body));
    assert.deepEqual(
      [patched.body.x, patched.body.y, patched.body.w, patched.body.ä],
      [null, { q: 1 }, 3, "ü"],
    );
    const put = await things.call("PUT", one("a/b"), { only: true, vectors: { image: [7, 8, 9] } });
    assert.deepEqual([put.body.only, put.body.w, put.body.document_id], [true, undefined, "a/b"]);
    const { body } = await things.call("GET", `${one("a/b")}?return_vectors=true`);
    assert.deepEqual(body.vectors, { text: [5, 6], image: [7, 8, 9] });
    assert.ok(body._internal.updated_at >= body._internal.created_at);
    assert.deepEqual(room.committed.slice(-2).map(({ added, updated, batches }) => [added, updated, batches]), [[0, 1, 0], [0, 1, 0]]); // prettier-ignore
  });

  it("count as no update when they change nothing", async () => {
    const things = await createTestCollection(room, FEATURES);
    const payload = { s: "é", list: [1, { b: 2, a: 1.5 }], none: null };
    await things.ingest([{ document_id: "a", payload, vectors: { text: [1, 2] } }]);
    const stored = (await things.call("GET", one("a"))).body._internal;
    const events = room.committed.length;
    for (const [method, body] of [
      ["PATCH", {}],
      ["PATCH", { none: null, list: [1, { a: 1.5, b: 2 }] }],
      ["PATCH", { vectors: { text: [1, 2] } }],
      ["PUT", payload],
      ["PUT", { ...payload, vectors: { text: [1, 2] } }],
    ] as const) {
      const answer = await things.call(method, one("a"), body);
      assert.deepEqual(answer.body._internal, stored, `${method} ${JSON.stringify(body)}`);
    }
    assert.equal(room.committed.length, events);
  });

  it("refuse what is not there and what cannot be", async () => {
    const things = await createTestCollection(room);
    await things.ingest([{ document_id: "a", payload: { x: 1 } }]);
    for (const [body, status, code] of [
      [{ document_id: "b" }, 400, "invalid_value"],
      [{ _internal: {} }, 400, "invalid_value"],
      [{ vectors: { nope: [1] } }, 400, "unknown_feature"],
      [{ vectors: { text: [1] } }, 400, "wrong_dimensions"],
      [{ vectors: [1, 2] }, 400, "invalid_value"],
    ] as const) {
      for (const method of ["PUT", "PATCH"] as const) {
        const answer = await things.call(method, one("a"), body);
        assert.deepEqual(
          [answer.status, answer.body.error?.code],
          [status, code],
          JSON.stringify([method, body]),
        );
      }
    }
    assert.equal((await things.call("PATCH", one("a"), [1])).status, 422);
    assert.equal((await things.call("PUT", one("b"), { x: 1 })).body.error.code, "not_found");
    assert.equal((await things.call("PATCH", one("b"), {})).body.error.code, "not_found");
    assert.deepEqual(await nOf(things, "x"), [1]);
  });

  it("never undo each other", async () => {
    const things = await createTestCollection(room);
    await things.ingest([{ document_id: "a" }]);
    const fields = Array.from({ length: 12 }, (_, index) => `f${index}`);
    await Promise.all(fields.map((field) => things.call("PATCH", one("a"), { [field]: 1 })));
    const { body } = await things.call("GET", one("a"));
    assert.deepEqual(fields.filter((field) => body[field] !== 1), []); // prettier-ignore
    const { updated, bytes, counted } = await figuresOf(things);
    assert.deepEqual([updated, bytes], [12, counted.bytes]);
  });
});

describe("batch and bulk", () => {
  it("change documents by their ids, each by itself right or wrong", async () => {
    const things = await createMany(4);
    const { status, body } = await things.call("POST", "/documents/batch", {
      updates: [
        { document_id: "d0", update_data: { n: 10, vectors: { text: [9, 9] } } },
        { document_id: "gone", update_data: { n: 1 } },
        { document_id: "d1", update_data: { vectors: { text: [1, 2, 3] } } },
        { document_id: "d0", update_data: { n: 11 } },
        { document_id: "d3", update_data: { n: 3 } },
      ],
    });
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual([body.updated_count, body.failed_count], [1, 3]);
    assert.deepEqual(body.results.map((result: any) => result.success), [true, false, false, false, true]); // prettier-ignore
    assert.match(body.results[1].error, /not found/);
    assert.match(body.results[2].error, /has 3|2 numbers|dimension/i);
    assert.match(body.results[3].error, /twice/);
    assert.equal(body.message, "1 documents were updated, 1 were so already, 3 could not be");
    assert.deepEqual(await nOf(things, "n"), [10, 1, 2, 3]);
  });

  it("change all that a filter matches, each once, and none that arrives meanwhile", async () => {
    const things = await createMany(2_600);
    const arriving: Promise<unknown>[] = [];
    const off = room.deps.signals.on("documents.changed", () => {
      if (arriving.length === 0)
        arriving.push(things.ingest([{ document_id: "late", payload: { n: 1, half: "first" } }]));
    });
    const { body } = await things.call("PATCH", "/documents/bulk", {
      filters: {
        OR: [
          { field: "half", value: "first" },
          { field: "seen", value: true },
        ],
      },
      update_data: { seen: true, vectors: { text: [1, 1] } },
    });
    off();
    await Promise.all(arriving);
    assert.deepEqual(body, { updated_count: 1_300, message: "1300 documents were updated" });
    const seen = await nOf(things, "seen");
    assert.equal(seen.filter((value) => value === true).length, 1_300);
    assert.equal(seen.at(-1), null, "what arrived meanwhile is as it came");
    const { documents, bytes, updated, counted } = await figuresOf(things);
    assert.deepEqual([documents, updated, bytes], [2_601, 1_300, counted.bytes]);
    const again = await things.call("POST", "/documents/batch", {
      filters: { field: "seen", value: true },
      update_data: { seen: true },
    });
    assert.deepEqual([again.body.updated_count, again.body.results], [0, []]);
    assert.match(again.body.message, /1300 were so already/);
  });

  it("say what is durable when a unit fails", async () => {
    const things = await createMany(2_500);
    const failsAfter = async (commits: number, error: Error, update: object) => {
      [commitsLeft, failure] = [commits, error];
      try {
        const { status, body } = await things.call("PATCH", "/documents/bulk", { update_data: update });
        return [status, body.error.code, body.error.details, body.error.message] as const;
      } finally {
        commitsLeft = Number.POSITIVE_INFINITY;
      }
    };
    const quota = new AppError("quota_exceeded", "No more today.", { details: { left: 0 } });
    const [status, code, details, message] = await failsAfter(2, quota, { seen: 1 });
    assert.deepEqual([status, code], [400, "quota_exceeded"]);
    assert.deepEqual(details, { left: 0, durable: { matched: 2_000, updated: 2_000 } });
    assert.match(message, /No more today\..* 2000 of them were changed and stay so/);
    assert.equal((await nOf(things, "seen")).filter((value) => value === 1).length, 2_000);

    const broken = await failsAfter(0, new Error("secret"), { seen: 1 });
    assert.deepEqual(
      [broken[0], broken[1], broken[2].durable],
      [500, "internal", { matched: 2_000, updated: 0 }],
    );
    assert.match(broken[2].request_id, /^req_/);
    assert.doesNotMatch(broken[3], /secret/);
    const first = await failsAfter(0, quota, { seen: 2 });
    assert.deepEqual(first[2], { left: 0 }, "nothing was done before");
  });

  it("refuse a disabled collection, and requests that say too little or too much", async () => {
    const things = await createMany(1);
    const update_data = { x: 1 };
    const updates = [{ document_id: "d0", update_data }];
    const filters = { field: "n", value: 0 };
    for (const [method, path, body, status] of [
      ["POST", "/documents/batch", {}, 400],
      ["POST", "/documents/batch", { filters }, 400],
      ["POST", "/documents/batch", { update_data }, 400],
      ["POST", "/documents/batch", { filters: {}, update_data }, 400],
      ["POST", "/documents/batch", { updates, filters }, 400],
      ["POST", "/documents/batch", { updates: [] }, 422],
      ["POST", "/documents/batch", { updates: Array.from({ length: 1_001 }, () => updates[0]) }, 422],
      ["POST", "/documents/batch", { filters: { feild: "n", value: 0 }, update_data }, 422],
      ["PATCH", "/documents/bulk", { filters }, 422],
      ["PATCH", "/documents/bulk", { filters: { field: "n", operator: "is", value: 0 }, update_data }, 422],
      ["PATCH", "/documents/bulk", { filters, update_data: { document_id: "x" } }, 400],
      ["DELETE", "/documents/batch", {}, 400],
      ["DELETE", "/documents/batch", { filters: { AND: [] } }, 400],
      ["DELETE", "/documents/batch", { document_ids: ["d0"], filters }, 400],
      ["DELETE", "/documents/batch", { document_ids: [] }, 422],
    ] as const) {
      const answer = await things.call(method, path, body);
      assert.equal(
        answer.status,
        status,
        `${method} ${path} ${JSON.stringify(body).slice(0, 200)}: ${JSON.stringify(answer.body)}`,
      );
    }
    assert.equal((await things.call("PATCH", "", { enabled: false })).status, 200);
    for (const [method, path, body] of [
      ["PUT", one("d0"), update_data],
      ["PATCH", one("d0"), update_data],
      ["PATCH", "/documents/bulk", { update_data }],
      ["POST", "/documents/batch", { updates }],
      ["POST", "/documents/batch", { filters, update_data }],
    ] as const) {
      const answer = await things.call(method, path, body);
      assert.deepEqual(
        [answer.status, answer.body.error?.code],
        [400, "illegal_state_change"],
        `${method} ${path}`,
      );
    }
    assert.deepEqual(await nOf(things, "x"), [null]);
  });

  it("delete by ids and by filters", async () => {
    const things = await createMany(2_200);
    const byIds = await things.call("DELETE", "/documents/batch", {
      document_ids: ["d1", "gone", "d3", "d1"],
    });
    assert.deepEqual([byIds.body.deleted_count, byIds.body.failed_count], [2, 2]);
    assert.deepEqual(byIds.body.results.map((result: any) => result.success), [true, false, true, false]); // prettier-ignore
    const byFilter = await things.call("DELETE", "/documents/batch", {
      filters: { NOT: [{ field: "n", operator: "lt", value: 10 }] },
    });
    assert.deepEqual(byFilter.body, {
      deleted_count: 2_190,
      failed_count: 0,
      results: [],
      message: "2190 documents were deleted",
    });
    assert.deepEqual(await nOf(things, "n"), [0, 2, 4, 5, 6, 7, 8, 9]);
    const { documents, bytes, counted } = await figuresOf(things);
    assert.deepEqual([documents, bytes], [8, counted.bytes]);
  });
});
