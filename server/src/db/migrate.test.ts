import assert from "node:assert/strict";
import { test } from "node:test";

import { sql } from "kysely";

import { createEmptyPostgres, testDatabaseKind } from "../../../test/factories/database.ts";
import { silentLogger } from "../platform/logger.ts";
import { Database } from "./database.ts";
import { databaseId, migrate } from "./migrate.ts";
import { migrations } from "./migrations/index.ts";
import { pgliteBackend } from "./pglite.ts";
import { postgresBackend } from "./postgres.ts";

const options = { logger: silentLogger };

/** `count` servers on one empty database. PGlite has one server only: the same one then migrates `count` times at once. */
async function withEmptyDatabase(count: number, body: (servers: Database[]) => Promise<void>): Promise<void> {
  if (testDatabaseKind === "pglite") {
    const db = new Database(await pgliteBackend(undefined), options);
    await body(Array.from({ length: count }, () => db));
    await db.close();
    return;
  }
  const { url, drop } = await createEmptyPostgres();
  const servers = Array.from(
    { length: count },
    () => new Database(postgresBackend({ url, maxConnections: 2, logger: silentLogger }), options),
  );
  try {
    await body(servers);
  } finally {
    for (const server of servers) await server.close();
    await drop();
  }
}

test("of four servers that migrate an empty database at once, one runs each migration; all agree on its id", () =>
  withEmptyDatabase(4, async (servers) => {
    const ran = await Promise.all(servers.map((server) => migrate(server)));
    assert.deepEqual(
      // Who runs which is a race; that each ran once is not.
      ran.flat().sort(),
      migrations.map((migration) => migration.id),
    );
    const ids = await Promise.all(servers.map(databaseId));
    assert.equal(new Set(ids).size, 1);
    assert.deepEqual(await migrate(servers[0]!), []);
  }));

test("a migration that fails leaves nothing behind and can be repeated; a newer schema is refused untouched", () =>
  withEmptyDatabase(1, async ([db]) => {
    const bad = [{ id: "0001-bad", sql: "create table half (a int); select * from nowhere" }];
    await assert.rejects(migrate(db!, bad), { code: "42P01" });
    const good = [{ id: "0001-bad", sql: "create table half (a int)" }];
    assert.deepEqual(await migrate(db!, good), ["0001-bad"]);

    const older = [{ id: "0000-unrun", sql: "create table must_not_be (a int)" }];
    await assert.rejects(migrate(db!, older), /migrated by a newer version of Recluster \(0001-bad\)/);
    const { rows } = await sql<{
      found: string | null;
    }>`select to_regclass('must_not_be')::text as found`.execute(db!.sql);
    assert.equal(rows[0]!.found, null);
  }));
