import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let clusterId: string;
let triggerId: string;

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db);
  tenant = await createTenant(database.db);
  await send("/v1/collections", { collection_name: "things", features: [{ name: "v", dimensions: 2 }] });
  ({ cluster_id: clusterId } = (await send("/v1/clusters", CLUSTER)).body);
  ({ trigger_id: triggerId } = (
    await send("/v1/clusters/triggers", { ...TRIGGER, cluster_id: clusterId })
  ).body);
});
after(async () => {
  await whole.close();
  await database.close();
});

const CLUSTER = {
  collection_ids: ["things"],
  cluster_name: "first",
  vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2 } },
};
const TRIGGER = {
  trigger_type: "interval",
  schedule_config: { interval_seconds: 3600 },
  execution_config: null,
};

async function send(url: string, payload: object | string, headers: Record<string, string> = {}) {
  const answer = await whole.app.inject({
    method: "POST",
    url,
    headers: { ...tenant.headers, ...headers },
    payload,
  });
  return {
    status: answer.statusCode,
    body: answer.json(),
    replayed: answer.headers["idempotent-replayed"],
  };
}

/** What a server leaves that was killed after the commit and before the answer was stored. */
async function forgetAnswer(key: string): Promise<void> {
  const { numUpdatedRows } = await database.db.sql
    .updateTable("idempotency_keys")
    .set({ status: null, answer: null, owner: "killed", lease_until: new Date(0) })
    .where("key", "=", key)
    .executeTakeFirst();
  assert.equal(numUpdatedRows, 1n);
}

/** Each route that takes a key, with a request and the table in which it makes one row. */
const ROUTES: readonly [url: string, body: () => object, table: Table][] = [
  ["/v1/namespaces", () => ({ namespace_name: "second" }), "namespaces"],
  [
    "/v1/collections",
    () => ({ collection_name: "more things", features: [{ name: "v", dimensions: 2 }] }),
    "collections",
  ],
  [
    "/v1/collections/things/documents",
    () => ({ collection_id: "things", metadata: { title: "one" } }),
    "documents",
  ],
  ["/v1/clusters", () => ({ ...CLUSTER, cluster_name: "second" }), "clusters"],
  ["/v1/clusters/triggers", () => ({ ...TRIGGER, cluster_id: clusterId }), "triggers"],
  [
    "/v1/triggers",
    () => ({
      action_type: "cluster",
      action_config: { cluster_id: clusterId },
      trigger_type: "interval",
      schedule_config: { interval_seconds: 3600 },
    }),
    "triggers",
  ],
  ["/v1/clusters/CLUSTER/execute", () => ({}), "executions"],
  ["/v1/triggers/TRIGGER/execute", () => ({}), "executions"],
];
type Table =
  "namespaces" | "collections" | "documents" | "clusters" | "triggers" | "executions" | "idempotency_keys";

async function count(table: Table): Promise<number> {
  const { n } = await database.db.sql
    .selectFrom(table)
    .select((select) => select.fn.countAll<number>().as("n"))
    .executeTakeFirstOrThrow();
  return n;
}

describe("a route that creates or starts something, with a key", () => {
  for (const [index, [path, body, table]] of ROUTES.entries()) {
    it(`POST ${path} does it once`, async () => {
      const url = path.replace("CLUSTER", clusterId).replace("TRIGGER", triggerId);
      const key = { "idempotency-key": `route-${index}` };
      const earlier = await count(table);
      const first = await send(url, body(), key);
      assert.ok(first.status < 300, JSON.stringify(first.body));
      const again = await send(url, body(), key);
      assert.deepEqual(again, { ...first, replayed: "true" });
      await forgetAnswer(key["idempotency-key"]);
      const afterCrash = await send(url, body(), key);
      assert.deepEqual(afterCrash, first);
      assert.equal(await count(table), earlier + 1);
      const replayed = await send(url, body(), key);
      assert.deepEqual(replayed, { ...first, replayed: "true" });
      const other = await send(url, { ...body(), description: "another" }, key);
      assert.deepEqual([other.status, other.body.error?.code], [409, "idempotency_conflict"]);
    });
  }

  it("leaves a document that has an id of its own to the id", async () => {
    const url = "/v1/collections/things/documents";
    const body = { collection_id: "things", document_id: "mine", metadata: { title: "mine" } };
    const key = { "idempotency-key": "own-id" };
    assert.equal((await send(url, body, key)).status, 200);
    assert.equal((await send(url, body, key)).replayed, "true");
    await forgetAnswer("own-id");
    assert.equal((await send(url, body, key)).body.error.code, "document_exists");
  });

  it("is refused a key where the answer holds a secret", async () => {
    const keysBefore = await count("idempotency_keys");
    const answer = await send(
      "/v1/organizations/users/ada@example.org/api-keys",
      { name: "laptop", permissions: ["read"] },
      { "idempotency-key": "secret" },
    );
    assert.deepEqual([answer.status, answer.body.error.code], [400, "not_supported"]);
    assert.equal(await count("idempotency_keys"), keysBefore);
  });
});

