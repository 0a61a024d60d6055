import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
} from "../../../../test/factories/documents-room.ts";

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

const events = async (id: string) =>
  (
    await sql<{ added: number; updated: number; batches: number; seq: number }>`
      select seq, added, updated, batches from document_events where collection_id = ${id} order by seq`.execute(
      database.db.sql,
    )
  ).rows;

test("stores, updates in part, and knows what did not change", async () => {
  const things = await createTestCollection(room, [
    { name: "text", dimensions: 2 },
    { name: "vectors://image@v1/embedding", dimensions: 3 },
  ]);
  const image = "vectors://image@v1/embedding";
  const first = await things.ingest([
    {
      document_id: "a",
      payload: { title: "A", n: { b: 1, a: 2 } },
      vectors: { text: [1, 2], [image]: [1, 2, 3] },
    },
    { document_id: "b", vectors: { text: [0.1, -4] } },
  ]);
  assert.deepEqual(first, {
    status: 200,
    body: { ingested: 2, updated: 0, unchanged: 0, failed: 0, errors: [] },
  });
  // The same with its fields in another order is unchanged; "b" gets a payload and keeps its vector.
  const second = await things.ingest([
    { document_id: "a", payload: { n: { a: 2, b: 1 }, title: "A" }, vectors: { text: [1, 2] } },
    { document_id: "b", payload: { title: "B" } },
  ]);
  assert.deepEqual(second.body, { ingested: 0, updated: 1, unchanged: 1, failed: 0, errors: [] });
  const third = await things.ingest([
    { document_id: "a", vectors: { text: [1, 2.5] } },
    { document_id: "b" },
  ]);
  assert.deepEqual(third.body, { ingested: 0, updated: 1, unchanged: 1, failed: 0, errors: [] });
  const a = await things.call("GET", "/documents/a?return_vectors=true");
  assert.deepEqual(a.body.vectors, { text: [1, 2.5], [image]: [1, 2, 3] });
  assert.deepEqual([a.body.title, a.body.n], ["A", { a: 2, b: 1 }]);
  const b = await things.call("GET", "/documents/b?return_vectors=true");
  assert.deepEqual(b.body.vectors, { text: [Math.fround(0.1), -4] });
  assert.equal(b.body.title, "B");
  assert.deepEqual(await events(things.id), [
    { seq: 1, added: 2, updated: 0, batches: 1 },
    { seq: 2, added: 0, updated: 1, batches: 1 },
    { seq: 3, added: 0, updated: 1, batches: 1 },
  ]);
  // An ingest that changes nothing still finishes a batch.
  assert.equal((await things.ingest([{ document_id: "b" }])).body.unchanged, 1);
  assert.deepEqual((await events(things.id)).at(-1), { seq: 4, added: 0, updated: 0, batches: 1 });
  assert.equal((await things.call("GET", "")).body.document_count, 2);
  const told = room.committed.filter((event) => event.collectionId === things.id);
  assert.deepEqual(
    told.map(({ seq, added, updated, batches }) => ({ seq, added, updated, batches })),
    await events(things.id),
  );
});

