import assert from "node:assert/strict";
import type { ClientRequest, OutgoingHttpHeaders } from "node:http";
import { after, before, describe, it } from "node:test";
import { brotliCompressSync, constants, gzipSync, zstdCompressSync } from "node:zlib";

import { Api } from "../factories/api.ts";
import { createServerDatabase, TEST_KEY, type ServerDatabase } from "../factories/server-database.ts";
import { killServers, spawnServer, type ServerProcess } from "../factories/server-process.ts";
import { CHANGE_ROUTES, DOCUMENT_ROUTES, type DocumentRoute, type DocumentText } from "./document-routes.ts";
import { once, repeated, send, type Answer, type Ending } from "./send.ts";
import { watchServer } from "./watch-server.ts";

const MB = 1024 * 1024;
/** What all of this may cost the server, its built-in database included; 400 MB were seen. */
const MOST_MEMORY_MB = 700;
/** How long anybody else waits: for the process, and for its database, where a large document is one statement. */
const MOST_WAIT_MS = { liveness: 1_500, health: 3_000 };

let database: ServerDatabase;
let server: ServerProcess;
let api: Api;
let watch: ReturnType<typeof watchServer>;

before(async () => {
  database = await createServerDatabase();
  server = await spawnServer({ ...database.env, RECLUSTER_BODY_STALL_SECONDS: "1" });
  api = new Api(server.url, TEST_KEY);
  await api.call("POST", "/v1/collections", {
    collection_name: "things",
    features: [{ name: "v", dimensions: 2 }],
  });
  watch = watchServer(server.url, server.pid);
});
after(async () => {
  killServers();
  await database.remove();
});

const count = async (): Promise<number> =>
  (await api.call("GET", "/v1/collections/things")).document_count as number;

interface Extra {
  readonly headers?: OutgoingHttpHeaders;
  readonly leaveOpen?: (sent: ClientRequest) => void;
}

function sendTo(
  route: Pick<DocumentRoute, "method" | "path" | "contentType">,
  pieces: Iterable<Buffer>,
  { headers = {}, leaveOpen }: Extra = {},
) {
  return send({
    method: route.method,
    url: `${server.url}${route.path}`,
    headers: { ...api.headers, "content-type": route.contentType, ...headers },
    pieces,
    ...(leaveOpen ? { leaveOpen } : {}),
  });
}

const sendDocuments = (route: DocumentRoute, ...documents: DocumentText[]) =>
  sendTo(route, once(route.body(documents)));

/** The message with which the answer refuses, after the refusal was held against what the route does in such a case. */
function refused(ending: Ending, how: "listed" | number): string {
  assert.ok("body" in ending, JSON.stringify(ending));
  const { status, body } = ending;
  const text = JSON.stringify(body).slice(0, 500);
  assert.equal(status, how === "listed" ? 200 : how, text);
  if (how === "listed") {
    assert.equal(body.failed, 1, text);
    return body.errors[0].message;
  }
  return body.error?.message ?? body.detail[0].msg;
}

const accepted = (ending: Ending): Answer => {
  assert.equal(ending.status, 200, JSON.stringify(ending).slice(0, 500));
  return ending;
};

