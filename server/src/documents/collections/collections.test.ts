import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { json } from "../../db/json.ts";
import { newId } from "../../platform/ids.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import {
  createDocumentsRoom,
  createTestCollection,
  type DocumentsRoom,
} from "../../../../test/factories/documents-room.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";

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

async function send(
  tenant: TestTenant,
  method: "GET" | "POST" | "PATCH" | "DELETE",
  url: string,
  payload?: object,
) {
  const answer = await room.app.inject({
    method,
    url,
    headers: tenant.headers,
    ...(payload ? { payload } : {}),
  });
  return { status: answer.statusCode, body: answer.json() };
}

const features = [{ name: "text", dimensions: 2 }];

test("creates, gets by id and name, changes, lists and deletes", async () => {
  const tenant = await createTenant(database.db);
  const created = await send(tenant, "POST", "/v1/collections", {
    collection_name: "articles", description: "What we wrote", metadata: { team: "docs" }, features,
    source: { type: "bucket" }, feature_extractor: { feature_extractor_name: "vectors", version: "v1" },
  }); // prettier-ignore
  assert.equal(created.status, 200);
  const { collection_id: id } = created.body;
  assert.match(id, /^col_[0-9A-Za-z]{16}$/);
  assert.deepEqual(
    { ...created.body, collection_id: null, created_at: null, updated_at: null },
    {
      collection_id: null, collection_name: "articles", description: "What we wrote", features,
      input_schema: { properties: {} }, output_schema: { properties: {} },
      feature_extractor: { feature_extractor_name: "vectors", version: "v1", feature_extractor_id: "vectors_v1" },
      source: { type: "bucket" }, source_bucket_schemas: null, source_lineage: [], vector_indexes: features,
      payload_indexes: [], enabled: true, metadata: { team: "docs" }, schedule: null, trigger_id: null,
      created_at: null, updated_at: null, document_count: 0, schema_version: 1, last_schema_sync: null,
      schema_sync_enabled: true, taxonomy_applications: null, cluster_applications: null, alert_applications: null,
      retriever_enrichments: null, taxonomy_count: 0, retriever_count: 0,
    },
  ); // prettier-ignore
  assert.deepEqual((await send(tenant, "GET", `/v1/collections/${id}`)).body, created.body);
  assert.deepEqual((await send(tenant, "GET", "/v1/collections/articles")).body, created.body);
  const patched = await send(tenant, "PATCH", "/v1/collections/articles", {
    collection_name: "essays", description: null, metadata: { team: "blog" }, enabled: false, unknown: 1,
  }); // prettier-ignore
  assert.equal(patched.status, 200);
  const { collection_name, description, metadata, enabled } = patched.body;
  assert.deepEqual(
    [collection_name, description, metadata, enabled],
    ["essays", null, { team: "blog" }, false],
  );
  assert.equal((await send(tenant, "DELETE", "/v1/collections/essays")).status, 200);
  assert.equal((await send(tenant, "GET", `/v1/collections/${id}`)).status, 404);
  assert.equal((await send(tenant, "DELETE", `/v1/collections/${id}`)).status, 404);
});

