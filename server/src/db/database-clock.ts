import { sql, type RawBuilder } from "kysely";

import type { Sql } from "./database.ts";

/**
 * The clock that decides about due instants: the database's, so that servers whose own clocks differ agree. It is
 * cut to milliseconds, as the columns are. A test puts its own in the place.
 */
export interface DatabaseClock {
  /** An SQL expression for the current instant, timestamptz. */
  readonly now: RawBuilder<Date>;
}

export const databaseClock: DatabaseClock = {
  now: sql<Date>`date_trunc('milliseconds', clock_timestamp())`,
};

/** The current instant by that clock. */
export async function readClock(run: Sql, clock: DatabaseClock): Promise<Date> {
  const { rows } = await sql<{ now: Date }>`select ${clock.now} as now`.execute(run);
  return rows[0]!.now;
}

/** A clock that a test sets by hand. */
export class ManualClock implements DatabaseClock {
  instant: Date;

  constructor(instant: Date) {
    this.instant = instant;
  }

  get now(): RawBuilder<Date> {
    return sql<Date>`${this.instant}::timestamptz`;
  }
}
