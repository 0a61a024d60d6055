import { sql as fragment } from "kysely";

import type { Database } from "../../db/database.ts";
import { removeContents } from "../collections/remove-contents.ts";
import type { VectorStore } from "../vector-store.ts";

/**
 * Removes what deleted collections left: a server was killed between the commit that deleted one and the removal, or
 * a write came too late. A collection's row is there before its first table and document and its id never returns, so
 * what is here without a row can only be left over. Returns how many collections it found.
 */
export async function sweepCollections(db: Database, vectors: VectorStore): Promise<number> {
  const held = new Set((await vectors.tables()).map(collectionOf));
  for (const id of await collectionsWithRows(db)) held.add(id);
  const { rows } = await fragment<{ collection_id: string }>`
    select collection_id from collections where collection_id = any(${[...held]}::text[])`.execute(db.sql);
  for (const { collection_id: alive } of rows) held.delete(alive);
  for (const orphan of held) await removeContents({ db, vectors }, orphan);
  return held.size;
}

/** Collections that documents, staged vectors or events name: one index probe for each, however many rows it has. */
async function collectionsWithRows({ sql }: Database): Promise<string[]> {
  const ids: string[] = [];
  for (const table of ["documents", "staged_vectors", "document_events"]) {
    const name = fragment.table(table);
    const { rows } = await fragment<{ collection_id: string }>`
      with recursive named as (
        (select collection_id from ${name} order by collection_id limit 1)
        union all
        select (select next.collection_id from ${name} as next where next.collection_id > named.collection_id
                order by next.collection_id limit 1)
        from named where named.collection_id is not null
      )
      select collection_id from named where collection_id is not null`.execute(sql);
    ids.push(...rows.map((row) => row.collection_id));
  }
  return ids;
}

/** `col_…_<feature>` without the feature. */
function collectionOf(table: string): string {
  return table.slice(0, table.lastIndexOf("_"));
}
