import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { ApiKey, ApiKeyCreateResponse } from "#contract/keys.ts";
import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { databaseClock } from "../../db/database-clock.ts";
import { createApp } from "../../http/app.ts";
import type { App } from "../../http/route.ts";
import { silentLogger } from "../../platform/logger.ts";
import { hashKey } from "../find-caller.ts";
import { registerNamespaceRoutes } from "../namespaces/routes.ts";
import { registerKeyRoutes } from "./routes.ts";

let database: TestDatabase;
let app: App;

before(async () => {
  database = await createTestDatabase();
  const deps = { db: database.db, clock: databaseClock };
  app = await createApp({
    db: database.db,
    logger: silentLogger,
    routes: (target) => {
      registerKeyRoutes(target, deps);
      registerNamespaceRoutes(target, deps);
    },
  });
});
after(async () => {
  await app.close();
  await database.close();
});

/** The fields of a key's, a list's, an error's and a 422's answer that these tests look at. */
interface Answer extends ApiKeyCreateResponse {
  readonly success: boolean;
  readonly results: ApiKey[];
  readonly total_count: number;
  readonly error: { readonly code: string };
  readonly detail: { readonly loc: unknown[]; readonly type: string }[];
}

const keysOf = (email: string, rest = "") =>
  `/v1/organizations/users/${encodeURIComponent(email)}/api-keys${rest}`;

async function call(tenant: Pick<TestTenant, "key">, method: string, url: string, body?: object) {
  const response = await app.inject({
    method: method as "GET",
    url,
    headers: { authorization: `Bearer ${tenant.key}` },
    ...(body === undefined ? {} : { payload: body }),
  });
  return { status: response.statusCode, body: response.json<Answer>() };
}

/** Whether the key still opens a route that needs `read`. */
async function opens(key: string): Promise<number> {
  return (await call({ key }, "POST", "/v1/namespaces/list")).status;
}

test("a key is created with read by default, works at once, and its secret is in no other answer", async () => {
  const tenant = await createTenant(database.db);
  const made = await call(tenant, "POST", keysOf("Ada@Example.org"), { name: "laptop" });
  assert.equal(made.status, 200);
  const { key, ...rest } = made.body;
  assert.match(key, /^sk_[0-9A-Za-z]{40}$/);
  assert.deepEqual(rest.permissions, ["read"]);
  assert.equal(rest.key_hash, hashKey(key));
  assert.equal(rest.key_prefix, key.slice(0, 12));
  assert.equal(rest.internal_id, tenant.organizationId);
  assert.equal(rest.created_by, tenant.userId);
  assert.equal(rest.status, "active");
  assert.equal(await opens(key), 200);
  assert.equal((await call({ key }, "GET", keysOf("ada@example.org"))).status, 403);

  const listed = await call(tenant, "GET", keysOf("ada@example.org"));
  assert.equal(listed.body.total_count, 1);
  assert.notEqual(listed.body.results[0]!.last_used_at, null);
  assert.deepEqual({ ...listed.body.results[0]!, last_used_at: null }, rest);
  assert.ok(!JSON.stringify(listed.body).includes(key));
});

test("names are unique per user, another user may use the same", async () => {
  const tenant = await createTenant(database.db);
  assert.equal((await call(tenant, "POST", keysOf("a@b.c"), { name: "ci" })).status, 200);
  const again = await call(tenant, "POST", keysOf("A@b.c"), { name: "ci" });
  assert.deepEqual([again.status, again.body.error.code], [400, "name_taken"]);
  assert.equal((await call(tenant, "POST", keysOf("other@b.c"), { name: "ci" })).status, 200);
  assert.equal((await call(tenant, "POST", keysOf("a@b.c"), { name: "cd" })).status, 200);
  const renamed = await call(tenant, "PATCH", keysOf("a@b.c", "/cd"), { name: "ci" });
  assert.deepEqual([renamed.status, renamed.body.error.code], [400, "name_taken"]);
});

test("revoking takes effect on the next request, is final, and is listed only when asked for", async () => {
  const tenant = await createTenant(database.db);
  const { body } = await call(tenant, "POST", keysOf("a@b.c"), { name: "ci" });
  assert.equal(await opens(body.key), 200);
  const revoked = await call(tenant, "DELETE", keysOf("a@b.c", "/ci"));
  assert.equal(revoked.body.success, true);
  assert.equal(await opens(body.key), 401);
  const answer = await call({ key: body.key }, "POST", "/v1/namespaces/list");
  assert.equal(answer.body.error.code, "revoked_key");
  assert.equal((await call(tenant, "DELETE", keysOf("a@b.c", "/ci"))).status, 200);
  assert.deepEqual((await call(tenant, "GET", keysOf("a@b.c"))).body.results, []);
  const all = await call(tenant, "GET", keysOf("a@b.c") + "?include_revoked=true");
  assert.equal(all.body.results[0]!.status, "revoked");
  assert.equal(all.body.results[0]!.revoked_by, tenant.userId);
  for (const request of [{ status: "active" }, { permissions: ["admin"] }]) {
    const back = await call(tenant, "PATCH", keysOf("a@b.c", "/ci"), request);
    assert.deepEqual([back.status, back.body.error.code], [400, "illegal_state_change"]);
  }
  const rotated = await call(tenant, "POST", keysOf("a@b.c", "/ci/rotate"));
  assert.deepEqual([rotated.status, rotated.body.error.code], [400, "illegal_state_change"]);
});