describe("ingest, with a key", () => {
  const url = "/v1/collections/things/documents/ingest";
  const lines = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => `{"payload":{"n":${from + i}},"vectors":{"v":[1,2]}}\n`).join(
      "",
    );
  const ingest = (text: string, key: string, headers: Record<string, string> = {}) =>
    send(url, text, { "content-type": "application/x-ndjson", "idempotency-key": key, ...headers });

  it("stores documents without ids once, whatever happens to the answer", async () => {
    const before = await count("documents");
    const first = await ingest(lines(0, 1500), "i1");
    assert.equal(first.body.ingested, 1500);
    assert.deepEqual(await ingest(lines(0, 1500), "i1"), { ...first, replayed: "true" });
    assert.equal((await ingest(lines(0, 1499), "i1")).body.error.code, "idempotency_conflict");
    await forgetAnswer("i1");
    await database.db.sql
      .updateTable("idempotency_keys")
      .set({ fingerprint: null })
      .where("key", "=", "i1")
      .execute();
    const again = await ingest(lines(0, 1500), "i1");
    assert.deepEqual([again.body.ingested, again.body.unchanged], [0, 1500]);
    assert.equal(await count("documents"), before + 1500);
  });

  it("goes on after a partial failure; what was mended or left out overwrites nothing", async () => {
    const before = await count("documents");
    const broken = await ingest(`${lines(2000, 3200)}{broken\n${lines(3200, 3300)}`, "i2");
    assert.deepEqual(
      [broken.status, broken.body.error.code, broken.body.error.details.durable.ingested],
      [400, "invalid_line", 1000],
    );
    const mended = await ingest(lines(2000, 3300), "i2");
    assert.deepEqual([mended.body.ingested, mended.body.unchanged, mended.body.updated], [300, 1000, 0]);
    assert.equal(await count("documents"), before + 1300);

    // Somebody sends only the rest under the same key: the places differ, so these are other documents.
    await ingest(`${lines(4000, 5000)}{}\n{broken\n`, "i3");
    const rest = await ingest(lines(5000, 5100), "i3");
    assert.deepEqual([rest.body.ingested, rest.body.updated], [100, 0]);
    assert.equal(await count("documents"), before + 2400);
  });

  it("takes equal lines for two documents", async () => {
    const before = await count("documents");
    const line = '{"payload":{"same":true}}\n';
    assert.equal((await ingest(line.repeat(3), "i4")).body.ingested, 3);
    assert.equal((await ingest(line.repeat(3), "i4")).replayed, "true");
    assert.equal((await ingest(line.repeat(3), "i5")).body.ingested, 3);
    assert.equal(await count("documents"), before + 6);
  });

  it("takes JSON as well, and another type of body for another request", async () => {
    const body = { documents: [{ payload: { json: 1 } }, {}] };
    const first = await send(url, body, { "idempotency-key": "i6" });
    assert.equal(first.body.ingested, 2);
    assert.equal((await send(url, body, { "idempotency-key": "i6" })).replayed, "true");
    assert.equal((await ingest(JSON.stringify(body), "i6")).body.error.code, "idempotency_conflict");
    assert.equal(
      (await send(`${url}?strict=true`, body, { "idempotency-key": "i6" })).body.error.code,
      "idempotency_conflict",
    );
  });

  it("stores no answer of a request without a body, and none that was refused", async () => {
    const none = await whole.app.inject({
      method: "POST",
      url,
      headers: { ...tenant.headers, "idempotency-key": "i7" },
    });
    assert.equal(none.statusCode, 422);
    assert.equal((await ingest("{}\n", "i7")).body.ingested, 1);
  });
});
