import assert from "node:assert/strict";
import { connect } from "node:net";
import { Writable } from "node:stream";
import { after, before, test } from "node:test";

import { sql } from "kysely";
import { pino } from "pino";
import { Type } from "typebox";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../test/factories/tenant.ts";
import { Database } from "../db/database.ts";
import { postgresBackend } from "../db/postgres.ts";
import { AppError, notFound, notSupported } from "../platform/app-error.ts";
import { silentLogger } from "../platform/logger.ts";
import { hashKey } from "../tenancy/find-caller.ts";
import { registerNamespaceRoutes } from "../tenancy/namespaces/routes.ts";
import { createApp } from "./app.ts";
import { route, type App } from "./route.ts";

/** Section 1 of the semantics, line by line, on routes that do nothing but show what reached them. */
let database: TestDatabase;
let app: App;
let tenant: TestTenant;
let logged = "";

const Body = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 1000, default: 50 }),
  status_filter: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  name: Type.Optional(Type.String({ maxLength: 5 })),
  inner: Type.Optional(
    Type.Union([Type.Object({ count: Type.Integer() }, { additionalProperties: false }), Type.Null()]),
  ),
});
const Query = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1 })),
  deep: Type.Optional(Type.Boolean()),
});
const Strict = Type.Object({ a: Type.Optional(Type.String()) }, { additionalProperties: false });
const Anything = Type.Object({}, { additionalProperties: true });

function routes(target: App): void {
  registerNamespaceRoutes(target, { db: database.db });
  const plain = { tag: "Test", summary: "Test", namespace: false } as const;
  route(target, {
    ...plain,
    method: "POST",
    url: "/v1/echo",
    permission: "write",
    bodyOptional: true,
    operationId: "echo",
    schema: { querystring: Query, body: Body, response: { 200: Anything } },
    handler: ({ body, query }) => ({ body, query }),
  });
  route(target, {
    ...plain,
    method: "GET",
    url: "/v1/where",
    permission: "read",
    namespace: true,
    operationId: "where",
    schema: { querystring: Strict, response: { 200: Anything } },
    handler: ({ namespace }) => namespace,
  });
  route(target, {
    ...plain,
    method: "GET",
    url: "/v1/fail/:how",
    permission: "read",
    operationId: "fail",
    schema: { params: Type.Object({ how: Type.String() }), response: { 200: Anything } },
    handler: async ({ params }) => {
      if (params.how === "statement") await sql`select secret from nowhere`.execute(database.db.sql);
      if (params.how === "file")
        throw Object.assign(new Error("ENOENT: no such file, open '/data/x'"), { code: "ENOENT" });
      if (params.how === "state") throw new AppError("illegal_state_change", "It is over.");
      if (params.how === "unbuilt") throw notSupported("dst 'skip'", "Use run_once.");
      throw notFound("trigger", params.how);
    },
  });
  route(target, {
    ...plain,
    method: "POST",
    url: "/v1/put-into-namespace",
    permission: "write",
    namespace: true,
    operationId: "put_into_namespace",
    schema: { response: { 200: Anything } },
    handler: async ({ namespace }) => {
      await sql`insert into collections (collection_id, namespace_id, name, features)
        values ('col_late', ${namespace.namespaceId}, 'late', '[]')`.execute(database.db.sql);
      return {};
    },
  });
  route(target, {
    ...plain,
    method: "GET",
    url: "/v1/named/:name",
    permission: "read",
    operationId: "named",
    schema: { params: Type.Object({ name: Type.String() }), response: { 200: Anything } },
    handler: async ({ params }) => {
      await sql`select ${params.name}::text as name`.execute(database.db.sql);
      return { name: params.name };
    },
  });
}

before(async () => {
  database = await createTestDatabase();
  tenant = await createTenant(database.db);
  const logger = pino(
    new Writable({
      write(chunk: Buffer, _encoding, done) {
        logged += chunk.toString();
        done();
      },
    }),
  );
  app = await createApp({ db: database.db, logger, routes });
});
after(async () => {
  await app.close();
  await database.close();
});

