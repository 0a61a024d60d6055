/**
 * 10,000 triggers due at one instant with nothing in their history, and then with 10,000,000 executions and as many
 * decisions there: by the same method, on the same database, by the same server.
 */
import type { Database } from "../../server/src/db/database.ts";
import { distribution } from "../distribution.ts";
import { median, row, timed, type BenchRow } from "../result.ts";
import { fireTogether } from "./at-once.ts";
import type { Scaled } from "./main.ts";
import { withBench } from "./open.ts";
import { proveHistory } from "./prove-history.ts";
import { clearHistory, seedHistory } from "./seed-history.ts";
import { seedCollection, seedTriggers } from "./seed.ts";

const TRIGGERS = 10_000;
const EACH = 1_000;
const ROUNDS = 5;

export function history(scaled: Scaled): Promise<BenchRow[]> {
  return withBench(async ({ db, serve }) => {
    const server = await serve("api,scheduler");
    await seedCollection(server.api);
    const ids = await seedTriggers(db, server.api, scaled(TRIGGERS));
    const empty = await rounds(db, ids);
    await clearHistory(db);
    const ms = await timed(() => seedHistory(db, ids.length, EACH));
    await proveHistory(db, ids.length, EACH);
    const executions = (ids.length * EACH).toLocaleString("en-US");
    console.log(`seeded ${executions} executions in ${(ms / 1000).toFixed(0)} s`);
    const full = await rounds(db, ids);
    const last = (all: readonly number[][]) => median(all.map((lateness) => Math.max(...lateness)));
    return [
      row(`all durable, ${executions} executions in history`, "ms", last(full), last(empty)),
      distribution(`lateness p99, ${executions} executions in history`, full.flat(), empty.flat()),
      distribution("  its baseline p99: none in history", empty.flat(), null),
    ];
  });
}

/** The lateness of each round but the first, which fills caches. */
async function rounds(db: Database, ids: readonly string[]): Promise<number[][]> {
  const all: number[][] = [];
  for (let round = 0; round <= ROUNDS; round++) all.push(await fireTogether(db, ids));
  return all.slice(1);
}
