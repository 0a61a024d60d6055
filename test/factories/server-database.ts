import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { sql } from "kysely";

import { Database } from "../../server/src/db/database.ts";
import { openDatabase } from "../../server/src/db/open-database.ts";
import { postgresBackend } from "../../server/src/db/postgres.ts";
import { systemClock } from "../../server/src/platform/clock.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { randomText } from "../../server/src/platform/ids.ts";
import { createTestFolder, testDatabaseKind } from "./database.ts";

export const TEST_KEY = "sk_test_0123456789abcdef0123456789abcdef";

export interface ServerDatabase {
  /** The environment of a server on this database. */
  readonly env: Record<string, string>;
  /** Opens the database beside (PostgreSQL) or after (PGlite) its servers, to look at what they left. */
  look<T>(at: (db: Database) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
}

/**
 * An empty database and folder for server processes, of the kind the suite runs on, or on the PostgreSQL server at `base`. Where the
 * suite has a migrated one at hand it is a copy of that, so that the first server starts in half the time.
 *
 * @param options.isNew nothing is there, not even a schema: the first server makes it
 */
export async function createServerDatabase(
  kind = testDatabaseKind,
  base = process.env.TEST_POSTGRES_URL,
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<ServerDatabase> {
  const { folder, remove } = await createTestFolder();
  const env: Record<string, string> = {
    RECLUSTER_DATA_DIR: join(folder, "data"),
    RECLUSTER_API_KEY: TEST_KEY,
    DATABASE_URL: "",
  };
  if (kind === "pglite") {
    const image = process.env.TEST_PGLITE_IMAGE;
    if (image && !isNew) await unpack(image, join(env.RECLUSTER_DATA_DIR!, "pglite"));
    return {
      env,
      look: async (at) => {
        const { db, close } = await openDatabase({
          databaseUrl: undefined,
          dataFolder: env.RECLUSTER_DATA_DIR!,
          storageFolder: join(env.RECLUSTER_DATA_DIR!, "storage"),
          maxConnections: 1,
          waitMs: 0,
          logger: silentLogger,
          clock: systemClock,
        });
        try {
          return await at(db);
        } finally {
          await close();
        }
      },
      remove,
    };
  }
  if (!base) throw new Error("TEST_POSTGRES_URL is not set: run the tests by `npm test`.");
  const name = `server_${randomText(12).toLowerCase()}`;
  const urlOf = (database: string) => Object.assign(new URL(base), { pathname: `/${database}` }).href;
  const withDatabase = async <T>(database: string, work: (db: Database) => Promise<T>): Promise<T> => {
    const db = new Database(
      postgresBackend({ url: urlOf(database), maxConnections: 2, logger: silentLogger }),
      {
        logger: silentLogger,
      },
    );
    try {
      return await work(db);
    } finally {
      await db.close();
    }
  };
  const template = base === process.env.TEST_POSTGRES_URL && !isNew ? "recluster_template" : "template1";
  await withDatabase("postgres", (db) =>
    sql.raw(`create database ${name} template ${template}`).execute(db.sql),
  );
  env.DATABASE_URL = urlOf(name);
  return {
    env,
    look: (at) => withDatabase(name, at),
    remove: async () => {
      await withDatabase("postgres", (db) => sql.raw(`drop database ${name} with (force)`).execute(db.sql));
      await remove();
    },
  };
}

async function unpack(image: string, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await promisify(execFile)("tar", ["-xf", image, "-C", folder]);
}
