import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../../../../test/factories/whole-app.ts";
import { ManualClock } from "../../db/database-clock.ts";
import { addMs } from "../../platform/clock.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
const clock = new ManualClock(new Date("2026-05-01T12:00:00Z"));

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db, { clock });
});
after(async () => {
  await whole.close();
  await database.close();
});
beforeEach(async () => {
  tenant = await createTenant(database.db);
});

async function send(method: string, url: string, payload?: object | string, headers: Record<string, string> = {}, to = whole) {
  const answer = await to.app.inject({
    method: method as "GET",
    url,
    headers: { ...tenant.headers, ...headers },
    ...(payload === undefined ? {} : { payload }),
  });
  const body = answer.json();
  return { status: answer.statusCode, headers: answer.headers, body, error: body.error };
} // prettier-ignore

const own = () => `/v1/namespaces/${tenant.namespaceId}`;
const setQuotas = async (quotas: object | null) => {
  const { status, body } = await send("PATCH", own(), { quotas });
  assert.equal(status, 200, JSON.stringify(body));
  return body.quotas;
};
const usage = async () => (await send("GET", own())).body.usage;
const createCollection = async (name: string, dimensions = 2) => {
  const made = await send("POST", "/v1/collections", {
    collection_name: name,
    features: [{ name: "v", dimensions }],
  });
  assert.equal(made.status, 200, JSON.stringify(made.body));
};
const documents = (from: number, count: number, payload: object = {}) =>
  Array.from({ length: count }, (_, i) => ({
    document_id: `d${from + i}`,
    payload,
    vectors: { v: [from + i, 1] },
  }));
const ingest = (collection: string, list: readonly object[]) =>
  send("POST", `/v1/collections/${collection}/documents/ingest`, { documents: list });
const ingestLines = (collection: string, list: readonly object[]) =>
  send(
    "POST",
    `/v1/collections/${collection}/documents/ingest`,
    list.map((one) => JSON.stringify(one)).join("\n"),
    {
      "content-type": "application/x-ndjson",
    },
  );

const NONE = { max_documents: null, max_bytes: null, max_dimensions: null, max_documents_per_second: null };

test("quotas are set with a namespace, changed one by one or all at once, and answered beside the usage", async () => {
  const made = await send("POST", "/v1/namespaces", {
    namespace_name: "small",
    quotas: { max_documents: 5, max_bytes: null },
  });
  assert.deepEqual(made.body.quotas, { ...NONE, max_documents: 5 });
  assert.deepEqual(made.body.usage, { documents: 0, bytes: 0 });
  const change = async (method: string, quotas: object | null) =>
    (await send(method, "/v1/namespaces/small", { quotas })).body.quotas;
  assert.deepEqual(await change("PATCH", { max_dimensions: 8 }), {
    ...NONE,
    max_documents: 5,
    max_dimensions: 8,
  });
  assert.deepEqual(await change("PATCH", { max_documents: null }), { ...NONE, max_dimensions: 8 });
  assert.deepEqual(await change("PUT", { max_bytes: 100 }), { ...NONE, max_bytes: 100 });
  assert.deepEqual((await send("PATCH", "/v1/namespaces/small", { description: "x" })).body.quotas.max_bytes, 100); // prettier-ignore
  const { results } = (await send("POST", "/v1/namespaces/list", { search: "small" })).body;
  assert.deepEqual([results[0].quotas.max_bytes, results[0].usage.bytes], [100, 0]);
  assert.deepEqual(await change("PATCH", null), NONE);
});