/** Wrong in themselves: nothing of them is stored, and others go on. */
const WRONG: readonly [name: string, document: DocumentText, how: keyof DocumentRoute["refusals"], RegExp][] =
  [
    ["NaN", { vectors: '{"v":[NaN,1]}' }, "notJson", /JSON/],
    ["Infinity", { vectors: '{"v":[Infinity,1]}' }, "notJson", /JSON/],
    ["a number beyond a double", { vectors: '{"v":[1e999,1]}' }, "wrongDocument", /position 0 it has Infinity/],
    ["a number beyond a float32", { vectors: '{"v":[1,-1e39]}' }, "wrongDocument", /position 1.*float32/],
    ["such a number in the payload", { payload: '{"n":-1e999}' }, "wrongDocument", /beyond the range/],
    ["a vector without numbers", { vectors: '{"v":[]}' }, "wrongDocument", /has 0 numbers/],
    ["a feature named constructor", { vectors: '{"constructor":[1,2]}' }, "wrongDocument", /Unknown feature 'constructor'/],
    ["a NUL", { payload: '{"t":"\\u0000"}' }, "wrongDocument", /NUL|U\+0000/],
    ["100,000 brackets", { payload: `{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}` }, "wrongDocument", /nested deeper than/],
    ["100,000 open brackets", { payload: `{"a":${"[".repeat(100_000)}` }, "notJson", /JSON|nested/],
    ["a million columns", { payload: `{${Array.from({ length: 1_000_000 }, (_, i) => `"k${i}":0`).join(",")}}` }, "tooHeavy", /more than 100000 fields/],
    ["a million empty arrays", { payload: `{"a":[${"[],".repeat(1_000_000)}0]}` }, "tooHeavy", /more than 500000 arrays/],
    ["eight million numbers for two", { vectors: `{"v":[${"0,".repeat(7_500_000)}0]}` }, "tooHeavy", /more than 2000000 items/],
  ]; // prettier-ignore

const GZIP = { "content-encoding": "gzip" };
const BOMB = 20 * MB;
/** Members of a gzip stream may follow each other: a hundred of these are 10 GB in 10 MB. */
const MEMBER = gzipSync(Buffer.alloc(100 * MB, "\n"), { level: 1 });

