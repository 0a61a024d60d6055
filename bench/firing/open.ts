import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Database } from "../../server/src/db/database.ts";
import { Api } from "../../test/factories/api.ts";
import { spawnServer, type ServerProcess } from "../../test/factories/server-process.ts";
import { openBenchDatabase } from "../postgres.ts";

const KEY = "sk_bench_0123456789abcdef";

export interface Bench {
  readonly db: Database;
  /** URL of the database. */
  readonly url: string;
  /** Starts the server on this database with these roles (all, if none are named). */
  readonly serve: (roles?: string) => Promise<ServerProcess & { readonly api: Api }>;
}

/** Runs a case on a PostgreSQL server and a folder of its own, which end with it, as do the servers it started. */
export async function withBench<T>(body: (bench: Bench) => Promise<T>): Promise<T> {
  const database = await openBenchDatabase("postgres");
  const folder = await mkdtemp(join(tmpdir(), "recluster-bench-"));
  const url = database.url!;
  const env = { DATABASE_URL: url, RECLUSTER_DATA_DIR: folder, RECLUSTER_API_KEY: KEY };
  const servers: ServerProcess[] = [];
  try {
    return await body({
      db: database.db,
      url,
      serve: async (roles) => {
        const server = await spawnServer(roles === undefined ? env : { ...env, RECLUSTER_ROLES: roles });
        servers.push(server);
        return { ...server, api: new Api(server.url, KEY) };
      },
    });
  } finally {
    for (const server of servers) await server.stop();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}