test("lists documents that are wrong by themselves and stores the others", async () => {
  const things = await createTestCollection(room);
  const wrong: [unknown, RegExp, string | null][] = [
    [{ document_id: "w", vectors: { text: [1] } }, /'text' has 1 numbers; .* has 2/, "w"],
    [{ document_id: "w", vectors: { text: [1, null] } }, /position 1 it has null/, "w"],
    [{ document_id: "w", vectors: { text: ["1", 2] } }, /position 0 it has a string/, "w"],
    [{ document_id: "w", vectors: { text: [1, 1e39] } }, /beyond the range of a float32/, "w"],
    [{ document_id: "w", vectors: { text: "1,2" } }, /must be an array of numbers; this is a string/, "w"],
    [{ document_id: "w", vectors: { text: null } }, /this is null/, "w"],
    [
      { document_id: "w", vectors: { image: [1, 2] } },
      /Unknown feature 'image'; the collection has: text/,
      "w",
    ],
    [{ document_id: "w", vectors: [1, 2] }, /vectors must be an object/, "w"],
    [{ document_id: "w", payload: "text" }, /payload must be an object; this is a string/, "w"],
    [{ document_id: "w", payload: null }, /payload must be an object; this is null/, "w"],
    [{ document_id: "w", payload: { vectors: 1 } }, /field 'vectors'/, "w"],
    [{ document_id: "w", payload: { t: "a\u0000b" } }, /payload.t contains the character U\+0000/, "w"],
    [{ document_id: "w", payload: { t: "\ud800" } }, /half of a surrogate pair/, "w"],
    [{ document_id: "w", embedding: [1, 2] }, /Unknown field 'embedding'/, "w"],
    [{ document_id: "", vectors: { text: [1, 2] } }, /1 to 255 characters; this has 0/, ""],
    [{ document_id: 7 }, /document_id must be a string; this is a number/, null],
    [{ document_id: "a\nb" }, /control character/, "a\nb"],
    [{ document_id: "batch" }, /path of a route/, "batch"],
    [[1, 2], /A document is an object .* this is an array/, null],
    [null, /this is null/, null],
    [{ document_id: "ok", payload: { second: true } }, /same document_id stands earlier/, "ok"],
  ];
  const documents = [{ document_id: "ok", vectors: { text: [1, 2] } }, ...wrong.map(([value]) => value), {}];
  const answer = await things.ingest(documents);
  assert.equal(answer.status, 200);
  assert.deepEqual({ ...answer.body, errors: null }, {
    ingested: 2, updated: 0, unchanged: 0, failed: wrong.length, errors: null,
  }); // prettier-ignore
  for (const [i, [, message, id]] of wrong.entries()) {
    const error = answer.body.errors[i];
    assert.match(error.message, message);
    assert.deepEqual([error.index, error.document_id], [i + 1, id]);
  }
  const list = await things.call("POST", "/documents/list");
  assert.equal(list.body.results.length, 2);
  assert.match(list.body.results[1].document_id, /^doc_/);
});

test("refuses numbers that only the text can carry", async () => {
  const things = await createTestCollection(room);
  const answer = await things.ingestLines([
    '{"document_id":"a","vectors":{"text":[1e999,0]}}',
    '{"document_id":"b","payload":{"n":-1e999}}',
    `{"document_id":"c","payload":{"deep":${"[".repeat(200)}${"]".repeat(200)}}}`,
    '{"document_id":"d","__proto__":{"x":1}}',
  ]);
  assert.equal(answer.body.failed, 4);
  assert.match(answer.body.errors[0].message, /position 0 it has Infinity/);
  assert.match(answer.body.errors[1].message, /payload.n is a number beyond/);
  assert.match(answer.body.errors[2].message, /nested deeper than 100/);
  assert.match(answer.body.errors[3].message, /Unknown field '__proto__'/);
});

test("with strict one error refuses the unit", async () => {
  const things = await createTestCollection(room);
  const good = { document_id: "good", vectors: { text: [1, 2] } };
  const refused = await things.ingest([good, { document_id: "bad", vectors: { text: [1] } }], "?strict=true");
  assert.equal(refused.status, 400);
  assert.equal(refused.body.error.code, "documents_refused");
  assert.deepEqual(refused.body.error.details.durable, { ingested: 0, updated: 0, unchanged: 0, failed: 0 });
  assert.equal(refused.body.error.details.errors[0].document_id, "bad");
  assert.equal((await things.call("GET", "")).body.document_count, 0);
  assert.deepEqual(await events(things.id), []);
});

const numbered = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({
    document_id: `n${from + i}`,
    payload: { i: from + i },
    vectors: { text: [from + i, 1] },
  }));

