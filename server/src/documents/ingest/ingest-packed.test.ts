import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from "node:zlib";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
  type TestCollection,
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

const LINES = "application/x-ndjson";
const lines = (count: number, salt = 0) =>
  Array.from(
    { length: count },
    (_, i) => `{"payload":{"i":${i}},"vectors":{"text":[${Math.sin(i + salt)},1]}}\n`,
  ).join("");

async function send(things: TestCollection, payload: Buffer | string, headers: Record<string, string>, path = "/ingest") {
  const answer = await room.app.inject({
    method: "POST",
    url: `/v1/collections/${things.id}/documents${path}`,
    headers: { ...things.tenant.headers, "content-type": LINES, ...headers },
    payload,
  });
  const body = answer.json();
  return { status: answer.statusCode, body, error: body.error, replayed: answer.headers["idempotent-replayed"] };
} // prettier-ignore

test("takes a compressed body of either kind, under each name of its encoding", async () => {
  const things = await createTestCollection(room);
  const packers = {
    gzip: gzipSync,
    "X-Gzip": gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    zstd: zstdCompressSync,
  };
  for (const [encoding, pack] of Object.entries(packers)) {
    const sent = await send(things, pack(lines(1200)), { "content-encoding": encoding });
    assert.deepEqual([sent.status, sent.body.ingested], [200, 1200], encoding);
    const json = pack(JSON.stringify({ documents: [{}, {}] }));
    const type = { "content-type": "application/json", "content-encoding": encoding };
    assert.equal((await send(things, json, type)).body.ingested, 2);
  }
  assert.equal((await send(things, lines(3), { "content-encoding": "identity" })).body.ingested, 3);
});

test("other encodings, and several, are refused with the list of those there are; so are all on other routes", async () => {
  const things = await createTestCollection(room);
  for (const encoding of ["compress", "gzip, br", "gzip,gzip", "bzip2"]) {
    const { status, error } = await send(things, gzipSync(lines(1)), { "content-encoding": encoding });
    assert.deepEqual([status, error.code], [415, "unsupported_media_type"], encoding);
    assert.match(error.message, /gzip, deflate, br, zstd/);
    assert.deepEqual(error.details.encodings, ["gzip", "deflate", "br", "zstd"]);
  }
  const body = gzipSync(JSON.stringify({ collection_id: things.id }));
  const create = await send(
    things,
    body,
    { "content-type": "application/json", "content-encoding": "gzip" },
    "",
  );
  assert.deepEqual([create.status, create.error.code], [415, "unsupported_media_type"]);
  assert.equal((await things.call("GET", "")).body.document_count, 0);
});

test("a body that is cut off or damaged says what is durable; sending it whole again doubles nothing", async () => {
  const things = await createTestCollection(room);
  const packed = gzipSync(lines(3500));
  const headers = { "content-encoding": "gzip", "idempotency-key": "whole" };
  const cut = await send(things, packed.subarray(0, packed.length - 20), headers);
  assert.deepEqual([cut.status, cut.error.code], [400, "invalid_encoding"]);
  const { ingested } = cut.error.details.durable;
  assert.ok(ingested > 0 && ingested % 1000 === 0);
  assert.match(
    cut.error.message,
    new RegExp(`cut off.*The ${ingested} documents before are stored and stay`),
  );
  assert.equal((await things.call("GET", "")).body.document_count, ingested);
  const whole = await send(things, packed, headers);
  assert.deepEqual([whole.body.ingested, whole.body.unchanged], [3500 - ingested, ingested]);
  const nothing = await send(things, "no gzip at all", { "content-encoding": "gzip" });
  assert.match(nothing.error.message, /is damaged or not gzip.*Nothing of it was stored/);
  assert.deepEqual(nothing.error.details.durable, { ingested: 0, updated: 0, unchanged: 0, failed: 0 });
});

test("a request is the same however its body is compressed", async () => {
  const things = await createTestCollection(room);
  const text = lines(10);
  const key = { "idempotency-key": "packed" };
  assert.equal(
    (await send(things, gzipSync(text), { ...key, "content-encoding": "gzip" })).body.ingested,
    10,
  );
  const again = await send(things, zstdCompressSync(text), { ...key, "content-encoding": "zstd" });
  assert.deepEqual([again.body.ingested, again.replayed], [10, "true"]);
  assert.equal((await send(things, text, key)).replayed, "true");
  const other = await send(things, gzipSync(lines(10, 1)), { ...key, "content-encoding": "gzip" });
  assert.equal(other.error.code, "idempotency_conflict");
});
