import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { sql } from "kysely";

import { Database } from "../../server/src/db/database.ts";
import { migrate } from "../../server/src/db/migrate.ts";
import { pgliteBackend } from "../../server/src/db/pglite.ts";
import { postgresBackend } from "../../server/src/db/postgres.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";

/** Makes the database `recluster_template` on a server: migrated, empty, copied by each test file. */
export async function makePostgresTemplate(url: string): Promise<void> {
  const open = (database: string) => {
    const target = new URL(url);
    target.pathname = `/${database}`;
    return new Database(postgresBackend({ url: target.href, maxConnections: 1, logger: silentLogger }), {
      logger: silentLogger,
    });
  };
  const admin = open("postgres");
  await sql`create database recluster_template`.execute(admin.sql);
  await admin.close();
  const template = open("recluster_template");
  await migrate(template);
  await template.close();
}

/** Writes a tar of a migrated, empty PGlite folder and returns its path: opening it takes a third of making it. */
export async function makePgliteImage(): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), "recluster-image-")), "pglite.tar");
  const backend = await pgliteBackend(undefined);
  const db = new Database(backend, { logger: silentLogger });
  await migrate(db);
  await backend.dump(file);
  await db.close();
  return file;
}