test("commits NDJSON by thousands and says at which line broken JSON stands", async () => {
  const things = await createTestCollection(room);
  const lines: unknown[] = ["\ufeff" + JSON.stringify(numbered(0, 1)[0]), "  ", ...numbered(1, 1500)];
  const broken = await things.ingestLines([...lines, '{"document_id": "x", ', ...numbered(2000, 10)]);
  assert.equal(broken.status, 400);
  assert.equal(broken.body.error.code, "invalid_line");
  assert.match(broken.body.error.message, /^Line 1503 is not valid JSON: /);
  assert.deepEqual(broken.body.error.details, {
    line: 1503,
    documents_before: 1000,
    durable: { ingested: 1000, updated: 0, unchanged: 0, failed: 0 },
  });
  assert.equal((await things.call("GET", "")).body.document_count, 1000);
  assert.deepEqual(await events(things.id), [{ seq: 1, added: 1000, updated: 0, batches: 0 }]);
  const whole = await things.ingestLines(lines);
  assert.deepEqual(whole.body, { ingested: 501, updated: 0, unchanged: 1000, failed: 0, errors: [] });
  assert.deepEqual((await events(things.id)).slice(1), [{ seq: 2, added: 501, updated: 0, batches: 1 }]);
  // 1,000 vectors went straight to the store, 501 wait.
  const read = await things.call("GET", "/documents/n700?return_vectors=true");
  assert.deepEqual([read.body.vectors.text, read.body.i], [[700, 1], 700]);
  assert.deepEqual(
    (await things.call("GET", "/documents/n1400?return_vectors=true")).body.vectors.text,
    [1400, 1],
  );
});

test("on PGlite, units are small while others ask for something", async () => {
  const things = await createTestCollection(room);
  room.deps.courtesy.asked();
  await things.ingestLines(numbered(0, 600));
  const units = database.db.kind === "pglite" ? [100, 100, 100, 100, 100, 100] : [600];
  assert.deepEqual(
    (await events(things.id)).map(({ added, batches }) => [added, batches]),
    units.map((added, i) => [added, i === units.length - 1 ? 1 : 0]),
  );
});

test("the same id in two units of a request is an error for the second", async () => {
  const things = await createTestCollection(room);
  const answer = await things.ingestLines([...numbered(0, 1200), ...numbered(5, 1)]);
  assert.deepEqual([answer.body.ingested, answer.body.failed], [1200, 1]);
  assert.deepEqual(answer.body.errors[0].index, 1200);
});

test("a bad body is answered with its place and stores nothing", async () => {
  const things = await createTestCollection(room);
  const send = async (text: string, type = "application/json", headers = {}) => {
    const { status, body } = await things.call("POST", "/documents/ingest", text, {
      "content-type": type,
      ...headers,
    });
    return { status, said: body.detail?.[0] ?? body.error };
  };
  const shape = async (text: string) => {
    const { status, said } = await send(text);
    return [status, said.loc.join("."), said.type];
  };
  assert.deepEqual(await shape('{"documents": [{"document_id": "a"}, {"document_id": }]}'), [422, "body.documents.1", "json_invalid"]); // prettier-ignore
  assert.deepEqual(await shape('{"documents": [{"document_id": "a"},]}'), [
    422,
    "body.documents.1",
    "json_invalid",
  ]);
  assert.deepEqual(await shape('{"documents": [{"document_id": "a"}'), [422, "body", "json_invalid"]);
  assert.deepEqual(await shape('{"documents": [{"document_id": "a"}]} x'), [422, "body", "json_invalid"]);
  assert.deepEqual(await shape('{"documents": [}]}'), [422, "body", "json_invalid"]);
  assert.deepEqual(await shape('{"documents": {"a": 1}}'), [422, "body.documents", "array_type"]);
  assert.deepEqual(await shape('{"documents": [], "strict": true}'), [422, "body.strict", "extra_forbidden"]);
  assert.deepEqual(await shape("{}"), [422, "body.documents", "missing"]);
  assert.deepEqual(await shape(" "), [422, "body", "json_invalid"]);
  assert.deepEqual(await shape("[]"), [422, "body", "object_type"]);
  assert.deepEqual(await shape("{'documents': []}"), [422, "body", "json_invalid"]);
  assert.equal((await send("")).status, 422);
  assert.equal((await send("x", "text/plain")).said.code, "unsupported_media_type");
  const many = await things.ingest(Array.from({ length: 10_001 }, () => ({})));
  assert.deepEqual([many.status, many.body.error.code], [413, "body_too_large"]);
  const long = await things.ingestLines([`{"document_id": "${"x".repeat(17 * 1024 * 1024)}"}`]);
  assert.deepEqual([long.status, long.body.error.details.line], [413, 1]);
  const utf8 = await room.app.inject({
    method: "POST",
    url: `/v1/collections/${things.id}/documents/ingest`,
    headers: { ...things.tenant.headers, "content-type": "application/x-ndjson" },
    payload: Buffer.from([0x22, 0xff, 0x22]),
  });
  assert.match(utf8.json().error.message, /Line 1 is not valid JSON: it is not valid UTF-8/);
  assert.equal((await things.call("GET", "")).body.document_count, 0);
});

