import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sql } from "kysely";

import { Database } from "../../server/src/db/database.ts";
import { migrate } from "../../server/src/db/migrate.ts";
import { pgliteBackend } from "../../server/src/db/pglite.ts";
import { postgresBackend } from "../../server/src/db/postgres.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";

/** Which database the suite runs on; scripts/test.ts runs it once for each. */
export const testDatabaseKind = process.env.TEST_DATABASE === "postgres" ? "postgres" : "pglite";

/** The server that scripts/test.ts started; its database `recluster_template` is migrated and empty. */
function postgresUrl(database: string): string {
  const base = process.env.TEST_POSTGRES_URL;
  if (!base) throw new Error("TEST_POSTGRES_URL is not set: run the tests by `npm test` or scripts/test.ts.");
  const url = new URL(base);
  url.pathname = `/${database}`;
  return url.href;
}

export interface TestDatabase {
  readonly db: Database;
  /** For tests that open the same database a second time; only on PostgreSQL. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/**
 * A migrated, empty database of its own, PGlite in memory or a PostgreSQL database. A transaction that waits for
 * anything but SQL for a quarter of a second makes the close, and so the test, fail.
 */
export async function createTestDatabase(kind = testDatabaseKind): Promise<TestDatabase> {
  const hung: string[] = [];
  const options = {
    logger: silentLogger,
    hungAfterMs: 250,
    onHung: (h: { openedAt: string }) => void hung.push(h.openedAt),
  };
  const failOnHung = () => {
    if (hung.length > 0)
      throw new Error(`${hung.length} hung transaction(s), opened at:\n${hung.join("\n")}`);
  };
  if (kind === "pglite") {
    const db = new Database(
      await pgliteBackend(undefined, process.env.TEST_PGLITE_IMAGE || undefined),
      options,
    );
    await migrate(db);
    return {
      db,
      url: undefined,
      close: async () => {
        await db.close();
        failOnHung();
      },
    };
  }
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onAdmin(`create database ${name} template recluster_template`);
  const url = postgresUrl(name);
  const db = new Database(postgresBackend({ url, maxConnections: 8, logger: silentLogger }), options);
  await db.listen();
  return {
    db,
    url,
    close: async () => {
      await db.close();
      await onAdmin(`drop database ${name} with (force)`);
      failOnHung();
    },
  };
}

async function onAdmin(statement: string): Promise<void> {
  const admin = new Database(
    postgresBackend({ url: postgresUrl("postgres"), maxConnections: 1, logger: silentLogger }),
    { logger: silentLogger },
  );
  try {
    await sql.raw(statement).execute(admin.sql);
  } finally {
    await admin.close();
  }
}

/** An empty database without a schema on the test server; PostgreSQL only. */
export async function createEmptyPostgres(
  encoding: "UTF8" | "SQL_ASCII" = "UTF8",
): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `test_${randomUUID().replaceAll("-", "")}`;
  await onAdmin(`create database ${name} template template0 encoding '${encoding}'`);
  return { url: postgresUrl(name), drop: () => onAdmin(`drop database ${name} with (force)`) };
}

/** A folder that is removed when the test is over. */
export async function createTestFolder(): Promise<{ folder: string; remove: () => Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "recluster-test-"));
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}