test("rotating ends the old secret at once and keeps the record", async () => {
  const tenant = await createTenant(database.db);
  const made = await call(tenant, "POST", keysOf("a@b.c"), { name: "ci", permissions: ["read", "write"] });
  assert.equal(await opens(made.body.key), 200);
  const rotated = await call(tenant, "POST", keysOf("a@b.c", "/ci/rotate"));
  assert.equal(rotated.status, 200);
  assert.equal(rotated.body.key_id, made.body.key_id);
  assert.deepEqual(rotated.body.permissions, ["read", "write"]);
  assert.equal(await opens(made.body.key), 401);
  assert.equal(await opens(rotated.body.key), 200);
});

test("a change of permissions counts for the next request", async () => {
  const tenant = await createTenant(database.db);
  const made = await call(tenant, "POST", keysOf("a@b.c"), { name: "ci", permissions: ["admin"] });
  const self = { key: made.body.key };
  assert.equal((await call(self, "GET", keysOf("a@b.c"))).status, 200);
  await call(tenant, "PATCH", keysOf("a@b.c", "/ci"), { permissions: ["read"] });
  assert.equal((await call(self, "GET", keysOf("a@b.c"))).status, 403);
});

test("the last admin key cannot be revoked, reduced or limited, also not by two requests at once", async () => {
  const tenant = await createTenant(database.db);
  const first = await call(tenant, "POST", keysOf("a@b.c"), { name: "one", permissions: ["admin"] });
  const second = await call(tenant, "POST", keysOf("a@b.c"), { name: "two", permissions: ["admin"] });
  const mine = await database.db.sql
    .selectFrom("api_keys")
    .innerJoin("users", "users.user_id", "api_keys.user_id")
    .select(["name", "email"])
    .where("users.user_id", "=", tenant.userId)
    .executeTakeFirstOrThrow();
  const gone = await call({ key: first.body.key }, "DELETE", keysOf(mine.email, `/${mine.name}`));
  assert.equal(gone.status, 200);
  const both = await Promise.all([
    call({ key: first.body.key }, "DELETE", keysOf("a@b.c", "/two")),
    call({ key: second.body.key }, "DELETE", keysOf("a@b.c", "/one")),
  ]);
  assert.equal(both.filter((answer) => answer.status === 200).length, 1);
  // The other one is refused: as the last admin key, or because its own key ended before it was looked up.
  assert.ok(both.some((answer) => answer.status === 400 || answer.status === 401));
  const left = both[0].status === 200 ? first.body : second.body;
  for (const change of [{ permissions: ["read"] }, { status: "revoked" }]) {
    const answer = await call({ key: left.key }, "PATCH", keysOf("a@b.c", `/${left.name}`), change);
    assert.deepEqual([answer.status, answer.body.error.code], [400, "illegal_state_change"]);
  }
});

test("an expired key is refused by that word, listed as expired, and can be renewed", async () => {
  const tenant = await createTenant(database.db);
  const past = await call(tenant, "POST", keysOf("a@b.c"), { name: "p", expires_at: "2020-01-01T00:00:00Z" });
  assert.deepEqual([past.status, past.body.error.code], [400, "invalid_value"]);
  const leap = await call(tenant, "POST", keysOf("a@b.c"), { name: "p", expires_at: "2999-06-30T23:59:60Z" });
  assert.deepEqual([leap.status, leap.body.detail[0]?.type], [422, "datetime"]);
  const made = await call(tenant, "POST", keysOf("a@b.c"), {
    name: "ci",
    expires_at: "2999-01-01T00:00:00Z",
  });
  assert.equal(made.body.expires_at, "2999-01-01T00:00:00.000Z");
  await database.db.sql
    .updateTable("api_keys")
    .set({ expires_at: new Date("2020-01-01T00:00:00Z") })
    .where("key_id", "=", made.body.key_id)
    .execute();
  const refused = await call({ key: made.body.key }, "POST", "/v1/namespaces/list");
  assert.deepEqual([refused.status, refused.body.error.code], [401, "expired_key"]);
  assert.equal((await call(tenant, "GET", keysOf("a@b.c"))).body.results[0]!.status, "expired");
  const rotated = await call(tenant, "POST", keysOf("a@b.c", "/ci/rotate"));
  assert.deepEqual([rotated.status, rotated.body.error.code], [400, "illegal_state_change"]);
  const renewed = await call(tenant, "PATCH", keysOf("a@b.c", "/ci"), { expires_at: null });
  assert.deepEqual([renewed.body.status, renewed.body.expires_at], ["active", null]);
  assert.equal(await opens(made.body.key), 200);
});