interface Answer {
  readonly success: boolean;
  readonly status: number;
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly code: string;
    readonly details?: Record<string, unknown>;
  };
  readonly detail: { readonly loc: (string | number)[]; readonly msg: string; readonly type: string }[];
  readonly body: Record<string, unknown>;
  readonly query: Record<string, unknown>;
  readonly namespaceId: string;
}

async function send(
  method: "GET" | "POST" | "PUT",
  url: string,
  options: { headers?: Record<string, string>; payload?: string | object; key?: string } = {},
) {
  const { key = tenant.key } = options;
  const response = await app.inject({
    method,
    url,
    headers: { ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...options.headers },
    ...(options.payload === undefined ? {} : { payload: options.payload }),
  });
  return { status: response.statusCode, headers: response.headers, body: response.json<Answer>() };
}

const echo = (payload: string | object, headers: Record<string, string> = {}) =>
  send("POST", "/v1/echo", { payload, headers: { "content-type": "application/json", ...headers } });
const places = (body: Answer) => body.detail.map((fault) => fault.loc.join(".")).sort();

test("401: no key, malformed header, unknown, revoked and expired key", async () => {
  const key = async (change: object) => {
    const made = await createKey(database.db, tenant.organizationId, tenant.userId, ["read"]);
    await database.db.sql.updateTable("api_keys").set(change).where("key_hash", "=", hashKey(made)).execute();
    return `Bearer ${made}`;
  };
  const cases: [string | undefined, string][] = [
    [undefined, "missing_key"],
    ["", "missing_key"],
    [tenant.key, "malformed_key"],
    [`Basic ${tenant.key}`, "malformed_key"],
    ["Bearer", "malformed_key"],
    ["Bearer a b", "malformed_key"],
    ["Bearer sk_unknown", "unknown_key"],
    [await key({ status: "revoked" }), "revoked_key"],
    [await key({ expires_at: new Date("2020-01-01T00:00:00Z") }), "expired_key"],
  ];
  for (const [authorization, code] of cases) {
    const headers = authorization === undefined ? {} : { authorization };
    const { status, headers: sent, body } = await send("GET", "/v1/where", { key: "", headers });
    assert.deepEqual(
      [status, body.success, body.status, body.error.type, body.error.code],
      [401, false, 401, "AuthenticationError", code],
      authorization,
    );
    assert.equal(sent["www-authenticate"], "Bearer");
  }
  const lower = { authorization: `bearer ${tenant.key}`, "x-namespace": tenant.namespaceId };
  assert.equal((await send("GET", "/v1/where", { key: "", headers: lower })).status, 200);
});

test("403: the permission is named; admin includes the others; the scope excludes the namespace", async () => {
  const { db } = database;
  const reader = await createKey(db, tenant.organizationId, tenant.userId, ["read"]);
  const { status, body } = await send("POST", "/v1/echo", { key: reader });
  assert.deepEqual(
    [status, body.error.type, body.error.code],
    [403, "PermissionError", "missing_permission"],
  );
  assert.deepEqual(body.error.details, { permission: "write" });
  const writer = await createKey(db, tenant.organizationId, tenant.userId, ["write", "delete"]);
  assert.equal((await send("GET", "/v1/fail/x", { key: writer })).status, 403, "write does not include read");
  assert.equal((await send("POST", "/v1/echo")).status, 200);

  const scope = [{ resource_type: "namespace", resource_id: "ns_0000000000000000" }];
  const limited = await createKey(db, tenant.organizationId, tenant.userId, ["admin"], scope);
  const outside = await send("GET", "/v1/where", {
    key: limited,
    headers: { "x-namespace": tenant.namespaceId },
  });
  assert.deepEqual([outside.status, outside.body.error.type], [403, "PermissionError"]);
  assert.equal(outside.body.error.details!.permission, "scope");
  const unknown = await send("GET", "/v1/where", { key: limited, headers: { "x-namespace": "nowhere" } });
  assert.equal(unknown.status, 404);
});

