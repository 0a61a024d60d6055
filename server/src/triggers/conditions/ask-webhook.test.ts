import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "node:test";

import { AppError } from "../../platform/app-error.ts";
import { readAllowList } from "../../platform/outgoing/allow-list.ts";
import { generateSigningSecret } from "../../platform/outgoing/sign-request.ts";
import { askWebhook, type AskDeps } from "./ask-webhook.ts";

const seen: { headers: IncomingHttpHeaders; body: Buffer; method: string }[] = [];
let respond: (response: ServerResponse) => void;
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    seen.push({ headers: request.headers, body: Buffer.concat(chunks), method: request.method! });
    respond(response);
  });
});
let url: string;
before(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/check?token=hidden`;
});
after(() => server.close());

const deps: AskDeps = {
  outgoing: { allow: readAllowList("127.0.0.1") },
  signingSecret: generateSigningSecret(),
  clock: { now: () => new Date("2026-11-22T10:00:01.500Z") },
};
const checkedAt = new Date("2026-11-22T10:00:00.250Z");
const question = {
  triggerId: "trig_1",
  clusterId: "clust_1",
  namespaceId: "ns_1",
  checkedAt,
  documents: { total: 12 },
};
const ask = (answer: string | Buffer, status = 200, headers: Record<string, string> = {}) => {
  respond = (response) => void response.writeHead(status, headers).end(answer);
  return askWebhook(deps, { url, ...question }, new AbortController().signal);
};

describe("what is asked", () => {
  it("is a POST that says what is checked, with a signature that the secret verifies and nothing else does", async () => {
    seen.length = 0;
    await ask('{"met": true}');
    await ask('{"met": true}');
    const [{ headers, body, method }, second] = seen as [(typeof seen)[0], (typeof seen)[0]];
    assert.deepEqual([method, headers["content-type"]], ["POST", "application/json"]);
    assert.deepEqual(JSON.parse(body.toString()), {
      type: "condition.check",
      timestamp: "2026-11-22T10:00:00.250Z",
      data: {
        trigger_id: "trig_1",
        cluster_id: "clust_1",
        namespace_id: "ns_1",
        checked_at: "2026-11-22T10:00:00.250Z",
        documents: { total: 12 },
      },
    });
    const id = headers["webhook-id"] as string;
    assert.match(id, /^msg_[0-9A-Za-z]{16}$/);
    assert.notEqual(id, second.headers["webhook-id"]);
    const sentAt = String(Date.UTC(2026, 10, 22, 10, 0, 1) / 1000);
    assert.equal(headers["webhook-timestamp"], sentAt);
    const signed = (secret: string, text: string) =>
      `v1,${createHmac("sha256", Buffer.from(secret.slice(6), "base64"))
        .update(text)
        .digest("base64")}`;
    const text = `${id}.${sentAt}.${body.toString()}`;
    assert.equal(headers["webhook-signature"], signed(deps.signingSecret, text));
    assert.notEqual(headers["webhook-signature"], signed(generateSigningSecret(), text));
  });
});

describe("what is answered", () => {
  const good: [string, object][] = [
    ['{"value": 0.25}', { value: 0.25 }],
    ['{"value": 0}', { value: 0 }],
    ['{"value": -1e-3, "note": "x"}', { value: -0.001 }],
    ['\ufeff{"value": 1}'.slice(1), { value: 1 }],
    ['{"met": false}', { met: false }],
    [' {"met":true}\n', { met: true }],
  ];
  for (const [text, verdict] of good) {
    it(`${text.trim()} counts`, async () => assert.deepEqual(await ask(text), verdict));
  }
  it("so does another success than 200", async () =>
    assert.deepEqual(await ask('{"value":1}', 202), { value: 1 }));

  const html = "<!doctype html><title>It works!</title>";
  const wrong: [string | Buffer, number, RegExp][] = [
    ['{"value": "0.5"}', 200, /value is a string/],
    ['{"value": null}', 200, /value is null/],
    ['{"value": true}', 200, /value is a boolean/],
    ['{"value": [1]}', 200, /value is an array/],
    ['{"value": 1e999}', 200, /value is no finite number/],
    ['{"value": NaN}', 200, /no JSON\./],
    ['{"value": Infinity}', 200, /no JSON\./],
    ['{"met": 1}', 200, /met is no finite number|met is a number/],
    ['{"met": "true"}', 200, /met is a string/],
    ['{"met": null}', 200, /met is null/],
    ['{"value": 1, "met": true}', 200, /both value and met/],
    ['{"value": null, "met": true}', 200, /both value and met/],
    ["{}", 200, /neither value nor met/],
    ['{"__proto__": {"value": 1}}', 200, /neither value nor met/],
    ["[]", 200, /no JSON object/],
    ["0.5", 200, /no JSON object/],
    ["null", 200, /no JSON object/],
    ["", 200, /with nothing: that is no JSON/],
    ["", 204, /204 with nothing/],
    [html, 200, /It works/],
    [html, 500, /answered 500 with.*It works.*no success/],
    ['{"value": 1}', 404, /404/],
    ['{"value": 1}', 500, /500/],
    [Buffer.from([0xff, 0xfe, 0x00]), 200, /no JSON/],
    ["x".repeat(5000), 200, /'x{200}…'/],
  ];
  for (const [answer, status, message] of wrong) {
    it(`${status} ${JSON.stringify(answer.toString("latin1").slice(0, 40))} is an error that says so`, async () => {
      const error = await ask(answer, status).then(
        () => assert.fail("it was taken"),
        (thrown: unknown) => thrown as AppError,
      );
      assert.deepEqual(
        [error.code, error.details?.reason, error.details?.status],
        ["outgoing_failed", "answer", status],
      );
      assert.match(error.message, message);
      assert.match(error.message, /Expected is status 200 with \{"value": number\} or \{"met": boolean\}/);
      assert.ok(!error.message.includes("hidden"), "a token of the URL");
      assert.ok(error.message.length < 1000);
    });
  }

  it("a redirect is not followed, and the message says where it leads", async () => {
    seen.length = 0;
    await assert.rejects(ask("", 307, { location: "/elsewhere" }), (error: AppError) => {
      assert.match(error.message, /redirect to '\/elsewhere'.*none is followed/);
      return true;
    });
    assert.equal(seen.length, 1);
  });

  it("more than 64 KB are not read, and where nothing may be asked nothing is", async () => {
    await assert.rejects(ask(`{"value": 1, "x": "${"x".repeat(70_000)}"}`), (error: AppError) => {
      return error.details?.reason === "too_large";
    });
    seen.length = 0;
    const shut = { ...deps, outgoing: {} };
    await assert.rejects(askWebhook(shut, { url, ...question }, new AbortController().signal), {
      code: "outgoing_refused",
    });
    assert.equal(seen.length, 0);
  });
});
