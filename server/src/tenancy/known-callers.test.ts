import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import { createTestDatabase, type TestDatabase } from "../../../test/factories/database.ts";
import { createKey, createTenant } from "../../../test/factories/tenant.ts";
import { Database } from "../db/database.ts";
import { postgresBackend } from "../db/postgres.ts";
import type { Clock } from "../platform/clock.ts";
import { silentLogger } from "../platform/logger.ts";
import { hashKey } from "./find-caller.ts";
import { KnownCallers } from "./known-callers.ts";

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.close());

class SteppedClock implements Clock {
  ms = 0;
  now = () => new Date(this.ms);
  monotonicMs = () => this.ms;
}

const revoke = (key: string) =>
  database.db.sql
    .updateTable("api_keys")
    .set({ status: "revoked" })
    .where("key_hash", "=", hashKey(key))
    .execute();

test("an answer is believed for a second, not longer", async () => {
  const clock = new SteppedClock();
  const callers = new KnownCallers(database.db, clock);
  const { key, organizationId } = await createTenant(database.db);
  assert.equal((await callers.caller(key)).organizationId, organizationId);
  await revoke(key);
  clock.ms = 999;
  assert.equal((await callers.caller(key)).organizationId, organizationId);
  clock.ms = 1_000;
  await assert.rejects(callers.caller(key), { code: "revoked_key" });
  callers.close();
});

test("a key is not believed past its expiry", async () => {
  const clock = new SteppedClock();
  const callers = new KnownCallers(database.db, clock);
  const { key } = await createTenant(database.db);
  await database.db.sql
    .updateTable("api_keys")
    .set({ expires_at: new Date(Date.now() + 500) })
    .where("key_hash", "=", hashKey(key))
    .execute();
  await callers.caller(key);
  await revoke(key);
  clock.ms = 500;
  await assert.rejects(callers.caller(key), { code: /revoked_key|expired_key/ });
  callers.close();
});

test("an answer asked for before a change is not kept after it", async () => {
  const callers = new KnownCallers(database.db, new SteppedClock());
  const { key } = await createTenant(database.db);
  const asked = callers.caller(key);
  callers.forget();
  await asked;
  await revoke(key);
  await assert.rejects(callers.caller(key), { code: "revoked_key" });
  callers.close();
});

test("a namespace remembered for one key is not given to a limited one", async () => {
  const callers = new KnownCallers(database.db, new SteppedClock());
  const { db } = database;
  const [one, two] = [await createTenant(db), await createTenant(db)];
  const limited = await createKey(
    db,
    one.organizationId,
    one.userId,
    ["read"],
    [{ resource_type: "namespace", resource_id: "ns_gone" }],
  );
  await callers.namespace(await callers.caller(one.key), one.namespaceId);
  await assert.rejects(callers.namespace(await callers.caller(limited), one.namespaceId), {
    code: "outside_scope",
  });
  await assert.rejects(callers.namespace(await callers.caller(two.key), one.namespaceId), {
    code: "not_found",
  });
  callers.close();
});

test("a change through another server is heard", async (t) => {
  if (database.url === undefined) return t.skip("two servers on one database need PostgreSQL");
  const callers = new KnownCallers(database.db, new SteppedClock());
  const { key } = await createTenant(database.db);
  await callers.caller(key);
  const other = new Database(
    postgresBackend({ url: database.url, maxConnections: 1, logger: silentLogger }),
    { logger: silentLogger },
  );
  const heard = new Promise<void>((resolve) => database.db.wakes.on("tenancy", resolve));
  await other.transaction(async (tx) => {
    await tx
      .updateTable("api_keys")
      .set({ status: "revoked" })
      .where("key_hash", "=", hashKey(key))
      .execute();
    other.wakeAfterCommit(tx, "tenancy");
  });
  await heard;
  await assert.rejects(callers.caller(key), { code: "revoked_key" });
  callers.close();
  await other.close();
});
