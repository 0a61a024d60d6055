import assert from "node:assert/strict";
import { chmod, mkdir, readdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { after, test } from "node:test";

import { startCutProxy } from "../../../test/factories/cut-proxy.ts";
import {
  createEmptyPostgres,
  createTestDatabase,
  createTestFolder,
  testDatabaseKind,
} from "../../../test/factories/database.ts";
import { createTenant } from "../../../test/factories/tenant.ts";
import { createApp } from "../http/app.ts";
import { systemClock } from "../platform/clock.ts";
import { silentLogger } from "../platform/logger.ts";
import { registerNamespaceRoutes } from "../tenancy/namespaces/routes.ts";
import { Database } from "./database.ts";
import { FolderInUse } from "./folder-lock.ts";
import { claimStorage, openDatabase, StartRefused, type OpenDatabaseOptions } from "./open-database.ts";
import { postgresBackend } from "./postgres.ts";
import { WAKE_CHANNELS } from "./wakes.ts";

const removals: (() => Promise<void>)[] = [];
after(async () => {
  for (const remove of removals) await remove();
});

async function options(change: Partial<OpenDatabaseOptions> = {}): Promise<OpenDatabaseOptions> {
  const { folder, remove } = await createTestFolder();
  removals.push(remove);
  return {
    databaseUrl: undefined,
    dataFolder: join(folder, "data"),
    storageFolder: join(folder, "data", "storage"),
    maxConnections: 4,
    waitMs: 0,
    logger: silentLogger,
    clock: systemClock,
    ...change,
  };
}

const refusedWith = (pattern: RegExp) => (error: Error) => {
  assert.ok(error instanceof StartRefused, String(error));
  assert.match(error.message, pattern);
  return true;
};

test("PGlite in a folder: a second server is refused, what was committed is there after a restart", async () => {
  const given = await options();
  const first = await openDatabase(given);
  await assert.rejects(openDatabase(given), FolderInUse);
  await createTenant(first.db);
  await first.close();
  const second = await openDatabase(given);
  const rows = await second.db.sql.selectFrom("organizations").selectAll().execute();
  assert.equal(rows.length, 1);
  await second.close();
});

test("a folder that cannot be made or written is refused by name", async () => {
  const inTheWay = await options();
  await writeFile(inTheWay.dataFolder, "a file");
  await assert.rejects(openDatabase(inTheWay), refusedWith(/data folder \(--data-dir\).*cannot be written/));
  const storage = await options();
  await mkdir(storage.dataFolder);
  await writeFile(storage.storageFolder, "a file");
  await assert.rejects(openDatabase(storage), refusedWith(/storage folder \(RECLUSTER_STORAGE\)/));
  assert.deepEqual(await readdir(storage.dataFolder), ["storage"], "nothing was left behind");
});

test("a folder without write permission is refused by name", async (t) => {
  if (process.getuid?.() === 0) return t.skip("root may write everywhere: mode bits do not bind it");
  const given = await options();
  await mkdir(given.dataFolder);
  await chmod(given.dataFolder, 0o500);
  await assert.rejects(openDatabase(given), refusedWith(/EACCES/));
});

test("a database that cannot hold every text is refused", async (t) => {
  if (testDatabaseKind === "pglite")
    return t.skip("a PostgreSQL database's encoding is chosen when it is made");
  const { url, drop } = await createEmptyPostgres("SQL_ASCII");
  removals.push(drop);
  const refused = refusedWith(/encoding is SQL_ASCII.*needs UTF8/);
  await assert.rejects(openDatabase(await options({ databaseUrl: url })), refused);
});

test("a storage folder of another database is refused; of two that claim it at once one wins", async () => {
  const { storageFolder } = await options();
  await mkdir(storageFolder, { recursive: true });
  const claims = await Promise.allSettled(
    Array.from({ length: 16 }, (_, i) => claimStorage(storageFolder, `database-${i % 2}`)),
  );
  assert.equal(claims.filter((claim) => claim.status === "fulfilled").length, 8);
  for (const claim of claims) {
    if (claim.status === "rejected") refusedWith(/belongs to another database/)(claim.reason as Error);
  }
  assert.deepEqual(await readdir(storageFolder), ["recluster.json"]);

  const broken = await options();
  await mkdir(broken.storageFolder, { recursive: true });
  await writeFile(join(broken.storageFolder, "recluster.json"), "");
  await assert.rejects(
    claimStorage(broken.storageFolder, "a"),
    refusedWith(/recluster\.json cannot be read/),
  );
});

test("a database that is away at start is waited for, then named as the reason", async () => {
  const free = await unusedPort();
  const given = await options({ databaseUrl: `postgresql://127.0.0.1:${free}/none`, waitMs: 600 });
  const begun = performance.now();
  await assert.rejects(openDatabase(given), refusedWith(/does not answer.*ECONNREFUSED.*DATABASE_URL/s));
  const took = performance.now() - begun;
  assert.ok(took >= 600 && took < 5_000, `${took} ms`);
});

test("a wrong password or database name is not waited for", { skip: needsPostgres() }, async () => {
  const database = await createTestDatabase();
  const wrong = new URL(database.url!);
  wrong.pathname = "/no_such_database";
  await assert.rejects(
    openDatabase(await options({ databaseUrl: wrong.href, waitMs: 60_000 })),
    refusedWith(/refused the connection.*no_such_database.*DATABASE_URL/),
  );
  await database.close();
});

test(
  "a database that comes up while the server waits for it is used",
  { skip: needsPostgres() },
  async () => {
    const database = await createTestDatabase();
    const proxy = await startCutProxy(database.url!);
    await proxy.cut();
    let warned = 0;
    const { promise: waiting, resolve: isWaiting } = Promise.withResolvers<void>();
    const logger = { warn: () => (warned++, isWaiting()), error: () => undefined } as never;
    const opening = openDatabase(await options({ databaseUrl: proxy.url, waitMs: 30_000, logger }));
    await waiting;
    await proxy.mend();
    const opened = await opening;
    assert.ok(warned >= 1);
    await opened.db.ping();
    await opened.close();
    await proxy.cut();
    await database.close();
  },
);

test(
  "a database that goes away while serving: 503, then all as before, and every loop is woken",
  { skip: needsPostgres() },
  async () => {
    const database = await createTestDatabase();
    const proxy = await startCutProxy(database.url!);
    const opened = await openDatabase(await options({ databaseUrl: proxy.url }));
    const { db } = opened;
    const { headers } = await createTenant(db);
    const app = await createApp({
      db,
      logger: silentLogger,
      routes: (target) => registerNamespaceRoutes(target, { db }),
    });
    const ask = async () =>
      (await app.inject({ method: "POST", url: "/v1/namespaces/list", headers })).statusCode;
    assert.equal(await ask(), 200);

    await proxy.cut();
    for (let i = 0; i < 3; i++) assert.equal(await ask(), 503);
    await assert.rejects(
      db.transaction(async (tx) => void (await tx.selectFrom("settings").selectAll().execute())),
    );

    const woken = WAKE_CHANNELS.map(
      (channel) => new Promise<void>((resolve) => db.wakes.on(channel, resolve)),
    );
    await proxy.mend();
    assert.equal(await ask(), 200, "the first request after it is back");
    await Promise.all(woken);

    // The new listening connection hears again.
    const heard = new Promise<void>((resolve) => db.wakes.on("triggers", resolve));
    const other = openSecond(database.url!);
    await other.transaction((tx) => Promise.resolve(other.wakeAfterCommit(tx, "triggers")));
    await heard;
    await other.close();

    await proxy.cut();
    await app.close();
    await opened.close();
    await database.close();
  },
);

function openSecond(url: string): Database {
  return new Database(postgresBackend({ url, maxConnections: 1, logger: silentLogger }), {
    logger: silentLogger,
  });
}

function needsPostgres(): string | false {
  return testDatabaseKind === "postgres" ? false : "needs a PostgreSQL server";
}

async function unusedPort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, "127.0.0.1", resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