test("wrong quotas are refused, every fault listed, unknown names with the nearest; only an admin sets them", async () => {
  const wrong = await send("PATCH", own(), {
    quotas: { max_document: 5, max_bytes: 0, max_dimensions: "8", max_documents_per_second: 1.5 },
  });
  assert.equal(wrong.status, 422);
  const faults = wrong.body.detail.map(
    ({ loc, msg }: { loc: string[]; msg: string }) => `${loc.join(".")}: ${msg}`,
  );
  assert.deepEqual(faults.sort(), [
    "body.quotas.max_bytes: Input should be greater than or equal to 1",
    "body.quotas.max_dimensions: Input should be a valid integer",
    "body.quotas.max_document: Unknown field; did you mean 'max_documents'?",
    "body.quotas.max_documents_per_second: Input should be a valid integer",
  ]);
  const writer = await createKey(database.db, tenant.organizationId, tenant.userId, ["read", "write"]);
  const refused = await send(
    "PATCH",
    own(),
    { quotas: { max_bytes: 1 } },
    { authorization: `Bearer ${writer}` },
  );
  assert.deepEqual([refused.status, refused.error.code], [403, "missing_permission"]);
});

test("the server's defaults hold where the namespace has none of its own; its own null is none", async () => {
  const limited = await createWholeApp(database.db, {
    env: { RECLUSTER_QUOTA_DOCUMENTS: "2", RECLUSTER_QUOTA_DIMENSIONS: "4" },
  });
  try {
    const at = (method: string, url: string, body?: object) => send(method, url, body, {}, limited);
    assert.deepEqual((await at("GET", own())).body.quotas, { ...NONE, max_documents: 2, max_dimensions: 4 });
    const features = [{ name: "v", dimensions: 5 }];
    const wide = await at("POST", "/v1/collections", { collection_name: "wide", features });
    assert.deepEqual([wide.status, wide.error.code], [400, "quota_exceeded"]);
    await createCollection("things");
    const url = "/v1/collections/things/documents/ingest";
    assert.equal((await at("POST", url, { documents: [{}, {}, {}] })).error.code, "quota_exceeded");
    await setQuotas({ max_documents: null });
    assert.equal((await at("POST", url, { documents: [{}, {}, {}] })).body.ingested, 3);
    await setQuotas({ max_documents: 4 });
    assert.equal((await at("POST", url, { documents: [{}, {}] })).error.details.limit, 4);
  } finally {
    await limited.close();
  }
});

test("documents: counted over all collections; what adds none passes; nothing of a refused unit is stored", async () => {
  await createCollection("one-thing");
  await createCollection("other");
  await setQuotas({ max_documents: 1010 });
  assert.equal((await ingest("one-thing", documents(0, 9))).body.ingested, 9);
  const stopped = await ingestLines("other", documents(0, 1500));
  assert.deepEqual([stopped.status, stopped.error.code], [400, "quota_exceeded"]);
  assert.deepEqual(stopped.error.details, {
    quota: "max_documents",
    limit: 1010,
    current: 1009,
    asked: 500,
    durable: { ingested: 1000, updated: 0, unchanged: 0, failed: 0 },
  });
  assert.match(stopped.error.message, /quota max_documents is 1010.*holds 1009.*The 1000 documents before are stored/s); // prettier-ignore
  assert.equal((await usage()).documents, 1009);
  const create = (id: string) =>
    send("POST", "/v1/collections/other/documents", { collection_id: "other", document_id: id });
  assert.equal((await create("last")).status, 200);
  const over = await create("over");
  assert.deepEqual([over.status, over.error.details.current, over.error.details.asked], [400, 1010, 1]);
  assert.equal((await ingest("one-thing", documents(0, 9, { changed: true }))).body.updated, 9);
  await setQuotas({ max_documents: 5 });
  assert.equal((await ingest("one-thing", documents(0, 9, { again: true }))).body.updated, 9);
  assert.equal((await send("DELETE", "/v1/collections/other/documents/last")).status, 200);
  assert.equal((await create("over")).error.code, "quota_exceeded");
  await setQuotas({ max_documents: 1010 });
  assert.equal((await create("over")).status, 200);
});

