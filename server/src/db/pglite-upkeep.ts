import { sql } from "kysely";

import type { Clock } from "../platform/clock.ts";
import type { Logger } from "../platform/logger.ts";
import { Loop } from "../platform/service.ts";
import type { TestSignals } from "../platform/test-signals.ts";
import type { Database } from "./database.ts";

const ROUND_MS = 10_000;
/** Log written since the last checkpoint; three segments of 16 MiB. */
const CHECKPOINT_BYTES = 48 * 1024 * 1024;
/** As PostgreSQL's own autovacuum: a fixed number, and a share of the table. */
const VACUUM_ROWS = 500;
const VACUUM_SHARE = 0.2;
const ANALYZE_SHARE = 0.1;

export interface Upkeep {
  readonly checkpointed: boolean;
  /** Names of the tables. */
  readonly vacuumed: readonly string[];
}

/**
 * What PostgreSQL's background processes do, which PGlite has none of: without checkpoints its log only grew (700 MB
 * after 200,000 rows came and went, 90 MB with them), without vacuum the space of removed rows is never used again, and
 * without analyze the planner knows nothing of the tables.
 */
export class PgliteUpkeep {
  readonly #db: Database;
  #checkpointAt: number | undefined;

  constructor(db: Database) {
    this.#db = db;
  }

  async runOnce(): Promise<Upkeep> {
    const vacuumed = await this.#vacuum();
    return { checkpointed: await this.#checkpoint(), vacuumed };
  }

  async #vacuum(): Promise<string[]> {
    // The session adds its counts to the tables' figures once a second; asked, at the end of the statement.
    await sql`select pg_stat_force_next_flush()`.execute(this.#db.sql);
    const { rows } = await sql<{ name: string; dead: boolean }>`
      select relname as name, n_dead_tup > ${VACUUM_ROWS}::int + ${VACUUM_SHARE}::float8 * n_live_tup as dead
      from pg_stat_user_tables
      where n_dead_tup > ${VACUUM_ROWS}::int + ${VACUUM_SHARE}::float8 * n_live_tup
        or n_mod_since_analyze > ${VACUUM_ROWS}::int + ${ANALYZE_SHARE}::float8 * n_live_tup
      order by relname`.execute(this.#db.sql);
    // A tenth of the usual sample: with all of it, analyze held up everybody for 300 ms.
    if (rows.length > 0) await sql`set default_statistics_target = 10`.execute(this.#db.sql);
    for (const { name, dead } of rows) {
      await sql`${sql.raw(dead ? "vacuum analyze" : "analyze")} ${sql.table(name)}`.execute(this.#db.sql);
    }
    return rows.filter(({ dead }) => dead).map(({ name }) => name);
  }

  async #checkpoint(): Promise<boolean> {
    const { rows } = await sql<{ at: number }>`
      select pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint as at`.execute(this.#db.sql);
    const { at } = rows[0]!;
    if (this.#checkpointAt !== undefined && at - this.#checkpointAt < CHECKPOINT_BYTES) return false;
    await sql`checkpoint`.execute(this.#db.sql);
    this.#checkpointAt = at;
    return true;
  }
}

/** Runs only where the database is PGlite. */
export function createPgliteUpkeep(
  db: Database,
  deps: { readonly logger: Logger; readonly signals: TestSignals; readonly clock: Clock },
): Loop {
  const upkeep = new PgliteUpkeep(db);
  return new Loop({
    name: "pglite-upkeep",
    ...deps,
    runOnce: async () => {
      await upkeep.runOnce();
      return ROUND_MS;
    },
  });
}