test("422: a missing namespace; header before query, id or name, also where the query is strict", async () => {
  for (const headers of [{}, { "x-namespace": "" }] as Record<string, string>[]) {
    const { status, body } = await send("GET", "/v1/where", { headers });
    assert.equal(status, 422);
    assert.deepEqual(body.detail[0]!.loc, ["header", "X-Namespace"]);
  }
  const ways: [string, Record<string, string>][] = [
    ["/v1/where", { "x-namespace": tenant.namespaceId }],
    ["/v1/where", { "x-namespace": tenant.namespaceName }],
    [`/v1/where?namespace=${tenant.namespaceName}`, {}],
    ["/v1/where?namespace=nowhere", { "x-namespace": tenant.namespaceId }],
  ];
  for (const [url, headers] of ways) {
    const { status, body } = await send("GET", url, { headers });
    assert.deepEqual([status, body.namespaceId], [200, tenant.namespaceId], url);
  }
  const strict = await send("GET", `/v1/where?namespace=${tenant.namespaceId}&b=1`);
  assert.deepEqual([strict.status, places(strict.body)], [422, ["query.b"]]);
});

test("404: unknown, deleted and another tenant's namespace say the same", async () => {
  const other = await createTenant(database.db);
  const gone = await createTenant(database.db);
  await database.db.sql.deleteFrom("namespaces").where("namespace_id", "=", gone.namespaceId).execute();
  const asked: [string, string][] = [
    ["ns_0000000000000000", tenant.key],
    [other.namespaceId, tenant.key],
    [gone.namespaceId, gone.key],
  ];
  const answers = new Set<string>();
  for (const [id, key] of asked) {
    const { status, body } = await send("GET", "/v1/where", { key, headers: { "x-namespace": id } });
    assert.equal(status, 404);
    assert.deepEqual([body.error.type, body.error.details], ["NotFoundError", { resource: "namespace", id }]);
    answers.add(JSON.stringify(body).replaceAll(id, "ID"));
  }
  assert.equal(answers.size, 1);
  const thing = await send("GET", "/v1/fail/trig_1");
  assert.deepEqual([thing.status, thing.body.error.details], [404, { resource: "trigger", id: "trig_1" }]);
});

test("404: a namespace that was deleted while the request was under way", async () => {
  const late = await createTenant(database.db);
  const headers = { "x-namespace": late.namespaceId };
  assert.equal((await send("GET", "/v1/where", { key: late.key, headers })).status, 200);
  // Behind the server's back, so that it still believes the namespace is there.
  await database.db.sql.deleteFrom("namespaces").where("namespace_id", "=", late.namespaceId).execute();
  const { status, body } = await send("POST", "/v1/put-into-namespace", { key: late.key, headers });
  assert.deepEqual([status, body.error.code, body.error.details!.id], [404, "not_found", late.namespaceId]);
});

test("404: a route that is not there, a path that cannot be decoded, a part that is too long", async () => {
  for (const url of ["/v1/nothing", "/v1/named/%zz", `/v1/named/${"x".repeat(600)}`]) {
    const { status, body } = await send("GET", url);
    assert.deepEqual([status, body.success, body.error.code], [404, false, "route_not_found"], url);
  }
  assert.equal((await send("PUT", "/v1/echo")).status, 404);
});

test("422: a body that is not JSON, or JSON that cannot be stored", async () => {
  const texts = [
    "{",
    "nonsense",
    '{"limit": 1,}',
    '{"a": NaN}',
    '{"__proto__": {"admin": true}}',
    '{"\\u005f_proto__": {"admin": true}}',
    '{"constructor": {"prototype": {"admin": true}}}',
  ];
  for (const text of texts) {
    const { status, body } = await echo(text);
    assert.deepEqual(
      [status, body.detail[0]!.loc, body.detail[0]!.type],
      [422, ["body"], "json_invalid"],
      text,
    );
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined);
  for (const [text, place] of [
    ['{"name": "a\\u0000"}', "body.name"],
    ['{"x": [1, {"y": "\\ud800"}]}', "body.x.1.y"],
    ['{"x\\u0000": 1}', "body.x\u0000"],
  ] as const) {
    const { status, body } = await echo(text);
    assert.deepEqual([status, places(body)], [422, [place]], text);
  }
  for (const text of ['{"name": "\\ud83d\\ude00"}', '{"status_filter": "\\\\u0000"}']) {
    assert.equal((await echo(text)).status, 200, text);
  }
  for (const text of ["[]", "null", "5", '"text"']) {
    const { status, body } = await echo(text);
    assert.deepEqual([status, body.detail[0]!.type], [422, "object_type"], text);
  }
});

