import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

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
  await room.app.listen({ port: 0, host: "127.0.0.1" });
});
after(async () => {
  await room.close();
  await database.close();
});

function open(things: TestCollection, headers: Record<string, string>): ClientRequest {
  const { port } = room.app.server.address() as AddressInfo;
  const path = `/v1/collections/${things.id}/documents/ingest`;
  return request({
    port,
    host: "127.0.0.1",
    path,
    method: "POST",
    headers: { ...things.tenant.headers, ...headers },
  });
}

async function answerOf(sent: ClientRequest) {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return {
    status: answer.statusCode,
    body: JSON.parse(text) as { error: { code: string; message: string } },
  };
}

const lines = (from: number, count: number) =>
  Array.from(
    { length: count },
    (_, i) => `{"document_id":"d${from + i}","vectors":{"text":[1,${i}]}}\n`,
  ).join("");

test("a client that goes away leaves whole units and nothing else", async () => {
  const things = await createTestCollection(room);
  const committed = room.deps.signals.next("ingest.unit");
  const sent = open(things, { "content-type": "application/x-ndjson" });
  sent.on("error", () => undefined);
  sent.write(lines(0, 1500));
  await committed;
  const aborted = room.deps.signals.next("ingest.aborted");
  sent.destroy();
  await aborted;
  // Another request on the collection's lock comes after whatever the first may still do.
  const again = await things.ingest([{ document_id: "after" }]);
  assert.equal(again.body.ingested, 1);
  assert.equal((await things.call("GET", "")).body.document_count, 1001);
  assert.equal((await things.call("GET", "/documents/d1000")).status, 404);
});

test("200 MB of JSON are refused at once, with or without a length, and the client gets to read why", async () => {
  const things = await createTestCollection(room);
  const piece = Buffer.alloc(1024 * 1024, " ");
  const announced = open(things, {
    "content-type": "application/json",
    "content-length": String(200 * piece.length),
  });
  for (let i = 0; i < 200; i++) announced.write(piece);
  announced.end();
  const early = await answerOf(announced);
  assert.deepEqual([early.status, early.body.error.code], [413, "body_too_large"]);
  assert.match(early.body.error.message, /128 MiB.*NDJSON/s);
  const chunked = open(things, { "content-type": "application/json" });
  for (let i = 0; i < 200; i++) chunked.write(piece);
  chunked.end();
  const late = await answerOf(chunked);
  assert.deepEqual([late.status, late.body.error.code], [413, "body_too_large"]);
  assert.equal((await things.call("GET", "")).body.document_count, 0);
});

test("an error in the middle of a stream is answered while the client still sends", async () => {
  const things = await createTestCollection(room);
  const sent = open(things, { "content-type": "application/x-ndjson" });
  sent.write(`${lines(0, 10)}{broken\n`);
  const answer = await answerOf(sent);
  assert.deepEqual([answer.status, answer.body.error.code], [400, "invalid_line"]);
  sent.end(lines(10, 10));
  assert.equal((await things.call("GET", "")).body.document_count, 0);
});
