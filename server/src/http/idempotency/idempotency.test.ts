import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";

import { Type } from "typebox";

import { createTestDatabase, type TestDatabase } from "../../../../test/factories/database.ts";
import { createKey, createTenant, type TestTenant } from "../../../../test/factories/tenant.ts";
import { ManualClock } from "../../db/database-clock.ts";
import { AppError } from "../../platform/app-error.ts";
import { addMs } from "../../platform/clock.ts";
import { silentLogger } from "../../platform/logger.ts";
import { TestSignals } from "../../platform/test-signals.ts";
import { createApp } from "../app.ts";
import { route, type App } from "../route.ts";
import { createKeyRemoval } from "./forget-keys.ts";
import { HeldKey } from "./held-key.ts";
import { claimKey, storeAnswer } from "./key-store.ts";
import { newIdFor } from "./new-id-for.ts";

const SECOND = 1_000;
const HOUR = 3_600_000;
const Anything = Type.Object({}, { additionalProperties: true });

let database: TestDatabase;
let app: App;
let tenant: TestTenant;
const clock = new ManualClock(new Date("2026-05-01T12:00:00Z"));

/** How often the route has worked, and what it does next. */
let works = 0;
let act: () => unknown = () => undefined;

before(async () => {
  database = await createTestDatabase();
  app = await createApp({ db: database.db, logger: silentLogger, routes, clock });
});
after(async () => {
  await app.close();
  await database.close();
});
beforeEach(async () => {
  tenant = await createTenant(database.db);
  works = 0;
  act = () => undefined;
});

function routes(to: App): void {
  const shared = { namespace: true, tag: "Test", summary: "Test", permission: "write" } as const;
  for (const place of ["here", "there"]) {
    route(to, {
      ...shared,
      method: "POST",
      url: `/v1/${place}/:name`,
      operationId: place,
      idempotent: true,
      bodyOptional: true,
      schema: {
        params: Type.Object({ name: Type.String() }),
        querystring: Type.Object({ q: Type.Optional(Type.String()) }),
        body: Anything,
        response: { 201: Anything },
      },
      handler: async (request, reply) => {
        works += 1;
        await act();
        void reply.status(201);
        return { id: newIdFor(request, "doc"), second: newIdFor(request, "doc", 2), works, body: request.body };
      },
    });
  }
  route(to, {
    ...shared,
    method: "PATCH",
    url: "/v1/plain",
    operationId: "plain",
    schema: { body: Anything, response: { 200: Anything } },
    handler: () => ({}),
  });
  route(to, {
    ...shared,
    method: "POST",
    url: "/v1/look",
    permission: "read",
    operationId: "look",
    schema: { body: Anything, response: { 200: Anything } },
    handler: () => ({}),
  });
} // prettier-ignore

interface Sending {
  readonly key?: string;
  readonly body?: object | string;
  readonly url?: string;
  readonly headers?: Record<string, string>;
  readonly method?: "POST" | "PATCH";
}

async function send({ key = "k1", body = { a: 1 }, url = "/v1/here/x", headers = {}, method = "POST" }: Sending = {}) {
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...tenant.headers,
      "content-type": "application/json",
      ...(key === "" ? {} : { "idempotency-key": key }),
      ...headers,
    },
    payload: body,
  });
  const json: any = answer.json();
  return { status: answer.statusCode, headers: answer.headers, json, code: json.error?.code };
} // prettier-ignore

test("the same request again is answered with what was stored; the work is done once", async () => {
  const first = await send();
  assert.deepEqual([first.status, first.json.works, first.headers["idempotent-replayed"]], [201, 1, undefined]);
  for (let again = 0; again < 3; again++) {
    const next = await send();
    assert.deepEqual([next.status, next.json, next.headers["idempotent-replayed"]], [201, first.json, "true"]);
  }
  assert.equal(works, 1);
  assert.equal((await send({ key: "k2" })).json.works, 2);
  assert.equal((await send({ key: "" })).json.works, 3);
}); // prettier-ignore