test("JSON may have any blanks, braces in strings, and escapes", async () => {
  const things = await createTestCollection(room);
  const text =
    ' {"documents" : [ {"document_id":"a]},{","payload":{"t":"\\"}\\\\"}} ,\n{"document_id":"ü"}\t] } ';
  const answer = await things.call("POST", "/documents/ingest", text, { "content-type": "application/json" });
  assert.equal(answer.body.ingested, 2);
  assert.equal((await things.call("GET", `/documents/${encodeURIComponent("a]},{")}`)).body.t, '"}\\');
  assert.equal((await things.call("GET", `/documents/${encodeURIComponent("ü")}`)).status, 200);
  const empty = await things.ingest([]);
  assert.deepEqual(empty.body, { ingested: 0, updated: 0, unchanged: 0, failed: 0, errors: [] });
});

test("a collection of another tenant, an unknown one and a disabled one take nothing", async () => {
  const mine = await createTestCollection(room);
  const theirs = await createTestCollection(room);
  const send = (id: string) =>
    room.app.inject({
      method: "POST",
      url: `/v1/collections/${id}/documents/ingest`,
      headers: mine.tenant.headers,
      payload: { documents: [{}] },
    });
  const foreign = await send(theirs.id);
  const unknown = await send("col_0000000000000000");
  assert.deepEqual([foreign.statusCode, unknown.statusCode], [404, 404]);
  assert.equal(
    foreign.json().error.message.replace(theirs.id, ""),
    unknown.json().error.message.replace("col_0000000000000000", ""),
  );
  await mine.call("PATCH", "", { enabled: false });
  const disabled = await mine.ingest([{}]);
  assert.deepEqual([disabled.status, disabled.body.error.code], [400, "illegal_state_change"]);
});

test("a hook that throws takes the documents with it", async () => {
  const failing = await createDocumentsRoom(database.db, async (tx, event) => {
    const { rows } = await sql<{ n: number }>`
      select count(*) as n from documents where collection_id = ${event.collectionId}`.execute(tx);
    assert.deepEqual([rows[0]!.n, event.seq, event.added, event.batches], [1, 1, 1, 1]);
    throw new Error("the hook fails");
  });
  try {
    const things = await createTestCollection(failing);
    assert.equal((await things.ingest([{ document_id: "a", vectors: { text: [1, 2] } }])).status, 500);
    assert.equal((await things.call("GET", "/documents/a")).status, 404);
    assert.equal((await things.call("GET", "")).body.document_count, 0);
    assert.deepEqual(await events(things.id), []);
  } finally {
    await failing.close();
  }
});
