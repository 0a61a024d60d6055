import { Database } from "../server/src/db/database.ts";
import { migrate } from "../server/src/db/migrate.ts";
import { pgliteBackend } from "../server/src/db/pglite.ts";
import { postgresBackend } from "../server/src/db/postgres.ts";
import { silentLogger } from "../server/src/platform/logger.ts";
import { startPostgres } from "../test/factories/postgres-server.ts";

export interface BenchDatabase {
  readonly db: Database;
  /** For a server of its own process; undefined on PGlite, which belongs to one process. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** A migrated database of its own: a real PostgreSQL server with its durable defaults, or PGlite in memory. */
export async function openBenchDatabase(kind: string): Promise<BenchDatabase> {
  if (kind === "pglite") {
    const db = new Database(await pgliteBackend(undefined), { logger: silentLogger });
    await migrate(db);
    return { db, url: undefined, close: () => db.close() };
  }
  const server = await startPostgres([
    "shared_buffers=2GB",
    "max_connections=50",
    "max_wal_size=4GB",
    "track_commit_timestamp=on",
  ]);
  const db = new Database(postgresBackend({ url: server.url, maxConnections: 8, logger: silentLogger }), {
    logger: silentLogger,
  });
  await migrate(db);
  return {
    db,
    url: server.url,
    close: async () => {
      await db.close();
      await server.stop();
    },
  };
}