test("a request with the key that is not the same is a conflict; other routes and organizations have their own", async () => {
  const reader = await createKey(
    database.db, tenant.organizationId, tenant.userId, ["write"],
    [{ resource_type: "namespace", resource_id: tenant.namespaceId }],
  ); // prettier-ignore
  await send();
  for (const other of [
    { body: { a: 2 } },
    { body: '{"a": 1}' },
    { url: "/v1/here/y" },
    { url: "/v1/here/x?q=1" },
    { headers: { authorization: `Bearer ${reader}` } },
  ]) {
    const { status, code, json } = await send(other);
    assert.deepEqual([status, code], [409, "idempotency_conflict"], JSON.stringify(other));
    assert.equal(json.error.type, "ConflictError");
  }
  assert.equal(works, 1);
  assert.equal((await send({ url: "/v1/there/x" })).json.works, 2);
  tenant = await createTenant(database.db);
  assert.equal((await send()).json.works, 3);
});

test("a key is 1 to 255 visible ASCII characters, once", async () => {
  for (const key of ["two words", "é", "x".repeat(256), "a, b", "\t"]) {
    const { status, json } = await send({ headers: { "idempotency-key": key } });
    assert.deepEqual([status, json.detail?.[0].loc], [422, ["header", "Idempotency-Key"]], key);
  }
  assert.equal(works, 0);
  assert.equal((await send({ key: "~".repeat(255) })).status, 201);
});

test("of two at once one runs and the other is told so", async () => {
  const { promise: gate, resolve: open } = Promise.withResolvers<undefined>();
  const { promise: begun, resolve: begin } = Promise.withResolvers<undefined>();
  act = () => {
    begin(undefined);
    return gate;
  };
  const first = send();
  await begun;
  const second = await send();
  assert.deepEqual([second.status, second.code, second.headers["retry-after"]], [409, "request_running", "5"]);
  assert.equal((await send({ body: { other: true } })).code, "idempotency_conflict");
  open(undefined);
  assert.equal((await first).status, 201);
  assert.deepEqual((await send()).json, (await first).json);
  assert.equal(works, 1);
}); // prettier-ignore

test("many at once: exactly one works", async () => {
  const answers = await Promise.all(Array.from({ length: 10 }, () => send()));
  assert.equal(works, 1);
  assert.equal(answers.filter(({ status, headers }) => status === 201 && !headers["idempotent-replayed"]).length, 1);
  for (const { status, code } of answers) assert.ok(status === 201 || code === "request_running");
}); // prettier-ignore

test("a refusal frees the key for any body, a fault of ours for the same one only", async () => {
  act = () => {
    throw new AppError("invalid_value", "No.");
  };
  assert.deepEqual([(await send()).code, works], ["invalid_value", 1]);
  act = () => undefined;
  const mended = await send({ body: { mended: true } });
  assert.equal(mended.status, 201);

  act = () => {
    throw new Error("broken");
  };
  assert.equal((await send({ key: "k2" })).status, 500);
  act = () => undefined;
  assert.equal((await send({ key: "k2", body: { mended: true } })).code, "idempotency_conflict");
  assert.equal((await send({ key: "k2" })).status, 201);
});

test("ids are the same at every try of a request, and differ between requests and within one", async () => {
  const ids: string[] = [];
  const note = (answer: Awaited<ReturnType<typeof send>>) => {
    assert.equal(answer.status, 201);
    assert.match(answer.json.id, /^doc_[0-9A-Za-z]{16}$/);
    ids.push(answer.json.id, answer.json.second);
  };
  note(await send());
  // As a server that dies after the work and before the answer is stored leaves it.
  await database.db.sql
    .updateTable("idempotency_keys")
    .set({ status: null, answer: null, owner: "dead", lease_until: clock.instant })
    .where("organization_id", "=", tenant.organizationId)
    .execute();
  assert.equal((await send({ body: { other: true } })).code, "idempotency_conflict");
  note(await send());
  assert.equal(works, 2);
  assert.deepEqual(ids.splice(0, 2), ids);
  note(await send({ key: "k2" }));
  note(await send({ key: "" }));
  clock.instant = addMs(clock.instant, 24 * HOUR);
  note(await send());
  assert.equal(new Set(ids).size, ids.length);
});

