import { sql as fragment } from "kysely";

import type { Database } from "../db/database.ts";
import type { VectorStore } from "./vector-store.ts";

/**
 * Removes tables of collections that are gone: a server was killed between the commit that deleted one and the
 * removal, or a write came too late. A collection's row is there before its first table and its id never returns, so a
 * table listed here without a row can only be left over.
 */
export async function sweepTables(db: Database, vectors: VectorStore): Promise<number> {
  const names = await vectors.tables();
  if (names.length === 0) return 0;
  const ids = [...new Set(names.map(collectionOf))];
  const { rows } = await fragment<{ collection_id: string }>`
    select collection_id from collections where collection_id = any(${ids}::text[])`.execute(db.sql);
  const alive = new Set(rows.map((row) => row.collection_id));
  const orphans = names.filter((name) => !alive.has(collectionOf(name)));
  for (const name of orphans) await vectors.drop(name);
  return orphans.length;
}

/** `col_…_<feature>` without the feature. */
function collectionOf(table: string): string {
  return table.slice(0, table.lastIndexOf("_"));
}
