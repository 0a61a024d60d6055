import { sql } from "kysely";

import type { Database } from "./database.ts";
import { StartRefused } from "./start-refused.ts";

/** The first with the collation `pg_c_utf8`, in which texts are compared and brought to lower case. */
const OLDEST = 17;

/** Refuses a PostgreSQL server that is too old, and a database that cannot hold every text. */
export async function checkServer(db: Database): Promise<void> {
  const { rows } = await sql<{ version: string; major: number; encoding: string }>`
    select current_setting('server_version') as version, current_setting('server_version_num')::int / 10000 as major,
      getdatabaseencoding() as encoding`.execute(db.sql);
  const { version, major, encoding } = rows[0]!;
  if (major < OLDEST) {
    throw new StartRefused(
      `The database is PostgreSQL ${version}; Recluster needs ${OLDEST} or newer. Upgrade the server, or start without DATABASE_URL to use the built-in database.`,
    );
  }
  if (encoding === "UTF8") return;
  throw new StartRefused(
    `The database's encoding is ${encoding}; Recluster needs UTF8. Make another: create database recluster encoding 'UTF8' template template0.`,
  );
}
