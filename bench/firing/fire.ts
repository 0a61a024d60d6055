import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import { databaseClock, readClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { rowsOf } from "../../server/src/db/json.ts";
import { isLeft, makeDue, type Due } from "./queue.ts";

const LONGEST_MS = 120_000;

/**
 * Makes these triggers due and leaves them to the scheduler; when all are decided, how long each was from its due
 * instant to the commit of the decision that fired it, in milliseconds. Throws if one did not fire.
 */
export async function fireAll(db: Database, due: readonly Due[]): Promise<number[]> {
  await makeDue(db, due);
  await untilDecided(db, new Date(Math.max(...due.map(({ at }) => at.getTime()))));
  const { rows } = await sql<{ ms: number }>`
    select extract(epoch from pg_xact_commit_timestamp(d.xmin) - d.last_due)::float8 * 1000 as ms
    from ${rowsOf(due, "trigger_id text, at timestamptz")}
    join decisions d on d.trigger_id = rows_of.trigger_id and d.last_due = rows_of.at and d.run_id is not null`.execute(
    db.sql,
  );
  if (rows.length !== due.length) throw new Error(`Only ${rows.length} of ${due.length} triggers fired.`);
  await clearRuns(db);
  return rows.map((row) => row.ms);
}

/** Waits until nothing is left that was due up to this instant; looks seldom, and not before it. */
export async function untilDecided(db: Database, last: Date): Promise<void> {
  await delay(Math.max(0, last.getTime() - (await readClock(db.sql, databaseClock)).getTime()));
  for (let waited = 0; waited < LONGEST_MS; waited += 100) {
    await delay(100);
    if (!(await isLeft(db, last))) return;
  }
  throw new Error(`Triggers are left that were due ${LONGEST_MS / 1000} s ago.`);
}

/** The runs of triggers are put away: their clusters would be busy when they are due again. */
async function clearRuns(db: Database): Promise<void> {
  // One status each: an index leads to either, and the history may be long.
  for (const status of ["pending", "processing"]) {
    await sql`update executions set status = 'canceled' where status = ${sql.lit(status)} and trigger_id is not null`.execute(
      db.sql,
    );
  }
}

/** Each of these due at the same instant, in so many milliseconds. */
export async function dueTogether(db: Database, triggerIds: readonly string[], inMs: number): Promise<Due[]> {
  const at = new Date((await readClock(db.sql, databaseClock)).getTime() + inMs);
  return triggerIds.map((trigger_id) => ({ trigger_id, at }));
}

/** One after the other, so many milliseconds apart, the first in a second. */
export async function dueInTurn(
  db: Database,
  triggerIds: readonly string[],
  gapMs: () => number,
): Promise<Due[]> {
  let at = (await readClock(db.sql, databaseClock)).getTime() + 1000;
  return triggerIds.map((trigger_id) => ({ trigger_id, at: new Date((at += gapMs())) }));
}
