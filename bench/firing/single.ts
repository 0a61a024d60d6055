/**
 * Triggers that are due one at a time, 50 to 100 ms apart, among 10,000 that sleep: the scheduler has to wake for each
 * by itself. Beside a bare loop that sleeps until each instant and commits one statement: what a timer and a durable
 * commit cost here. Ours and the loop take turns.
 */
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import { rowsOf } from "../../server/src/db/json.ts";
import { seededRandom } from "../../test/factories/random.ts";
import { distribution } from "../distribution.ts";
import type { BenchRow } from "../result.ts";
import { dueInTurn, fireAll } from "./fire.ts";
import type { Scaled } from "./main.ts";
import { withBench } from "./open.ts";
import { claimBare, makeDue, withoutHistory, type Due } from "./queue.ts";
import { seedCollection, seedSleepers, seedTriggers } from "./seed.ts";

const TRIGGERS = 300;
/** A statement that looks at all triggers shows. */
export const SLEEPING = 10_000;
const ROUNDS = 3;

export function single(scaled: Scaled): Promise<BenchRow[]> {
  return withBench(async ({ db, serve }) => {
    const random = seededRandom(13);
    const gap = () => random.integer(50, 100);
    const { api } = await serve("api,scheduler");
    await seedCollection(api);
    await seedSleepers(db, api, scaled(SLEEPING));
    const ids = await seedTriggers(db, api, scaled(TRIGGERS, 30));
    const bareIds = await seedTriggers(db, api, ids.length, "paused");
    const share = Math.ceil(ids.length / ROUNDS);
    // The first firing opens connections and plans statements: not counted, as in each bench.
    await fireAll(db, await dueInTurn(db, await seedTriggers(db, api, 3), gap));
    await bareLoop(db, await dueInTurn(db, await seedTriggers(db, api, 3, "paused"), gap));
    const ours: number[] = [];
    const bare: number[] = [];
    for (let from = 0; from < ids.length; from += share) {
      ours.push(...(await fireAll(db, await dueInTurn(db, ids.slice(from, from + share), gap))));
      bare.push(...(await bareLoop(db, await dueInTurn(db, bareIds.slice(from, from + share), gap))));
    }
    return [
      distribution("lateness p99, one at a time", ours, bare),
      distribution("  its baseline p99: a bare loop", bare, null),
    ];
  });
}

/** Sleeps until each is due and claims it; how long after its instant each was committed. */
async function bareLoop(db: Database, due: readonly Due[]): Promise<number[]> {
  await makeDue(db, due);
  await withoutHistory(db, async () => {
    for (const { trigger_id, at } of due) {
      while (Date.now() < at.getTime()) await delay(at.getTime() - Date.now());
      await claimBare(db, [trigger_id]);
    }
  });
  const { rows } = await sql<{ ms: number }>`
    select extract(epoch from pg_xact_commit_timestamp(e.xmin) - e.due_at)::float8 * 1000 as ms
    from ${rowsOf(due, "trigger_id text, at timestamptz")}
    join executions e on e.trigger_id = rows_of.trigger_id and e.due_at = rows_of.at`.execute(db.sql);
  if (rows.length !== due.length) throw new Error(`The bare loop claimed ${rows.length} of ${due.length}.`);
  return rows.map((row) => row.ms);
}