test("a scope is kept as the namespace's id, whatever takes over its name", async () => {
  const tenant = await createTenant(database.db);
  const { namespaceName, namespaceId } = tenant;
  const made = await call(tenant, "POST", keysOf("a@b.c"), {
    name: "ci",
    permissions: ["admin"],
    scopes: [{ resource_type: "namespace", resource_id: namespaceName }],
  });
  assert.deepEqual(made.body.scopes, [
    { resource_type: "namespace", resource_id: namespaceId, operations: null },
  ]);
  const limited = { key: made.body.key };
  await call(tenant, "PATCH", `/v1/namespaces/${namespaceName}`, { namespace_name: "moved" });
  await call(tenant, "POST", "/v1/namespaces", { namespace_name: namespaceName });
  assert.equal((await call(limited, "GET", "/v1/namespaces/moved")).status, 200);
  const other = await call(limited, "GET", `/v1/namespaces/${namespaceName}`);
  assert.deepEqual([other.status, other.body.error.code], [403, "outside_scope"]);
  const keys = await call(limited, "GET", keysOf("a@b.c"));
  assert.deepEqual([keys.status, keys.body.error.code], [403, "outside_scope"]);
});

test("what does not exist yet is refused by name, what has the wrong shape is listed", async () => {
  const tenant = await createTenant(database.db);
  const refused: [object, number, string][] = [
    [{ name: "x", rate_limit_override: 5 }, 400, "not_supported"],
    [{ name: "x", scopes: [{ resource_type: "bucket", resource_id: "b" }] }, 400, "not_supported"],
    [
      {
        name: "x",
        scopes: [{ resource_type: "namespace", resource_id: tenant.namespaceId, operations: ["read_data"] }],
      },
      400,
      "not_supported",
    ],
    [{ name: "x", scopes: [{ resource_type: "namespace", resource_id: "nowhere" }] }, 404, "not_found"],
    [{ name: "x", permissions: [] }, 400, "invalid_value"],
  ];
  for (const [body, status, code] of refused) {
    const answer = await call(tenant, "POST", keysOf("a@b.c"), body);
    assert.deepEqual([answer.status, answer.body.error.code], [status, code], JSON.stringify(body));
  }
  const wrong = await call(tenant, "POST", keysOf("a@b.c"), {
    name: "",
    permissions: ["own"],
    expires_at: "tomorrow",
    rate_limit_override: 0,
  });
  assert.equal(wrong.status, 422);
  assert.deepEqual(wrong.body.detail.map((fault) => fault.loc.join(".")).sort(), [
    "body.expires_at",
    "body.name",
    "body.permissions.0",
    "body.rate_limit_override",
  ]);
  const email = await call(tenant, "POST", keysOf("nobody"), { name: "x" });
  assert.deepEqual([email.status, email.body.error.code], [400, "invalid_value"]);
  assert.deepEqual((await call(tenant, "GET", keysOf("a@b.c"))).body.results, [], "nothing was made");
});

test("another organization's user and key look like unknown ones", async () => {
  const [one, other] = [await createTenant(database.db), await createTenant(database.db)];
  await call(other, "POST", keysOf("a@b.c"), { name: "ci" });
  const foreign = await call(one, "DELETE", keysOf("a@b.c", "/ci"));
  assert.equal(foreign.status, 404);
  await call(one, "POST", keysOf("a@b.c"), { name: "mine" });
  const unknown = await call(one, "DELETE", keysOf("a@b.c", "/ci"));
  assert.deepEqual(unknown, foreign);
  assert.equal((await call(other, "GET", keysOf("a@b.c"))).body.results[0]!.status, "active");
});

test("last_used_at is written once a minute at most", async () => {
  const tenant = await createTenant(database.db);
  const key = await createKey(database.db, tenant.organizationId, tenant.userId, ["read"]);
  const lastUse = async () =>
    (
      await database.db.sql
        .selectFrom("api_keys")
        .select("last_used_at")
        .where("key_hash", "=", hashKey(key))
        .executeTakeFirstOrThrow()
    ).last_used_at;
  assert.equal(await lastUse(), null);
  await opens(key);
  const first = await lastUse();
  assert.ok(first instanceof Date);
  database.db.wakes.emit("tenancy");
  await opens(key);
  assert.deepEqual(await lastUse(), first);
  await database.db.sql
    .updateTable("api_keys")
    .set({ last_used_at: new Date(first.getTime() - 61_000) })
    .where("key_hash", "=", hashKey(key))
    .execute();
  database.db.wakes.emit("tenancy");
  await opens(key);
  assert.ok((await lastUse())! >= first);
});