test("refuses what it cannot do by name", async () => {
  const tenant = await createTenant(database.db);
  const create = async (more: object) => {
    const { status, body } = await send(tenant, "POST", "/v1/collections", {
      collection_name: "things",
      features,
      ...more,
    });
    return [status, body.error?.code ?? body.detail?.[0].loc.join("."), body.error?.details?.field];
  };
  assert.deepEqual(await create({ source: { type: "bucket", bucket_ids: ["b"] } }), [
    400,
    "not_supported",
    "source",
  ]);
  assert.deepEqual(await create({ feature_extractor: { feature_extractor_name: "text_extractor", version: "v1" } }), [400, "not_supported", "feature_extractor"]); // prettier-ignore
  assert.deepEqual(await create({ schedule: { trigger_type: "cron", schedule_config: {} } }), [400, "not_supported", "schedule"]); // prettier-ignore
  assert.deepEqual(await create({ cluster_applications: [{ cluster_id: "c" }] }), [400, "not_supported", "cluster_applications"]); // prettier-ignore
  assert.deepEqual(await create({ features: [{ name: "__proto__", dimensions: 2 }] }), [
    400,
    "invalid_value",
    "features",
  ]);
  assert.deepEqual(await create({ collection_name: "col_abc" }), [400, "invalid_value", "collection_name"]);
  assert.deepEqual(await create({ collection_name: " ab " }), [400, "invalid_value", "collection_name"]);
  assert.deepEqual(await create({ collection_name: "ab" }), [422, "body.collection_name", undefined]);
  assert.deepEqual(await create({ collection_name: "x".repeat(101) }), [
    422,
    "body.collection_name",
    undefined,
  ]);
  assert.deepEqual(await create({ feature: 1 }), [422, "body.feature", undefined]);
  assert.deepEqual(await create({ features: [] }), [422, "body.features", undefined]);
  assert.deepEqual(await create({ features: Array.from({ length: 17 }, (_, i) => ({ name: `f${i}`, dimensions: 1 })) }), [422, "body.features", undefined]); // prettier-ignore
  assert.deepEqual(await create({ features: [{ name: "t", dimensions: 0 }] }), [422, "body.features.0.dimensions", undefined]); // prettier-ignore
  assert.deepEqual(await create({ features: [{ name: "t", dimensions: 65_537 }] }), [422, "body.features.0.dimensions", undefined]); // prettier-ignore
  assert.deepEqual(await create({ features: [{ name: "t", dimensions: "2" }] }), [422, "body.features.0.dimensions", undefined]); // prettier-ignore
  assert.deepEqual(await create({ features: [{ name: "a b", dimensions: 2 }] }), [
    400,
    "invalid_value",
    "features",
  ]);
  assert.deepEqual(await create({ features: [...features, ...features] }), [
    400,
    "invalid_value",
    "features",
  ]);
  assert.deepEqual(await create({ metadata: { a: "\u0000" } }), [422, "body.metadata.a", undefined]);
  assert.deepEqual((await create({}))[0], 200);
  assert.deepEqual(await create({}), [400, "name_taken", "collection_name"]);
  const patch = async (body: object) => {
    const answer = await send(tenant, "PATCH", "/v1/collections/things", body);
    return [answer.status, answer.body.error?.code ?? answer.body.detail?.[0].loc.join(".")];
  };
  assert.deepEqual(await patch({ features: [] }), [400, "immutable_field"]);
  assert.deepEqual(await patch({ source: { type: "bucket" } }), [400, "not_supported"]);
  assert.deepEqual(await patch({ collection_name: "col_abc" }), [400, "invalid_value"]);
  assert.deepEqual(await patch({ collection_name: null }), [422, "body.collection_name"]);
  await create({ collection_name: "other" });
  assert.deepEqual(await patch({ collection_name: "other" }), [400, "name_taken"]);
});

test("the same name lives in two namespaces, and neither sees the other's", async () => {
  const [one, two] = [await createTenant(database.db), await createTenant(database.db)];
  const first = await send(one, "POST", "/v1/collections", { collection_name: "same", features });
  const second = await send(two, "POST", "/v1/collections", { collection_name: "same", features });
  assert.deepEqual([first.status, second.status], [200, 200]);
  const url = `/v1/collections/${first.body.collection_id}`;
  for (const [method, payload] of [["GET"], ["PATCH", {}], ["DELETE"]] as const) {
    const answer = await send(two, method, url, payload);
    assert.deepEqual([answer.status, answer.body.error.code], [404, "not_found"]);
  }
  const list = await send(two, "POST", "/v1/collections/list");
  assert.deepEqual(
    list.body.results.map((c: { collection_id: string }) => c.collection_id),
    [second.body.collection_id],
  );
});