for (const route of DOCUMENT_ROUTES) {
  describe(`${route.name}: ${route.method} ${route.path}`, { timeout: 120_000 }, () => {
    for (const [name, document, how, message] of WRONG) {
      it(`refuses ${name}`, async () => {
        const stored = await count();
        const text = refused(await sendDocuments(route, document), statusFor(route, name, how));
        assert.match(text, message);
        assert.equal(await count(), stored);
      });
    }

    it("stores the second of two with the same id nowhere", async () => {
      const id = `twice in ${route.name}`;
      const one = { id, payload: '{"first":true}' };
      accepted(await sendDocuments(route, one));
      const again = await sendDocuments(route, ...(route.refusals.existingId === "listed" ? [one] : []), {
        ...one,
        payload: '{"first":false}',
      });
      refused(again, route.refusals.existingId);
      const read = await api.call("GET", `/v1/collections/things/documents/${encodeURIComponent(id)}`);
      assert.equal(read.first, true);
    });

    it("refuses a string of 100 MB and lets the client read why", async () => {
      const stored = await count();
      const pieces = [Buffer.from(route.opening), ...repeated(Buffer.alloc(MB, "x"), 100)];
      assert.match(refused(await sendTo(route, pieces), 413), /larger than|longer than 16777216 bytes/);
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      refused(await sendTo(route, pieces, { headers: { "content-length": length } }), 413);
      assert.equal(await count(), stored);
    });

    it("takes 5 MB in a string, and the zero vector", async () => {
      const id = `large in ${route.name}`;
      const large = { id, payload: `{"text":"${"x".repeat(5_000_000)}"}`, vectors: '{"v":[0,0]}' };
      accepted(await sendDocuments(route, large));
      const read = await api.call("GET", `/v1/collections/things/documents/${encodeURIComponent(id)}?return_vectors=true`);
      assert.deepEqual([read.text.length, read.vectors], [5_000_000, { v: [0, 0] }]);
    }); // prettier-ignore

    it("refuses what is not UTF-8", async () => {
      const [head, tail] = route.body([{ payload: '{"t":"HERE"}' }]).split("HERE");
      for (const bytes of [[0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf0, 0x9f]]) {
        const body = Buffer.concat([Buffer.from(head!), Buffer.from(bytes), Buffer.from(tail!)]);
        assert.match(refused(await sendTo(route, once(body)), route.refusals.notJson), /not valid UTF-8/);
      }
    });

    it("takes the names of JavaScript's own machinery for data, or refuses them by name", async () => {
      const id = `names in ${route.name}`;
      const payload = '{"constructor":"c","toString":1,"hasOwnProperty":null,"prototype":{"x":1}}';
      accepted(await sendDocuments(route, { id, payload }));
      const at = `/v1/collections/things/documents/${encodeURIComponent(id)}`;
      const read = await api.call("GET", at);
      assert.deepEqual([read.constructor, read.toString, read.prototype], ["c", 1, { x: 1 }]);
      const proto = { id: `${id} 2`, payload: '{"__proto__":{"polluted":true},"b":1}' };
      const ending = await sendDocuments(route, proto);
      if (!route.takesPrototypeNames) assert.match(refused(ending, 422), /named '__proto__'/);
      else {
        accepted(ending);
        const text = JSON.stringify(await api.call("GET", `${at}%202`));
        assert.match(text, /"__proto__":\{"polluted":true\}/);
      }
      const features = await sendDocuments(route, { vectors: '{"__proto__":[1,2]}' });
      assert.match(refused(features, route.takesPrototypeNames ? "listed" : 422), /__proto__/);
      assert.equal((await api.call("GET", "/v1/collections/things")).polluted, undefined);
    });

    for (const [name, compress] of [
      ["gzip", (bytes: Buffer) => gzipSync(bytes, { level: 1 })],
      ["br", (bytes: Buffer) => brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
      ["zstd", zstdCompressSync],
    ] as const) {
      it(`is not blown up by ${name}: a line without end, blank lines, brackets`, async () => {
        const stored = await count();
        const bombs = [
          Buffer.concat([Buffer.from(route.opening), Buffer.alloc(BOMB, "0")]),
          Buffer.alloc(BOMB, "\n"),
          Buffer.concat([Buffer.from(route.opening.replace(/"$/, "")), Buffer.alloc(BOMB, "[")]),
        ];
        for (const bomb of bombs) {
          const ending = await sendTo(route, once(compress(bomb)), { headers: { "content-encoding": name } });
          const message = refused(ending, route.unpacks ? 413 : 415);
          assert.match(message, route.unpacks ? /unpacked to \d+ and more|longer than 16777216/ : /Content-Encoding/);
        }
        assert.equal(await count(), stored);
      });
    } // prettier-ignore

    it("is not blown up by 10 GB in 10 MB of gzip, and says how much it unpacked", async () => {
      const start = performance.now();
      const ending = await sendTo(route, repeated(MEMBER, 100), { headers: GZIP });
      const message = refused(ending, route.unpacks ? 413 : 415);
      if (route.unpacks) {
        const unpacked = Number(/unpacked to (\d+) and more/.exec(message)![1]);
        assert.ok(unpacked < 20 * MB, message);
      }
      assert.ok(performance.now() - start < 10_000);
    });

    it("gets over a client that goes away half way, that is cut off, that falls silent or announces a wrong length", async () => {
      const stored = await count();
      const body = route.body([{ payload: '{"a":"b"}' }]);
      await sendTo(route, once(body.slice(0, 20)), { leaveOpen: (sent) => sent.destroy() });
      await sendTo(route, once(route.opening), { leaveOpen: (sent) => sent.socket?.resetAndDestroy() });
      const short = await sendTo(route, once(body), { headers: { "content-length": body.length - 5 } });
      // The five bytes too many are no request: Node's own 400 may come first.
      assert.ok([0, 400, 422].includes(short.status), JSON.stringify(short));
      const waiting = { leaveOpen: () => undefined };
      const silent = sendTo(route, once(route.opening), waiting);
      const long = sendTo(route, once(body), { headers: { "content-length": body.length + 5 }, ...waiting });
      for (const ending of await Promise.all([silent, long])) {
        assert.match(refused(ending, 408), /Nothing more of the request's body arrived for 1 seconds/);
      }
      assert.equal(await count(), stored);
    });
  });
}

for (const route of CHANGE_ROUTES) {
  describe(`${route.name}: ${route.method} ${route.path}`, { timeout: 120_000 }, () => {
    const target = () => api.call("GET", "/v1/collections/things/documents/target?return_vectors=true");
    before(async () => {
      const documents = [{ document_id: "target", payload: { as: "it was" }, vectors: { v: [1, 2] } }];
      await api.call("POST", "/v1/collections/things/documents/ingest", { documents });
    });

    for (const [name, document, how, message] of WRONG) {
      it(`refuses ${name}`, async () => {
        const stored = await target();
        const ending = await sendTo(route, once(route.body([document])));
        assert.ok("body" in ending, JSON.stringify(ending));
        const { status, body } = ending;
        if (status === 200)
          assert.deepEqual([route.name, body.failed_count, how], ["batch", 1, "wrongDocument"]);
        else
          assert.ok(
            how === "wrongDocument" ? [400, 422].includes(status) : status === 422,
            JSON.stringify(body),
          );
        const said = body.results?.[0].error ?? body.error?.message ?? body.detail[0].msg;
        assert.match(said, message);
        assert.deepEqual(await target(), stored);
      });
    }

    it("refuses a string of 100 MB, what is not UTF-8, a client that falls silent; takes 5 MB", async () => {
      const stored = await target();
      const large = [Buffer.from(route.opening), ...repeated(Buffer.alloc(MB, "x"), 100)];
      assert.match(refused(await sendTo(route, large), 413), /larger than|longer than 16777216 bytes/);
      const [head, tail] = route.body([{ payload: '{"t":"HERE"}' }]).split("HERE");
      const body = Buffer.concat([Buffer.from(head!), Buffer.from([0xc3, 0x28]), Buffer.from(tail!)]);
      assert.match(refused(await sendTo(route, once(body)), 422), /not valid UTF-8/);
      const silent = await sendTo(route, once(route.opening), { leaveOpen: () => undefined });
      assert.match(refused(silent, 408), /Nothing more of the request's body arrived/);
      assert.deepEqual(await target(), stored);
      const text = `{"text":"${"x".repeat(5_000_000)}","__proto_":1}`;
      accepted(await sendTo(route, once(route.body([{ payload: text }]))));
      assert.equal((await target()).text.length, 5_000_000);
    });
  });
}

describe("the server, after all that", () => {
  it("answered others meanwhile, in bounded memory, and goes on", async (t) => {
    const { memory, slowest } = await watch.stop();
    t.diagnostic(
      `memory ${memory.before.toFixed(0)} MB before, ${memory.most.toFixed(0)} MB at most; ` +
        `liveness within ${slowest.liveness.toFixed(0)} ms, health within ${slowest.health.toFixed(0)} ms`,
    );
    assert.ok(memory.most - memory.before < MOST_MEMORY_MB, `${memory.most} MB`);
    assert.ok(slowest.liveness < MOST_WAIT_MS.liveness, `${slowest.liveness} ms`);
    assert.ok(slowest.health < MOST_WAIT_MS.health, `${slowest.health} ms`);
    for (const route of DOCUMENT_ROUTES) {
      accepted(await sendDocuments(route, { id: `last by ${route.name}`, vectors: '{"v":[1,2]}' }));
    }
    assert.equal(await server.stop(), 0, server.said());
    assert.doesNotMatch(server.said(), /"level":(50|60)/, "nothing of this is a fault of ours");
  });
});

/** A buffered body is judged as a whole before its documents are: what is not JSON's grammar is then 422, too. */
function statusFor(route: DocumentRoute, name: string, how: keyof DocumentRoute["refusals"]) {
  const judgedAsBody = ["a NUL", "100,000 brackets"].includes(name);
  return judgedAsBody && route.refusals.tooHeavy === 422 ? 422 : route.refusals[how];
}
