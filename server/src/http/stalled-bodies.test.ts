import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type ClientRequest, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";

import { Type } from "typebox";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { silentLogger } from "../platform/logger.ts";
import { sleep } from "../platform/timers.ts";
import { createApp } from "./app.ts";
import { route, type App } from "./route.ts";

const STALL_MS = 600;
const Anything = Type.Object({}, { additionalProperties: true });

let database: TestDatabase;
let app: App;
let tenant: TestTenant;
/** What the routes wait for before they read, or answer. */
let busy: Promise<unknown> = Promise.resolve();

before(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.db);
  app = await createApp({ db: database.db, logger: silentLogger, routes, bodyStallMs: STALL_MS });
  await app.listen({ port: 0, host: "127.0.0.1" });
});
after(async () => {
  await app.close();
  await database.close();
});

function routes(to: App): void {
  const shared = { method: "POST", permission: "write", namespace: false, tag: "Test", summary: "" } as const;
  route(to, {
    ...shared,
    url: "/v1/buffered",
    operationId: "buffered",
    schema: { body: Anything, response: { 200: Anything } },
    handler: async ({ body }) => {
      await busy;
      return body;
    },
  });
  void to.register((own: App, _options, done) => {
    own.addContentTypeParser("application/octet-stream", (_request, body, next) => next(null, body));
    route(own, {
      ...shared,
      url: "/v1/streamed",
      operationId: "streamed",
      schema: { response: { 200: Anything } },
      handler: async (incoming) => {
        let bytes = 0;
        await busy;
        for await (const chunk of incoming.body as AsyncIterable<Buffer>) {
          bytes += chunk.length;
          await busy;
        }
        return { bytes };
      },
    });
    done();
  });
}

function open(path: string, headers: Record<string, string | number>): ClientRequest {
  const { port } = app.server.address() as AddressInfo;
  const sent = request({
    port,
    host: "127.0.0.1",
    path,
    method: "POST",
    headers: { authorization: `Bearer ${tenant.key}`, ...headers },
  });
  sent.on("error", () => undefined);
  return sent;
}

async function answerOf(sent: ClientRequest): Promise<{ status: number; body: any; connection: string }> {
  const [answer] = (await once(sent, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of answer) text += String(chunk);
  return {
    status: answer.statusCode!,
    body: JSON.parse(text),
    connection: answer.headers.connection ?? "",
  };
}

const JSON_BODY = { "content-type": "application/json" };
const BYTES = { "content-type": "application/octet-stream" };

for (const [path, headers] of [["/v1/buffered", JSON_BODY], ["/v1/streamed", BYTES]] as const) {
  test(`${path}: a client that falls silent in its body is answered, and let go`, async () => {
    const sent = open(path, headers);
    sent.write('{"a"');
    const { status, body, connection } = await answerOf(sent);
    assert.deepEqual([status, body.error.code, connection], [408, "body_stalled", "close"]);
  });

  test(`${path}: one that never begins its body is answered, too`, async () => {
    const sent = open(path, { ...headers, "content-length": 100 });
    sent.flushHeaders();
    assert.equal((await answerOf(sent)).status, 408);
  });

  test(`${path}: a slow body is no silent one, however long it takes`, async () => {
    const sent = open(path, headers);
    for (const piece of '{"a":"bcdefgh"}') {
      sent.write(piece);
      await sleep(STALL_MS / 8);
    }
    sent.end();
    assert.equal((await answerOf(sent)).status, 200);
  });
} // prettier-ignore

test("a server that is busy does not blame the client", async () => {
  busy = sleep(STALL_MS * 3);
  const whole = open("/v1/buffered", JSON_BODY);
  whole.end('{"a":1}');
  assert.deepEqual((await answerOf(whole)).body, { a: 1 });
  busy = sleep(STALL_MS * 3);
  const piece = Buffer.alloc(1024 * 1024);
  const streamed = open("/v1/streamed", BYTES);
  streamed.write(piece);
  await busy;
  busy = sleep(STALL_MS * 3);
  streamed.end(piece);
  assert.deepEqual((await answerOf(streamed)).body, { bytes: 2 * piece.length });
});

test("after an early answer a silent client does not keep its connection", async () => {
  const sent = open("/v1/buffered", {
    ...JSON_BODY,
    authorization: "Bearer sk_nobody",
    "content-length": 100,
  });
  sent.write('{"a"');
  const closed = new Promise((resolve) => sent.once("socket", (socket) => socket.once("close", resolve)));
  assert.equal((await answerOf(sent)).status, 401);
  await closed;
});