test("422: JSON bodies are not coerced, bounds hold, every fault is listed, unknown fields where refused", async () => {
  const cases: [object, string[]][] = [
    [{ limit: "50" }, ["body.limit"]],
    [{ limit: null }, ["body.limit"]],
    [{ limit: 0 }, ["body.limit"]],
    [{ limit: 1001 }, ["body.limit"]],
    [{ limit: 1.5 }, ["body.limit"]],
    [{ limit: true }, ["body.limit"]],
    [{ limit: 0, name: "too long", status_filter: 1 }, ["body.limit", "body.name", "body.status_filter"]],
    [{ inner: { count: "1", other: 2 } }, ["body.inner.count", "body.inner.other"]],
    [{ inner: {} }, ["body.inner.count"]],
    [{ inner: 5 }, ["body.inner"]],
  ];
  for (const [payload, expected] of cases) {
    const { status, body } = await echo(payload);
    assert.deepEqual([status, places(body)], [422, expected], JSON.stringify(payload));
    for (const fault of body.detail) assert.ok(fault.msg.length > 0 && fault.type.length > 0);
  }
});

test("a missing body means the defaults where all have one; null is no filter; unknown fields are ignored", async () => {
  assert.deepEqual((await send("POST", "/v1/echo")).body.body, { limit: 50 });
  assert.deepEqual((await echo("")).body.body, { limit: 50 });
  assert.deepEqual((await echo({ status_filter: null })).body.body, { limit: 50, status_filter: null });
  assert.equal((await echo({ unheard_of: 1 })).status, 200);
  const required = await send("POST", "/v1/namespaces");
  assert.deepEqual([required.status, required.body.detail[0]!.loc[0]], [422, "body"]);
});

test("query strings are coerced, and refused when that fails", async () => {
  const { body } = await send("POST", "/v1/echo?limit=7&deep=true");
  assert.deepEqual(body.query, { limit: 7, deep: true });
  const wrong = await send("POST", "/v1/echo?limit=seven&deep=perhaps");
  assert.deepEqual([wrong.status, places(wrong.body)], [422, ["query.deep", "query.limit"]]);
  assert.equal((await send("POST", "/v1/echo?limit=0")).status, 422);
});

test("400: an impossible value or moment, and what is not built yet", async () => {
  for (const [how, code] of [
    ["state", "illegal_state_change"],
    ["unbuilt", "not_supported"],
  ] as const) {
    const { status, body } = await send("GET", `/v1/fail/${how}`);
    assert.deepEqual([status, body.error.type, body.error.code], [400, "BadRequestError", code]);
  }
  const nul = await send("GET", "/v1/named/a%00b");
  assert.deepEqual([nul.status, nul.body.error.code], [400, "invalid_value"]);
});

test("409: the contract's error body with its code", async () => {
  const full = await createTenant(database.db);
  await sql`insert into collections (collection_id, namespace_id, name, features)
    values ('col_full', ${full.namespaceId}, 'full', '[]')`.execute(database.db.sql);
  const response = await app.inject({
    method: "DELETE",
    url: `/v1/namespaces/${full.namespaceId}`,
    headers: full.headers,
  });
  const body = response.json<Answer>();
  assert.deepEqual([response.statusCode, body.error.type, body.error.code], [409, "ConflictError", "in_use"]);
});

test("413 and 415: too large, and not JSON by its type", async () => {
  const large = await echo({ text: "x".repeat(1024 * 1024) });
  assert.deepEqual([large.status, large.body.error.code], [413, "body_too_large"]);
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "nonsense"]) {
    const { status, body } = await echo("limit=5", { "content-type": type });
    assert.deepEqual([status, body.error.code], [415, "unsupported_media_type"], type);
    assert.match(body.error.message, /ingestion takes NDJSON, CSV, Parquet/);
  }
  assert.equal((await echo("{}", { "content-type": "application/json; charset=utf-8" })).status, 200);
});

