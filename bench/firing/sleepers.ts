/**
 * What waiting costs: 100,000 triggers that are due in a year, and one server that decides and answers. Processor time
 * of the server and of PostgreSQL with all its processes over a minute of idling, as a share of one core, beside the
 * same server without triggers.
 */
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { parentOf, processorMs, processorMsWithChildren, residentMb } from "../processor-time.ts";
import { row, type BenchRow } from "../result.ts";
import type { Scaled } from "./main.ts";
import { withBench } from "./open.ts";
import { seedCollection, seedSleepers } from "./seed.ts";

const TRIGGERS = 100_000;
const IDLE_MS = 60_000;
/** The start's own work, and what seeding leaves to PostgreSQL, is over by then. */
const SETTLE_MS = 5_000;

export function sleepers(scaled: Scaled): Promise<BenchRow[]> {
  return withBench(async ({ db, serve }) => {
    const triggers = scaled(TRIGGERS);
    const idleMs = scaled(IDLE_MS, 5_000);
    const none = await serve("api,scheduler");
    await seedCollection(none.api);
    const without = await idle(db, none.pid, idleMs);
    await seedSleepers(db, none.api, triggers);
    await none.stop();
    const server = await serve("api,scheduler");
    const sleeping = await idle(db, server.pid, idleMs);
    await server.stop();
    const name = `${triggers.toLocaleString("en-US")} triggers asleep`;
    return [
      row(`processor of the server, ${name}`, "% of a core", sleeping.server, without.server),
      row(`processor of PostgreSQL, ${name}`, "% of a core", sleeping.postgres, without.postgres),
      row(`memory of the server, ${name}`, "MB", sleeping.memory, without.memory),
    ];
  });
}

async function idle(db: Database, pid: number, ms: number) {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(db.sql);
  const postmaster = parentOf(rows[0]!.pid);
  // Else they would come in this minute or not.
  await sql`vacuum analyze`.execute(db.sql);
  await sql`checkpoint`.execute(db.sql);
  await delay(SETTLE_MS);
  const before = { server: processorMs(pid), postgres: processorMsWithChildren(postmaster) };
  const started = performance.now();
  await delay(ms);
  const elapsed = performance.now() - started;
  const share = (spent: number) => (spent / elapsed) * 100;
  return {
    server: share(processorMs(pid) - before.server),
    postgres: share(processorMsWithChildren(postmaster) - before.postgres),
    memory: residentMb(pid),
  };
}
