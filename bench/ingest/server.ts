import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { watchMemory } from "../../server/src/runs/process/resident-memory.ts";
import { Api } from "../../test/factories/api.ts";
import { startPostgres } from "../../test/factories/postgres-server.ts";
import { spawnServer } from "../../test/factories/server-process.ts";

export type DatabaseKind = "pglite" | "postgres";

export interface BenchServer {
  readonly api: Api;
  readonly pid: number;
  readonly folder: string;
  /** Highest resident memory of the server's process so far. */
  peakBytes(): number;
}

export const KEY = "sk_bench_0123456789abcdef";

export async function withFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "recluster-bench-"));
  try {
    return await body(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A server on a new folder, and on a new PostgreSQL of its own if asked for. */
export function withServer<T>(database: DatabaseKind, body: (server: BenchServer) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    const postgres =
      database === "postgres" ? await startPostgres(["shared_buffers=1GB", "max_wal_size=4GB"]) : undefined;
    const server = await spawnServer({
      RECLUSTER_DATA_DIR: folder,
      RECLUSTER_API_KEY: KEY,
      ...(postgres ? { DATABASE_URL: postgres.url } : {}),
    });
    const memory = watchMemory(server.pid, Infinity, () => undefined);
    try {
      return await body({
        api: new Api(server.url, KEY),
        pid: server.pid,
        folder,
        peakBytes: () => memory.peakBytes,
      });
    } finally {
      memory.stop();
      await server.stop();
      await postgres?.stop();
    }
  });
}
