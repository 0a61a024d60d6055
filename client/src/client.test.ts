import assert from "node:assert/strict";
import { test } from "node:test";

import { Recluster } from "./client.ts";
import { RequestError } from "./request-error.ts";

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

/** A client whose server is `answer`; what was sent is kept. */
function clientOf(answer: (sent: Sent) => [number, string, Record<string, string>?]) {
  const sent: Sent[] = [];
  const client = new Recluster({
    url: "http://server/",
    apiKey: "sk_key",
    namespace: "default",
    fetch: ((url: URL, init: { method: string; headers: Record<string, string>; body?: string }) => {
      const request = { url: url.href, method: init.method, headers: init.headers, body: init.body ?? "" };
      sent.push(request);
      const [status, text, answerHeaders = {}] = answer(request);
      return Promise.resolve(new Response(text === "" ? null : text, { status, headers: answerHeaders }));
    }) as typeof fetch,
  });
  return { client, sent };
}

test("key, namespace, escaped path, query without empty values, JSON body", async () => {
  const { client, sent } = clientOf(() => [200, "{}"]);
  await client.keys.patch("a@b.c", "my/key", { description: "x" });
  await client.namespaces.list({}, { limit: 5 });
  assert.equal(sent[0]!.url, "http://server/v1/organizations/users/a%40b.c/api-keys/my%2Fkey");
  assert.equal(sent[0]!.body, '{"description":"x"}');
  assert.equal(sent[0]!.headers.authorization, "Bearer sk_key");
  assert.equal(sent[0]!.headers["x-namespace"], "default");
  assert.equal(sent[1]!.url, "http://server/v1/namespaces/list?limit=5");
});

test("documents are changed by the methods and paths of the contract, a batch deleted with a body", async () => {
  const { client, sent } = clientOf(() => [200, "{}"]);
  await client.documents.put("c", "a/b", { x: 1 });
  await client.documents.patch("c", "a", { x: null });
  await client.documents.bulk("c", { update_data: {} });
  await client.documents.batchUpdate("c", { updates: [] });
  await client.documents.batchDelete("c", { document_ids: ["a"] });
  await client.documents.aggregate("c", { group_by: [{ field: "x" }], aggregations: [] });
  const base = "http://server/v1/collections/c/documents";
  assert.deepEqual(
    sent.map(({ method, url }) => `${method} ${url.slice(base.length)}`),
    ["PUT /a%2Fb", "PATCH /a", "PATCH /bulk", "POST /batch", "DELETE /batch", "POST /aggregate"],
  );
  assert.equal(sent[4]!.body, '{"document_ids":["a"]}');
});

test("errors of each form carry status, code and faults", async () => {
  const answers: [number, string, string][] = [
    [404, '{"error":{"message":"gone","type":"NotFoundError","code":"not_found"}}', "not_found"],
    [422, '{"detail":[{"loc":["body","a"],"msg":"Field required","type":"missing"}]}', "validation_failed"],
    [502, "<html>", "unexpected_answer"],
    [200, "<html>", "unexpected_answer"],
  ];
  for (const [status, text, code] of answers) {
    const { client } = clientOf(() => [status, text]);
    await assert.rejects(client.namespaces.get("x"), (error: Error) => {
      assert.ok(error instanceof RequestError);
      assert.deepEqual([error.status, error.code], [status, code]);
      return true;
    });
  }
  const away = new Recluster({ url: "http://127.0.0.1:1", apiKey: "sk_key" });
  await assert.rejects(away.health(), { status: 0, code: "unreachable" });
});

test("an error keeps how long the server asks to wait", async () => {
  const body = '{"error":{"message":"slower","type":"TooManyRequestsError","code":"rate_limited"}}';
  for (const [header, seconds] of [["7", 7], ["Wed, 21 Oct 2026 07:28:00 GMT", null], ["", null]] as const) {
    const { client } = clientOf(() => [429, body, header === "" ? {} : { "retry-after": header }]);
    const expected = { status: 429, code: "rate_limited", retryAfterSeconds: seconds };
    await assert.rejects(client.namespaces.get("x"), expected);
  }
}); // prettier-ignore

test("an empty answer is undefined", async () => {
  const { client } = clientOf(() => [204, ""]);
  assert.equal(await client.clusterTriggers.delete("trig_x"), undefined);
});

test("ingest goes request by request, takes no document before its turn, and adds up what is answered", async () => {
  let taken = 0;
  const takenAtRequest: number[] = [];
  const { client, sent } = clientOf((request) => {
    takenAtRequest.push(taken);
    const lines = request.body.trim().split("\n").length;
    const errors = [{ index: 2, document_id: "bad", message: "no" }];
    return [200, JSON.stringify({ ingested: lines - 1, updated: 0, unchanged: 0, failed: 1, errors })];
  });
  function* documents() {
    for (let i = 0; i < 2_500; i++) {
      taken++;
      yield { document_id: `d${i}` };
    }
  }
  const progress: number[] = [];
  const total = await client.documents.ingestAll("photos", documents(), {
    onProgress: (count) => progress.push(count),
  });
  assert.deepEqual(progress, [1_000, 2_000, 2_500]);
  assert.deepEqual(takenAtRequest, [1_001, 2_001, 2_500]);
  assert.deepEqual([total.ingested, total.failed], [2_497, 3]);
  assert.deepEqual(
    total.errors.map((error) => error.index),
    [2, 1_002, 2_002],
  );
  assert.equal(sent[0]!.headers["content-type"], "application/x-ndjson");
});
