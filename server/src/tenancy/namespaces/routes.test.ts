import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { ListNamespacesResponse, NamespaceModel } from "#contract/namespaces.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { json } from "../../db/json.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { newId } from "../../platform/ids.ts";
import { silentLogger } from "../../platform/logger.ts";
import { registerNamespaceRoutes } from "./routes.ts";

let database: TestDatabase;
let app: App;

before(async () => {
  database = await createTestDatabase();
  app = await createApp({
    db: database.db,
    logger: silentLogger,
    routes: (target) => registerNamespaceRoutes(target, { db: database.db }),
  });
});
after(async () => {
  await app.close();
  await database.close();
});

/** The fields of a namespace's, a list's and an error's answer that these tests look at. */
interface Answer extends NamespaceModel, ListNamespacesResponse {
  readonly error: { readonly code: string; readonly details: Record<string, unknown> };
}

async function call(tenant: Pick<TestTenant, "key">, method: string, url: string, body?: object) {
  const response = await app.inject({
    method: method as "GET",
    url,
    headers: { authorization: `Bearer ${tenant.key}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: response.statusCode, body: response.json<Answer>() };
}

async function addCollection(namespaceId: string, documents: number): Promise<string> {
  const collectionId = newId("col");
  await database.db.sql
    .insertInto("collections")
    .values({
      collection_id: collectionId,
      namespace_id: namespaceId,
      name: collectionId.replace("col_", "c-"),
      description: null,
      metadata: json({}) as never,
      features: json([]) as never,
      document_count: documents,
    })
    .execute();
  return collectionId;
}

test("a namespace is found by id and by name, with the counts of what is in it", async () => {
  const tenant = await createTenant(database.db);
  const made = await call(tenant, "POST", "/v1/namespaces", {
    namespace_name: "photos",
    description: "Pictures",
    feature_extractors: [{ feature_extractor_name: "vectors", version: "v1" }],
    payload_indexes: [],
    auto_create_indexes: false,
    infrastructure: null,
  });
  assert.equal(made.status, 200);
  assert.match(made.body.namespace_id, /^ns_[0-9A-Za-z]{16}$/);
  await addCollection(made.body.namespace_id, 3);
  await addCollection(made.body.namespace_id, 4);
  for (const identifier of ["photos", made.body.namespace_id]) {
    const { body } = await call(tenant, "GET", `/v1/namespaces/${identifier}`);
    assert.deepEqual([body.collection_count, body.document_count, body.description], [2, 7, "Pictures"]);
  }
});

test("names are unique in the organization, and refused if they look like ids or do not fit a header", async () => {
  const tenant = await createTenant(database.db);
  const other = await createTenant(database.db);
  assert.equal((await call(tenant, "POST", "/v1/namespaces", { namespace_name: "a" })).status, 200);
  assert.equal((await call(other, "POST", "/v1/namespaces", { namespace_name: "a" })).status, 200);
  const taken = await call(tenant, "POST", "/v1/namespaces", { namespace_name: "a" });
  assert.deepEqual([taken.status, taken.body.error.code], [400, "name_taken"]);
  for (const name of [
    "ns_abc",
    "run_1",
    "",
    " ",
    "a b",
    "-a",
    "ümläut",
    "a/b",
    "a\u0000b",
    "x".repeat(129),
  ]) {
    const answer = await call(tenant, "POST", "/v1/namespaces", { namespace_name: name });
    assert.ok(
      answer.status === 400 || (name.includes("\u0000") && answer.status === 422),
      JSON.stringify(name),
    );
  }
  await call(tenant, "POST", "/v1/namespaces", { namespace_name: "b" });
  const renamed = await call(tenant, "PUT", "/v1/namespaces/b", { namespace_name: "a" });
  assert.deepEqual([renamed.status, renamed.body.error.code], [400, "name_taken"]);
});

test("rename and describe; null leaves the name and removes the description", async () => {
  const tenant = await createTenant(database.db);
  await call(tenant, "POST", "/v1/namespaces", { namespace_name: "a", description: "old" });
  const patched = await call(tenant, "PATCH", "/v1/namespaces/a", {
    namespace_name: null,
    description: null,
  });
  assert.deepEqual([patched.body.namespace_name, patched.body.description], ["a", null]);
  const put = await call(tenant, "PUT", "/v1/namespaces/a", { namespace_name: "b" });
  assert.equal(put.body.namespace_name, "b");
  assert.equal((await call(tenant, "GET", "/v1/namespaces/a")).status, 404);
  assert.equal(
    (await call(tenant, "PATCH", "/v1/namespaces/b")).status,
    200,
    "a missing body changes nothing",
  );
});

test("hosted fields that would have to have an effect are refused by name", async () => {
  const tenant = await createTenant(database.db);
  const refused = [
    { namespace_type: "marketplace" },
    { feature_extractors: [{ feature_extractor_name: "multimodal_extractor", version: "v1" }] },
    { payload_indexes: [{ field_name: "x", type: "keyword" }] },
    { auto_create_indexes: true },
    { infrastructure: { qdrant_collection: "abc" } },
  ];
  for (const fields of refused) {
    const answer = await call(tenant, "POST", "/v1/namespaces", { namespace_name: "h", ...fields });
    assert.deepEqual([answer.status, answer.body.error.code], [400, "not_supported"], JSON.stringify(fields));
  }
  assert.equal((await call(tenant, "GET", "/v1/namespaces/h")).status, 404);
  const patched = await call(tenant, "PATCH", `/v1/namespaces/${tenant.namespaceId}`, {
    description: "x",
    auto_create_indexes: true,
  });
  assert.equal(patched.status, 400);
  assert.equal((await call(tenant, "GET", `/v1/namespaces/${tenant.namespaceId}`)).body.description, null);
});

test("only an empty namespace is deleted; what is in the way is counted", async () => {
  const tenant = await createTenant(database.db);
  await addCollection(tenant.namespaceId, 0);
  const refused = await call(tenant, "DELETE", `/v1/namespaces/${tenant.namespaceId}`);
  assert.deepEqual([refused.status, refused.body.error.code], [409, "in_use"]);
  assert.deepEqual(refused.body.error.details, { collections: 1, clusters: 0, triggers: 0 });
  const forced = await call(tenant, "DELETE", `/v1/namespaces/${tenant.namespaceId}?force=true`);
  assert.deepEqual([forced.status, forced.body.error.code], [400, "not_supported"]);
  await database.db.sql.deleteFrom("collections").where("namespace_id", "=", tenant.namespaceId).execute();
  assert.equal((await call(tenant, "DELETE", `/v1/namespaces/${tenant.namespaceId}`)).status, 200);
  assert.equal((await call(tenant, "GET", `/v1/namespaces/${tenant.namespaceId}`)).status, 404);
  assert.equal((await call(tenant, "DELETE", `/v1/namespaces/${tenant.namespaceId}`)).status, 404);
});

test("the list pages by offset and by cursor, and a foreign cursor is refused", async () => {
  const tenant = await createTenant(database.db);
  for (const name of ["alpha", "beta", "gamma", "delta"]) {
    await call(tenant, "POST", "/v1/namespaces", { namespace_name: name });
  }
  const names = (answer: { body: { results: { namespace_name: string }[] } }) =>
    answer.body.results.map((item) => item.namespace_name);
  const all = await call(tenant, "POST", "/v1/namespaces/list");
  assert.deepEqual(names(all), [tenant.namespaceName, "alpha", "beta", "gamma", "delta"]);
  assert.equal(all.body.total_count, 5);
  assert.equal(all.body.pagination.total, null);

  const seen: string[] = [];
  let cursor: string | null = null;
  do {
    const query: string = cursor === null ? "" : `&cursor=${cursor}`;
    const page = await call(tenant, "POST", `/v1/namespaces/list?limit=2${query}`);
    seen.push(...names(page));
    cursor = page.body.pagination.next_cursor;
  } while (cursor !== null);
  assert.deepEqual(seen, names(all));

  const second = await call(tenant, "POST", "/v1/namespaces/list?limit=2&offset=2&include_total=true");
  assert.deepEqual(names(second), ["beta", "gamma"]);
  assert.deepEqual(second.body.pagination, {
    total: 5,
    page: 2,
    page_size: 2,
    total_pages: 3,
    next_page: "/v1/namespaces/list?limit=2&offset=4",
    previous_page: "/v1/namespaces/list?limit=2&offset=0",
    next_cursor: second.body.pagination.next_cursor,
  });
  const next = second.body.pagination.next_cursor!;
  for (const [query, body] of [
    [`?cursor=${next}`, { search: "alpha" }],
    ["?cursor=nonsense", {}],
  ] as const) {
    const foreign = await call(tenant, "POST", `/v1/namespaces/list${query}`, body);
    assert.deepEqual([foreign.status, foreign.body.error.code], [400, "foreign_cursor"]);
  }
  const other = await createTenant(database.db);
  assert.equal((await call(other, "POST", `/v1/namespaces/list?cursor=${next}`)).status, 400);
});

test("search finds part of a name in any case unless told; filters and sort are refused", async () => {
  const tenant = await createTenant(database.db);
  await call(tenant, "POST", "/v1/namespaces", { namespace_name: "Photos", description: "of the sea" });
  const found = async (body: object) =>
    (await call(tenant, "POST", "/v1/namespaces/list", body)).body.total_count;
  assert.equal(await found({ search: "phOT" }), 1);
  assert.equal(await found({ search: "phOT", case_sensitive: true }), 0);
  assert.equal(await found({ search: "the sea" }), 1);
  assert.equal(await found({ search: "%" }), 0);
  for (const body of [{ filters: { AND: [] } }, { sort: { field: "x" } }]) {
    const answer = await call(tenant, "POST", "/v1/namespaces/list", body);
    assert.deepEqual([answer.status, answer.body.error.code], [400, "not_supported"]);
  }
});

test("a limited key sees its namespaces only, and may make none", async () => {
  const tenant = await createTenant(database.db);
  await call(tenant, "POST", "/v1/namespaces", { namespace_name: "hidden" });
  const key = await createKey(
    database.db,
    tenant.organizationId,
    tenant.userId,
    ["admin"],
    [{ resource_type: "namespace", resource_id: tenant.namespaceId }],
  );
  const listed = await call({ key }, "POST", "/v1/namespaces/list");
  assert.deepEqual(
    listed.body.results.map((item) => item.namespace_id),
    [tenant.namespaceId],
  );
  for (const [method, url, body] of [
    ["GET", "/v1/namespaces/hidden", undefined],
    ["PATCH", "/v1/namespaces/hidden", { description: "mine" }],
    ["DELETE", "/v1/namespaces/hidden", undefined],
    ["POST", "/v1/namespaces", { namespace_name: "new" }],
  ] as const) {
    const answer = await call({ key }, method, url, body);
    assert.deepEqual([answer.status, answer.body.error.code], [403, "outside_scope"], `${method} ${url}`);
  }
  assert.equal((await call({ key }, "GET", "/v1/namespaces/nowhere")).status, 404);
});

test("reading needs read, every change admin", async () => {
  const tenant = await createTenant(database.db, ["read", "write", "delete"]);
  const one = `/v1/namespaces/${tenant.namespaceId}`;
  assert.equal((await call(tenant, "GET", one)).status, 200);
  for (const [method, url] of [
    ["POST", "/v1/namespaces"],
    ["PUT", one],
    ["PATCH", one],
    ["DELETE", one],
  ] as const) {
    const answer = await call(tenant, method, url, method === "DELETE" ? undefined : { namespace_name: "n" });
    assert.deepEqual([answer.status, answer.body.error.details.permission], [403, "admin"]);
  }
});

test("another organization's, a deleted and an unknown namespace get the same answer", async () => {
  const [one, other] = [await createTenant(database.db), await createTenant(database.db)];
  const answers: string[] = [];
  for (const identifier of [other.namespaceId, "ns_0000000000000000"]) {
    const { status, body } = await call(one, "GET", `/v1/namespaces/${identifier}`);
    assert.equal(status, 404);
    answers.push(JSON.stringify(body).replaceAll(identifier, "ID"));
  }
  await call(one, "DELETE", `/v1/namespaces/${one.namespaceId}`);
  const gone = await call(one, "GET", `/v1/namespaces/${one.namespaceId}`);
  answers.push(JSON.stringify(gone.body).replaceAll(one.namespaceId, "ID"));
  assert.equal(new Set(answers).size, 1, answers.join("\n"));
});