test("lists by pages, cursors, search and sort", async () => {
  const tenant = await createTenant(database.db);
  for (const name of ["Birds", "ants", "cats", "birdhouses"]) {
    await send(tenant, "POST", "/v1/collections", { collection_name: name, features });
  }
  const list = async (query: string, body?: object) => {
    const answer = await send(tenant, "POST", `/v1/collections/list${query}`, body);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const names = answer.body.results.map((c: { collection_name: string }) => c.collection_name);
    return { names, ...answer.body };
  };
  const sort = { field: "collection_name", direction: "asc" };
  assert.deepEqual((await list("")).names, ["birdhouses", "cats", "ants", "Birds"]);
  assert.deepEqual((await list("", { search: "BIRD", sort })).names.sort(), ["Birds", "birdhouses"]);
  assert.deepEqual((await list("", { search: "Bird", case_sensitive: true })).names, ["Birds"]);
  const page = await list("?limit=2&offset=1&include_total=true", { search: null });
  assert.deepEqual([page.names, page.total_count], [["cats", "ants"], 4]);
  assert.deepEqual(
    [page.pagination.total, page.pagination.total_pages, page.pagination.page_size],
    [4, 2, 2],
  );
  for (const body of [{}, { sort }, { sort: { field: "updated_at", direction: "desc" } }]) {
    const all = (await list("", body)).names;
    const seen: string[] = [];
    for (let cursor = ""; ;) {
      const next = await list(`?limit=1${cursor}`, body);
      seen.push(...next.names);
      if (next.pagination.next_cursor === null) break;
      cursor = `&cursor=${next.pagination.next_cursor}`;
    }
    assert.deepEqual(seen, all);
  }
  const { pagination } = await list("?limit=1");
  const foreign = await send(tenant, "POST", `/v1/collections/list?cursor=${pagination.next_cursor}`, {
    sort,
  });
  assert.deepEqual([foreign.status, foreign.body.error.code], [400, "foreign_cursor"]);
  for (const cursor of ["x", "bnVsbA", "e30"]) {
    assert.equal(
      (await send(tenant, "POST", `/v1/collections/list?cursor=${cursor}`)).body.error.code,
      "foreign_cursor",
    );
  }
  const filtered = await send(tenant, "POST", "/v1/collections/list", { filters: { enabled: true } });
  const sorted = await send(tenant, "POST", "/v1/collections/list", { sort: { field: "metadata.team" } });
  assert.deepEqual([filtered.body.error.code, sorted.body.error.code], ["not_supported", "not_supported"]);
});

test("a collection in use is deleted only by force, with all it holds", async () => {
  const things = await createTestCollection(room);
  const { organizationId, namespaceId } = things.tenant;
  const cluster_id = newId("clust");
  const trigger_id = newId("trig");
  const owner = { namespace_id: namespaceId, organization_id: organizationId };
  const cluster = {
    cluster_id, ...owner, name: "topics", description: null, collection_ids: [things.id], cluster_type: "vector" as const,
    definition: json({}) as never, wire_config: json({}) as never, metadata: json({}) as never,
  }; // prettier-ignore
  await database.db.sql.insertInto("clusters").values(cluster).execute();
  const trigger = {
    trigger_id, ...owner, cluster_id, trigger_type: "cron", schedule_config: json({}) as never, status: "paused",
    status_reason: null, status_by: null, description: null, anchor_at: new Date(0), next_due_at: null,
    decided_through: null, closed_at: null, last_triggered_at: null, last_run_id: null, last_cooldown_at: null,
    created_by: null,
  } as const; // prettier-ignore
  await database.db.sql.insertInto("triggers").values(trigger).execute();
  const documents = Array.from({ length: 1200 }, (_, i) => ({
    document_id: `d${i}`,
    vectors: { text: [i, 1] },
  }));
  assert.equal((await things.ingest(documents)).body.ingested, 1200);
  assert.equal((await things.ingest([{ vectors: { text: [0, 1] } }])).body.ingested, 1);
  assert.deepEqual(await room.deps.vectors.tables(), [`${things.id}_0`]);
  const refused = await things.call("DELETE", "");
  assert.deepEqual([refused.status, refused.body.error.code], [409, "in_use"]);
  assert.deepEqual(refused.body.error.details, {
    clusters: [{ cluster_id, name: "topics" }],
    triggers: [{ trigger_id, cluster_id }],
  });
  const key = await createKey(database.db, organizationId, things.tenant.userId, ["read", "write"]);
  const denied = await things.call("DELETE", "?force=true", undefined, { authorization: `Bearer ${key}` });
  assert.equal(denied.status, 403);
  assert.equal((await things.call("GET", "/documents/d7")).status, 200);
  assert.equal((await things.call("DELETE", "?force=true")).status, 200);
  assert.equal((await things.call("GET", "/documents/d7")).status, 404);
  assert.deepEqual(await room.deps.vectors.tables(), []);
  for (const table of ["documents", "staged_vectors", "document_events"] as const) {
    const left = await database.db.sql
      .selectFrom(table)
      .select("collection_id")
      .where("collection_id", "=", things.id)
      .execute();
    assert.deepEqual(left, []);
  }
  const kept = await database.db.sql
    .selectFrom("clusters")
    .select("name")
    .where("cluster_id", "=", cluster_id)
    .execute();
  assert.equal(kept.length, 1);
});
