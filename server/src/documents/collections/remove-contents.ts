import { sql as fragment } from "kysely";

import type { Database } from "../../db/database.ts";
import type { VectorStore } from "../vector-store.ts";

/** Rows a statement removes: some tenths of a second, so that nobody waits long behind it. */
const ROWS_AT_ONCE = 10_000;
const TABLES = ["documents", "staged_vectors", "document_events"] as const;

/**
 * Removes what a collection held whose row is gone: in one transaction with it, millions of documents would hold up
 * every other request. Nobody can see them, since all ways to them begin at the collection's row. Doing it twice is fine.
 */
export async function removeContents(
  { db, vectors }: { readonly db: Database; readonly vectors: VectorStore },
  collectionId: string,
): Promise<void> {
  for (const table of await vectors.tables()) {
    if (table.startsWith(`${collectionId}_`)) await vectors.drop(table);
  }
  for (const table of TABLES) {
    const name = fragment.table(table);
    for (;;) {
      const { numAffectedRows = 0n } = await fragment`
        delete from ${name} where ctid = any(array(
          select ctid from ${name} where collection_id = ${collectionId} limit ${ROWS_AT_ONCE}::int))
        and not exists (select from collections where collection_id = ${collectionId})`.execute(db.sql);
      if (numAffectedRows === 0n) break;
    }
  }
}
