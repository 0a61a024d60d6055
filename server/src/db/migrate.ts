import { sql } from "kysely";

import { newUuid } from "../platform/ids.ts";
import type { Database } from "./database.ts";
import { migrations, type Migration } from "./migrations/index.ts";
import { StartRefused } from "./start-refused.ts";

/**
 * Brings the schema up to date. Each migration inserts its own row before it runs, in the same transaction: of
 * several servers that start at once, one holds the row and the others wait for its commit, then find it there and
 * go on (after graphile-worker). Returns the ids of the migrations this call ran.
 */
export async function migrate(db: Database, list: readonly Migration[] = migrations): Promise<string[]> {
  await createMigrationsTable(db);
  await refuseNewerSchema(db, list);
  const ran: string[] = [];
  for (const migration of list) {
    const mine = await db.transaction(async (tx) => {
      const inserted =
        await sql`insert into migrations (id) values (${migration.id}) on conflict do nothing`.execute(tx);
      if (inserted.numAffectedRows === 0n) return false;
      await sql.raw(migration.sql).execute(tx);
      return true;
    });
    if (mine) ran.push(migration.id);
  }
  return ran;
}

async function createMigrationsTable(db: Database): Promise<void> {
  // "create table if not exists" can still collide with itself in a race (a duplicate key in the catalogue);
  // the one that lost finds the table there when it asks again.
  try {
    await sql`create table if not exists migrations (id text primary key, ran_at timestamptz not null default clock_timestamp())`.execute(
      db.sql,
    );
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === undefined || !LOST_RACE.has(code)) throw error;
  }
}

/** Unique violation in the catalogue, duplicate table, duplicate object (its row type): all seen with four servers. */
const LOST_RACE = new Set(["23505", "42P07", "42710"]);

async function refuseNewerSchema(db: Database, list: readonly Migration[]): Promise<void> {
  const known = new Set(list.map((migration) => migration.id));
  const { rows } = await sql<{ id: string }>`select id from migrations`.execute(db.sql);
  const unknown = rows.filter((row) => !known.has(row.id)).map((row) => row.id);
  if (unknown.length > 0) {
    throw new StartRefused(
      `This database was migrated by a newer version of Recluster (${unknown.join(", ")}). ` +
        "Start that version, or a newer one; going back is not possible.",
    );
  }
}

/** The id of this database, made once: it marks the storage folder that belongs to it. */
export async function databaseId(db: Database): Promise<string> {
  await sql`insert into settings (key, value) values ('database_id', ${newUuid()}) on conflict do nothing`.execute(
    db.sql,
  );
  const { rows } = await sql<{ value: string }>`select value from settings where key = 'database_id'`.execute(
    db.sql,
  );
  return rows[0]!.value;
}
