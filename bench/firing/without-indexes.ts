import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";

interface Statement {
  readonly drop: string;
  readonly create: string;
}

/**
 * Runs `body` while these tables have neither indexes nor keys, then builds them again in bulk, which takes a tenth of
 * keeping them up row by row. Throws if the database's indexes and constraints are not then what they were.
 */
export async function withoutIndexes(
  db: Database,
  tables: readonly string[],
  body: () => Promise<void>,
): Promise<void> {
  const before = await describe(db);
  const statements = [...(await keys(db, tables)), ...(await indexes(db, tables))];
  for (const { drop } of statements) await sql.raw(drop).execute(db.sql);
  await body();
  for (const { create } of statements.toReversed())
    await sql.raw(`set maintenance_work_mem = '1GB'; ${create}; reset maintenance_work_mem`).execute(db.sql);
  const after = await describe(db);
  if (after !== before) throw new Error(`Indexes were\n${before}\nand are\n${after}`);
}

/** Foreign keys first to go, last to come: they hang on the primary keys. */
async function keys(db: Database, tables: readonly string[]): Promise<Statement[]> {
  const { rows } = await sql<Statement>`
    select format('alter table %s drop constraint %I', conrelid::regclass, conname) as drop,
      format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as create
    from pg_constraint
    where (contype = 'p' and conrelid = any(${tables}::regclass[])) or (contype = 'f' and confrelid = any(${tables}::regclass[]))
    order by contype`.execute(db.sql);
  return rows;
}

async function indexes(db: Database, tables: readonly string[]): Promise<Statement[]> {
  const { rows } = await sql<Statement>`
    select format('drop index %I', indexname) as drop, indexdef as create from pg_indexes
    where tablename = any(${tables}) and not exists (
      select from pg_constraint where conindid = format('%I', indexname)::regclass)`.execute(db.sql);
  return rows;
}

async function describe(db: Database): Promise<string> {
  const { rows } = await sql<{ text: string }>`
    select indexdef as text from pg_indexes where schemaname = 'public'
    union all
    select format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) from pg_constraint
    where connamespace = 'public'::regnamespace
    order by 1`.execute(db.sql);
  return rows.map((row) => row.text).join("\n");
}