test("500: a fault below the route tells nothing but a request id, under which the log has it", async () => {
  for (const [how, secret] of [
    ["statement", "nowhere"],
    ["file", "/data/x"],
  ] as const) {
    logged = "";
    const { status, body } = await send("GET", `/v1/fail/${how}`);
    assert.deepEqual([status, body.error.type, body.error.code], [500, "InternalServerError", "internal"]);
    assert.ok(!JSON.stringify(body).includes(secret));
    const id = body.error.details!.request_id as string;
    assert.match(id, /^req_/);
    const line = logged.split("\n").find((text) => text.includes(id));
    assert.ok(line?.includes(secret), logged);
  }
});

test("503: the database is away, by refused connection and by a closed one", async () => {
  const away = new Database(
    postgresBackend({ url: "postgresql://127.0.0.1:1/none", maxConnections: 1, logger: silentLogger }),
    { logger: silentLogger },
  );
  const lost = await createTestDatabase("pglite");
  await lost.close();
  for (const db of [away, lost.db]) {
    const other = await createApp({ db, logger: silentLogger, routes });
    const response = await other.inject({ url: "/v1/where", headers: tenant.headers });
    const { error } = response.json<Answer>();
    assert.deepEqual(
      [response.statusCode, error.type, error.code],
      [503, "ServiceUnavailableError", "database_unavailable"],
    );
    assert.match(String(error.details!.request_id), /^req_/);
    await other.close();
  }
  await away.close();
});

test("a client that breaks off its body is not logged as a database that is away", async () => {
  logged = "";
  await app.listen({ port: 0, host: "127.0.0.1" });
  const { port } = app.server.address() as { port: number };
  const ended = new Promise<void>((resolve) =>
    app.server.once("connection", (socket) => socket.once("close", resolve)),
  );
  const socket = connect(port, "127.0.0.1");
  const parsing = new Promise<void>((resolve) => app.server.once("request", () => resolve()));
  socket.write(
    `POST /v1/echo HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${tenant.key}\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{`,
  );
  await parsing;
  socket.destroy();
  await ended;
  await send("GET", "/v1/where", { headers: tenant.headers });
  assert.equal(logged.includes("database_unavailable"), false, logged);
});

test("what is no HTTP request gets an error of the same shape, which says what is wrong", async () => {
  const { port } = app.server.address() as { port: number };
  const said = (text: string) =>
    new Promise<string>((resolve) => {
      let answer = "";
      const socket = connect(port, "127.0.0.1", () => socket.write(text));
      socket.on("data", (data) => (answer += data.toString()));
      socket.on("error", () => undefined);
      socket.on("close", () => resolve(answer));
    });
  for (const [head, status, message] of [
    ["content-length: -1", 400, /not a request of HTTP\/1\.1: .*content-length/i],
    ["content-length: 1\r\ntransfer-encoding: chunked", 400, /Transfer-Encoding/],
    [`x-long: ${"x".repeat(20_000)}`, 431, /larger than 16 KiB/],
  ] as const) {
    const answer = await said(`POST /v1/echo HTTP/1.1\r\nhost: x\r\n${head}\r\n\r\n`);
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    const body = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as Answer & { status: number };
    assert.deepEqual([body.status, body.error.code], [status, "invalid_value"]);
    assert.match(body.error.message, message);
  }
});

test("HEAD answers as GET does, without a body and not without a key", async () => {
  const head = await app.inject({ method: "HEAD", url: "/v1/where", headers: tenant.headers });
  assert.deepEqual([head.statusCode, head.body], [200, ""]);
  assert.equal((await app.inject({ method: "HEAD", url: "/v1/where" })).statusCode, 401);
});

test("OpenAPI lists every route with its permission's errors, and needs no key", async () => {
  const response = await app.inject("/openapi.json");
  assert.equal(response.statusCode, 200);
  const { paths } = response.json<{
    paths: Record<string, Record<string, { responses: object; parameters?: { name: string; in: string }[] }>>;
  }>();
  assert.deepEqual(Object.keys(paths["/v1/echo"]!.post!.responses), [
    "200", "400", "401", "403", "404", "408", "409", "413", "415", "422", "429", "500", "503",
  ]); // prettier-ignore
  assert.deepEqual(
    paths["/v1/where"]!.get!.parameters!.map((parameter) => `${parameter.in} ${parameter.name}`).sort(),
    ["header X-Namespace", "query a", "query namespace"],
  );
});
