import assert from "node:assert/strict";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, test } from "node:test";

import { createTestDatabase, createTestFolder } from "../../../test/factories/database.ts";
import { Database } from "../db/database.ts";
import { postgresBackend } from "../db/postgres.ts";
import { silentLogger } from "../platform/logger.ts";
import { findCaller } from "./find-caller.ts";
import { ensureFirstStart } from "./first-start.ts";
import { findNamespace } from "./find-namespace.ts";

const open: { close: () => Promise<void> }[] = [];
after(async () => {
  for (const database of open) await database.close();
});

async function emptyDatabase() {
  const database = await createTestDatabase();
  open.push(database);
  return database;
}

test("a generated admin key opens everything, is in a file of mode 0600, and is shown once", async () => {
  const { db } = await emptyDatabase();
  await using data = await testFolder();
  const first = await ensureFirstStart(db, { apiKey: undefined, dataFolder: data.folder });
  assert.equal(first.created, true);
  assert.match(first.key!, /^sk_[0-9A-Za-z]{40}$/);
  assert.equal((await readFile(join(data.folder, "admin-key"), "utf8")).trim(), first.key);
  assert.equal((await stat(join(data.folder, "admin-key"))).mode & 0o777, 0o600);
  assert.deepEqual(await readdir(data.folder), ["admin-key"]);
  const { caller } = await findCaller(db.sql, first.key!);
  assert.deepEqual(caller.permissions, ["admin"]);
  assert.equal(caller.actor, "admin@localhost (key admin)");
  assert.equal((await findNamespace(db.sql, caller, "default")).name, "default");

  const again = await ensureFirstStart(db, { apiKey: undefined, dataFolder: data.folder });
  assert.deepEqual(again, { created: false, key: null, apiKeyIsForeign: false });
  assert.equal((await readFile(join(data.folder, "admin-key"), "utf8")).trim(), first.key);
});

test("RECLUSTER_API_KEY is the admin key of the first start only; a later different one adds no key", async () => {
  const { db } = await emptyDatabase();
  await using data = await testFolder();
  const given = "sk_given_by_the_operator";
  assert.deepEqual(await ensureFirstStart(db, { apiKey: given, dataFolder: data.folder }), {
    created: true,
    key: null,
    apiKeyIsForeign: false,
  });
  assert.deepEqual(await readdir(data.folder), []);
  await findCaller(db.sql, given);
  const same = await ensureFirstStart(db, { apiKey: given, dataFolder: data.folder });
  assert.equal(same.apiKeyIsForeign, false);
  const other = await ensureFirstStart(db, { apiKey: "sk_another_operator", dataFolder: data.folder });
  assert.deepEqual(other, { created: false, key: null, apiKeyIsForeign: true });
  await assert.rejects(findCaller(db.sql, "sk_another_operator"), { code: "unknown_key" });
});

test("a start that crashed between file and database is finished with the key in the file", async () => {
  const { db } = await emptyDatabase();
  await using data = await testFolder();
  await writeFile(join(data.folder, "admin-key"), "sk_left_by_the_start_that_crashed\n");
  const first = await ensureFirstStart(db, { apiKey: undefined, dataFolder: data.folder });
  assert.equal(first.key, "sk_left_by_the_start_that_crashed");
  await findCaller(db.sql, "sk_left_by_the_start_that_crashed");
});

test("of eight starts at once on one database one creates, and only its folder keeps a key", async () => {
  const { db, url } = await emptyDatabase();
  const servers = Array.from({ length: 8 }, () =>
    url === undefined
      ? db
      : new Database(postgresBackend({ url, maxConnections: 2, logger: silentLogger }), {
          logger: silentLogger,
        }),
  );
  const folders = await Promise.all(servers.map(() => testFolder()));
  try {
    const starts = await Promise.all(
      servers.map((server, i) =>
        ensureFirstStart(server, { apiKey: undefined, dataFolder: folders[i]!.folder }),
      ),
    );
    const creators = starts.filter((start) => start.created);
    assert.equal(creators.length, 1);
    for (const [i, start] of starts.entries()) {
      assert.deepEqual(await readdir(folders[i]!.folder), start.created ? ["admin-key"] : []);
    }
    await findCaller(db.sql, creators[0]!.key!);
    assert.equal((await db.sql.selectFrom("organizations").select("name").execute()).length, 1);
  } finally {
    for (const folder of folders) await folder[Symbol.asyncDispose]();
    if (url !== undefined) for (const server of servers) await server.close();
  }
});

test("eight starts in one folder agree on the key", async () => {
  const { db } = await emptyDatabase();
  await using data = await testFolder();
  const starts = await Promise.all(
    Array.from({ length: 8 }, () => ensureFirstStart(db, { apiKey: undefined, dataFolder: data.folder })),
  );
  const keys = starts.filter((start) => start.created).map((start) => start.key);
  assert.equal(keys.length, 1);
  assert.equal((await readFile(join(data.folder, "admin-key"), "utf8")).trim(), keys[0]);
  assert.deepEqual(await readdir(data.folder), ["admin-key"]);
});

async function testFolder() {
  const { folder, remove } = await createTestFolder();
  return { folder, [Symbol.asyncDispose]: remove };
}
