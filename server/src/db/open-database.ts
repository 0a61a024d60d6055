import { access, constants, link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Clock } from "../platform/clock.ts";
import { newUuid } from "../platform/ids.ts";
import type { Logger } from "../platform/logger.ts";
import { sleep } from "../platform/timers.ts";
import { isDatabaseAway, isLoginRefused } from "./database-errors.ts";
import { checkServer } from "./check-server.ts";
import { Database } from "./database.ts";
import { lockFolder } from "./folder-lock.ts";
import type { HungTransaction } from "./hung-transactions.ts";
import { databaseId, migrate } from "./migrate.ts";
import { pgliteBackend } from "./pglite.ts";
import { postgresBackend } from "./postgres.ts";
import { StartRefused } from "./start-refused.ts";

export { StartRefused };

export interface OpenDatabaseOptions {
  /** A PostgreSQL server; without it PGlite in the data folder. */
  readonly databaseUrl: string | undefined;
  readonly dataFolder: string;
  /** Where vectors and artifacts go; shared by all servers of one database. */
  readonly storageFolder: string;
  readonly maxConnections: number;
  /** How long to wait for a PostgreSQL server that does not answer yet. */
  readonly waitMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly hungAfterMs?: number;
  readonly onHung?: (hung: HungTransaction) => void;
}

/** Opens the database, takes the folder lock where PGlite needs it, migrates, and claims the storage folder. */
export async function openDatabase(
  options: OpenDatabaseOptions,
): Promise<{ db: Database; close: () => Promise<void> }> {
  await makeWritable(options.dataFolder, "data folder (--data-dir)");
  await makeWritable(options.storageFolder, "storage folder (RECLUSTER_STORAGE)");
  const unlock = options.databaseUrl ? undefined : await lockFolder(options.dataFolder, options.clock);
  try {
    const backend = options.databaseUrl
      ? postgresBackend({
          url: options.databaseUrl,
          maxConnections: options.maxConnections,
          logger: options.logger,
        })
      : await pgliteBackend(join(options.dataFolder, "pglite"));
    const db = new Database(backend, options);
    try {
      await waitUntilItAnswers(db, options);
      await checkServer(db);
      await migrate(db);
      await claimStorage(options.storageFolder, await databaseId(db));
      await db.listen();
    } catch (error) {
      await db.close();
      throw error;
    }
    const close = async () => {
      await db.close();
      await unlock?.();
    };
    return { db, close };
  } catch (error) {
    await unlock?.();
    throw error;
  }
}

async function makeWritable(folder: string, what: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StartRefused(
      `The ${what} ${folder} cannot be written (${(error as Error).message}). ` +
        "Give this user write permission there, or name another folder.",
      { cause: error },
    );
  }
}

async function waitUntilItAnswers(db: Database, options: OpenDatabaseOptions): Promise<void> {
  const deadline = options.clock.monotonicMs() + options.waitMs;
  for (;;) {
    try {
      return await db.ping();
    } catch (error) {
      if (isLoginRefused(error)) {
        throw new StartRefused(
          `PostgreSQL refused the connection (${(error as Error).message}). Check user, password and database name in DATABASE_URL.`,
          { cause: error },
        );
      }
      if (!isDatabaseAway(error)) throw error;
      if (options.clock.monotonicMs() > deadline) {
        throw new StartRefused(
          `The database does not answer (${(error as Error).message || String((error as { code?: unknown }).code)}). ` +
            "Check DATABASE_URL and that the server runs, then start again; without DATABASE_URL the built-in database is used.",
          { cause: error },
        );
      }
      options.logger.warn({ reason: (error as Error).message }, "the database does not answer yet; waiting");
      await sleep(500);
    }
  }
}

/**
 * Vectors of one database must not mix with another's: the folder carries the id of the database it belongs to. The
 * marker appears whole or not at all (link), so that of two databases that claim a folder at once one is refused.
 */
export async function claimStorage(folder: string, id: string): Promise<void> {
  const marker = join(folder, "recluster.json");
  const draft = join(folder, `.recluster-${newUuid()}`);
  await writeFile(draft, JSON.stringify({ database_id: id }), { flag: "wx", flush: true });
  try {
    await link(draft, marker);
    return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const owner = await readOwner(marker);
  if (owner !== id) {
    throw new StartRefused(
      `The storage folder ${folder} belongs to another database (${owner ?? "its marker recluster.json cannot be read"}; this one is ${id}). ` +
        "Name the folder of this database in RECLUSTER_STORAGE, or an empty one.",
    );
  }
}

async function readOwner(marker: string): Promise<string | undefined> {
  const text = await readFile(marker, "utf8");
  try {
    return (JSON.parse(text) as { database_id?: string }).database_id;
  } catch {
    return undefined;
  }
}
