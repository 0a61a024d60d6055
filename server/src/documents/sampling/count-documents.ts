import { sql as fragment } from "kysely";

import type { Database } from "../../db/database.ts";
import { type CurrentDocuments, type CurrentSource, wantedSql } from "./current-documents.ts";

/** Rows of one statement: PGlite, which does one thing at a time, is busy with them for some 50 ms. */
const ROWS_AT_ONCE = 20_000;

/**
 * How many documents are wanted, exactly. Without filters that is told by the collections' counters and the few rows that
 * lack a vector; with filters every document is looked at, some thousands in a statement, so what is written meanwhile
 * may be counted or not.
 */
export async function countDocuments(
  db: Database,
  { sources, filter }: CurrentDocuments,
  signal?: AbortSignal,
): Promise<number> {
  if (filter === null) return sources.reduce((sum, { withVectors }) => sum + withVectors, 0);
  let count = 0;
  for (const source of sources) {
    for (let after = -1; ;) {
      signal?.throwIfAborted();
      const block = await countBlock(db, source, filter, after);
      count += block.wanted;
      if (block.seen < ROWS_AT_ONCE) break;
      after = block.last;
    }
  }
  return count;
}

async function countBlock(
  db: Database,
  source: CurrentSource,
  filter: CurrentDocuments["filter"],
  after: number,
): Promise<{ seen: number; wanted: number; last: number }> {
  return db.transaction(
    async (tx) => {
      // As in snapshots: without figures about the table the planner would read and sort all that lies behind.
      await fragment`set local enable_bitmapscan = off`.execute(tx);
      const { rows } = await fragment<{ seen: number; wanted: number; last: number }>`
        select count(*)::int as seen, (count(*) filter (where wanted))::int as wanted, coalesce(max(ordinal), 0) as last
        from (
          select ordinal, ${wantedSql(filter, source)} as wanted from documents
          where collection_id = ${source.collectionId} and ordinal > ${after}
          order by ordinal limit ${ROWS_AT_ONCE}) as block`.execute(tx);
      return rows[0]!;
    },
    { readOnly: true },
  );
}