test("bytes: growth is refused, shrinking passes", async () => {
  await createCollection("things");
  const big = { text: "x".repeat(1000) };
  await setQuotas({ max_bytes: 5000 });
  assert.equal((await ingest("things", documents(0, 4, big))).body.ingested, 4);
  const held = (await usage()).bytes as number;
  assert.equal(held, 4 * (JSON.stringify(big).length + 8));
  const over = await ingest("things", documents(4, 1, big));
  assert.deepEqual([over.status, over.error.details], [
    400,
    { quota: "max_bytes", limit: 5000, current: held, asked: held / 4, durable: { ingested: 0, updated: 0, unchanged: 0, failed: 0 } },
  ]); // prettier-ignore
  const grown = await ingest("things", documents(0, 2, { text: "x".repeat(1600) }));
  assert.equal(grown.error.details.quota, "max_bytes");
  await setQuotas({ max_bytes: 100 });
  assert.equal((await ingest("things", documents(0, 4))).body.updated, 4);
  assert.deepEqual(await usage(), { documents: 4, bytes: 4 * 10 });
});

test("dimensions: each feature of a new collection", async () => {
  await setQuotas({ max_dimensions: 3 });
  await createCollection("narrow", 3);
  const features = [
    { name: "a", dimensions: 3 },
    { name: "b", dimensions: 4 },
  ];
  const { status, error } = await send("POST", "/v1/collections", { collection_name: "wide", features });
  assert.deepEqual(
    [status, error.code, error.details],
    [400, "quota_exceeded", { quota: "max_dimensions", limit: 3, current: null, asked: 4 }],
  );
  assert.match(error.message, /feature 'b'/);
});

test("rate: a unit passes while anything is left, the next waits as long as it is told", async () => {
  await createCollection("things");
  await setQuotas({ max_documents_per_second: 100 });
  const first = await ingestLines("things", documents(0, 1500));
  assert.deepEqual(
    [first.status, first.error.code, first.headers["retry-after"]],
    [429, "rate_limited", "10"],
  );
  assert.deepEqual([first.error.details.durable.ingested, first.error.details.retry_after_seconds], [1000, 10]);
  assert.deepEqual(await usage(), { documents: 1000, bytes: 10_000 });
  // What changes nothing needs nothing, so that a client may simply send all of it again.
  assert.equal((await ingest("things", documents(0, 1000))).body.unchanged, 1000);
  clock.instant = addMs(clock.instant, 9_000);
  assert.equal((await ingest("things", documents(2000, 1))).headers["retry-after"], "1");
  clock.instant = addMs(clock.instant, 1_000);
  const again = await ingestLines("things", documents(0, 1500));
  assert.deepEqual([again.body.ingested, again.body.unchanged], [500, 1000]);
  const created = await send("POST", "/v1/collections/things/documents", { collection_id: "things" });
  assert.deepEqual([created.status, created.error.details.retry_after_seconds], [429, 5]);
  assert.equal((await usage()).documents, 1500);
  await setQuotas({ max_documents_per_second: null });
  assert.equal((await ingest("things", documents(2000, 1))).body.ingested, 1);
}); // prettier-ignore

test("exact when many write into different collections at once, beside clusters that are made and quotas that change", async () => {
  const names = Array.from({ length: 6 }, (_, i) => `things-${i}`);
  for (const name of names) await createCollection(name);
  await setQuotas({ max_documents: 50, max_bytes: 1_000_000, max_documents_per_second: 1_000_000 });
  const writers = names.map(async (name) => {
    const codes: string[] = [];
    for (let i = 0; i < 15; i++) {
      const { error } = await ingest(name, [{}]);
      codes.push(error?.code ?? "stored");
    }
    return codes;
  });
  const others = Array.from({ length: 10 }, async (_, i) => {
    const cluster = await send("POST", "/v1/clusters", {
      collection_ids: [names[i % names.length]],
      cluster_name: `kinds-${i}`,
      vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
    });
    assert.equal(cluster.status, 200, JSON.stringify(cluster.body));
    await setQuotas({ max_bytes: 1_000_000 + i });
  });
  const codes = (await Promise.all(writers)).flat();
  await Promise.all(others);
  assert.equal(codes.filter((code) => code === "stored").length, 50);
  assert.equal(codes.filter((code) => code === "quota_exceeded").length, 40);
  assert.equal((await usage()).documents, 50);
});