test("a key that a dead server holds is free when its lease has ended, and the dead one's answer does not count", async () => {
  const address = { organizationId: tenant.organizationId, route: "POST /v1/here/:name", key: "k1" };
  const { sql } = database.db;
  const start = clock.instant;
  assert.equal((await claimKey(sql, clock, address, "dead", null)).outcome, "held");
  clock.instant = addMs(start, 44 * SECOND);
  assert.equal((await send()).code, "request_running");
  clock.instant = addMs(start, 45 * SECOND);
  const first = await send();
  assert.equal(first.status, 201);
  const late = { fingerprint: "of another", status: 200, answer: "{}" };
  assert.equal(await storeAnswer(sql, clock, address, "dead", late), false);
  assert.deepEqual((await send()).json, first.json);
});

test("a request that stood still learns that its key was taken over", async () => {
  const address = { organizationId: tenant.organizationId, route: "r", key: "k" };
  const { db } = database;
  let ms = 0;
  const processClock = { now: () => clock.instant, monotonicMs: () => ms };
  await claimKey(db.sql, clock, address, "frozen", null);
  const held = new HeldKey({ db, clock, processClock, logger: silentLogger }, address, "frozen", []);
  await held.assertHeld();
  // It slept past its lease and nobody came: it goes on, under a new lease.
  ms += 60 * SECOND;
  clock.instant = addMs(clock.instant, 60 * SECOND);
  await held.assertHeld();
  assert.equal((await claimKey(db.sql, clock, address, "other", null)).outcome, "taken");
  ms += 60 * SECOND;
  clock.instant = addMs(clock.instant, 60 * SECOND);
  assert.equal((await claimKey(db.sql, clock, address, "other", null)).outcome, "held");
  await assert.rejects(held.assertHeld(), { code: "request_running" });
  await held.answered(200, "{}", "f");
  assert.equal((await claimKey(db.sql, clock, address, "third", null)).outcome, "taken");
});

test("an answer is kept for a day after it was given, then removed; what runs stays", async () => {
  const { db } = database;
  const removal = createKeyRemoval({ db, clock, logger: silentLogger, signals: new TestSignals() });
  const mine = () =>
    db.sql.selectFrom("idempotency_keys").select("key").where("organization_id", "=", tenant.organizationId).orderBy("key").execute();
  const first = await send();
  const address = { organizationId: tenant.organizationId, route: "r", key: "running" };
  await claimKey(db.sql, clock, address, "runs", null);
  clock.instant = addMs(clock.instant, 24 * HOUR - SECOND);
  const { rows } = { rows: await mine() };
  assert.equal(rows.length, 2);
  const held = new HeldKey({ db, clock, processClock: { now: () => clock.instant, monotonicMs: () => 0 }, logger: silentLogger }, address, "runs", []);
  assert.deepEqual((await send()).json, first.json);
  clock.instant = addMs(clock.instant, SECOND);
  // The long request shows a sign of life.
  await db.sql.updateTable("idempotency_keys").set({ lease_until: addMs(clock.instant, 45 * SECOND) }).where("key", "=", "running").execute();
  assert.ok((await removal.runOnce()) >= 1);
  assert.deepEqual(await mine(), [{ key: "running" }]);
  await held.free(false);
  assert.equal((await send({ body: { another: "day" } })).json.works, 2);
}); // prettier-ignore

test("an expired key that nobody has removed yet is as good as gone", async () => {
  const first = await send();
  clock.instant = addMs(clock.instant, 24 * HOUR);
  const next = await send({ body: { another: "day" } });
  assert.deepEqual([next.status, next.json.works], [201, 2]);
  assert.notEqual(next.json.id, first.json.id);
});

test("routes that change something and take no key refuse it; reads have no use for it", async () => {
  const refused = await send({ method: "PATCH", url: "/v1/plain" });
  assert.deepEqual([refused.status, refused.code], [400, "not_supported"]);
  assert.equal((await send({ method: "PATCH", url: "/v1/plain", key: "" })).status, 200);
  assert.equal((await send({ url: "/v1/look" })).status, 200);
});

test("OpenAPI says which routes take a key", () => {
  const { paths } = app.swagger() as { paths: Record<string, Record<string, { parameters?: { name: string }[] }>> };
  const names = (path: string, method: string) => (paths[path]![method]!.parameters ?? []).map(({ name }) => name);
  assert.ok(names("/v1/here/{name}", "post").includes("Idempotency-Key"));
  assert.ok(!names("/v1/plain", "patch").includes("Idempotency-Key"));
}); // prettier-ignore
