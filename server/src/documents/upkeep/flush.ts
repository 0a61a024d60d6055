import { sql as fragment } from "kysely";

import type { Database } from "../../db/database.ts";
import { newId } from "../../platform/ids.ts";
import type { DocumentsDeps } from "../deps.ts";
import { floatsOf } from "../store.ts";
import type { VectorTableKey } from "../vector-store.ts";
import { claimFlush, releaseFlush } from "./flush-claim.ts";

/** A table's staged vectors are flushed when they are this many, or the oldest waits this long. */
const ENOUGH_VECTORS = 1_000;
const LONGEST_WAIT_SECONDS = 30;
const BYTES_AT_ONCE = 32 * 1024 * 1024;
const ROWS_AT_ONCE = 10_000;

export type FlushDeps = Pick<DocumentsDeps, "db" | "vectors" | "clock" | "signals">;

export interface FlushCounts {
  readonly tables: number;
  readonly vectors: number;
}

interface StagedTable extends VectorTableKey {
  readonly dimensions: number;
  /** The largest id of those that wait. What comes while these are moved waits for its own company. */
  readonly newest: number;
}

/**
 * Moves staged vectors to the vector store: append, then delete the staged rows. Killed in between, a vector is in
 * both places or comes twice into the store, which readers tolerate. One server flushes at a time, by a claim that
 * expires; another's round returns zeros. `all` takes also those that could wait for more company.
 */
export async function flushStaged(deps: FlushDeps, { all = false } = {}): Promise<FlushCounts> {
  const { db, clock, signals } = deps;
  const owner = newId("worker");
  const counts = { tables: 0, vectors: 0 };
  if (!(await claimFlush(db.sql, clock, owner))) return counts;
  try {
    for (const table of await stagedTables(db, all)) {
      let moved: number;
      while ((moved = await flushOnce(deps, table)) > 0) {
        counts.vectors += moved;
        if (!(await claimFlush(db.sql, clock, owner))) return counts;
      }
      counts.tables += 1;
    }
  } finally {
    await releaseFlush(db.sql, owner);
  }
  if (counts.vectors > 0) signals.announce("flush.moved", counts);
  return counts;
}

async function stagedTables({ sql }: Database, all: boolean): Promise<StagedTable[]> {
  const { rows } = await fragment<{
    collection_id: string;
    feature: number;
    dimensions: number;
    newest: number;
  }>`
    select s.collection_id, s.feature, s.newest, (c.features -> s.feature ->> 'dimensions')::int as dimensions
    from (select collection_id, feature, count(*) as waiting, min(staged_at) as oldest, max(vector_id) as newest
          from staged_vectors group by collection_id, feature) s
    join collections c using (collection_id)
    where ${all} or s.waiting >= ${ENOUGH_VECTORS}::int
      or s.oldest < clock_timestamp() - make_interval(secs => ${LONGEST_WAIT_SECONDS}::int)
    order by 1, 2`.execute(sql);
  return rows.map((row) => ({
    collectionId: row.collection_id,
    feature: row.feature,
    dimensions: row.dimensions,
    newest: row.newest,
  }));
}

async function flushOnce(
  { db, vectors, signals }: FlushDeps,
  { collectionId, feature, dimensions, newest }: StagedTable,
): Promise<number> {
  const limit = Math.max(1, Math.min(ROWS_AT_ONCE, Math.floor(BYTES_AT_ONCE / (4 * dimensions))));
  const { rows } = await fragment<{ vector_id: number; vector: Uint8Array }>`
    select vector_id, vector from staged_vectors
    where collection_id = ${collectionId} and feature = ${feature} and vector_id <= ${newest}::bigint
    order by vector_id limit ${limit}`.execute(db.sql);
  if (rows.length === 0) return 0;
  const data = new Float32Array(rows.length * dimensions);
  for (const [i, row] of rows.entries()) data.set(floatsOf(row.vector), i * dimensions);
  const ids = BigInt64Array.from(rows, (row) => BigInt(row.vector_id));
  await vectors.append({ collectionId, feature }, dimensions, ids, data);
  signals.announce("flush.appended", { collectionId, feature });
  await fragment`
    delete from staged_vectors where vector_id = any(${rows.map((row) => row.vector_id)}::bigint[])`.execute(
    db.sql,
  );
  return rows.length;
}
