import { sql as fragment } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql, Tx } from "../db/database.ts";
import { newId } from "../platform/ids.ts";

/** A write may take this long between its first vector and its commit; then a collector may shut it out. */
const LONGEST_WRITE_SECONDS = 3_600;

/**
 * A write that puts vectors into the vector store before it commits the rows that point to them. While it is open its
 * vectors are no garbage, though no row refers to them.
 */
export interface OpenWrite {
  readonly writeId: string;
  /** Ids for its vectors. */
  readonly vectorIds: readonly number[];
}

/** Opens a write and takes ids for its vectors, in one statement: there is no instant at which they are taken and unprotected. */
export async function openWrite(
  run: Sql,
  { now }: DatabaseClock,
  collectionId: string,
  count: number,
): Promise<OpenWrite> {
  const writeId = newId("write");
  const { rows } = await fragment<{ ids: number[] }>`
    with taken as materialized (
      select nextval('vector_ids') as id from generate_series(1, ${count}::int)
    ), opened as (
      insert into open_writes (write_id, collection_id, first_vector_id, started_at)
      select ${writeId}, ${collectionId}, min(id), ${now} from taken
    )
    select json_agg(id) as ids from taken`.execute(run);
  return { writeId, vectorIds: rows[0]!.ids };
}

/** Ends the write with the caller's transaction, or alone when it has come to nothing. False if it was shut out. */
export async function closeWrite(run: Sql, writeId: string): Promise<boolean> {
  const { rows } = await fragment`
    delete from open_writes where write_id = ${writeId} returning 1`.execute(run);
  return rows.length > 0;
}

/** Keeps the write open until the caller's transaction ends, for more to follow. False if it was shut out. */
export async function holdWrite(tx: Tx, writeId: string): Promise<boolean> {
  const { rows } = await fragment`
    select from open_writes where write_id = ${writeId} for share`.execute(tx);
  return rows.length > 0;
}

/**
 * The first vector id that may belong to a write under way: every smaller one is referred to by a row already, or
 * never will be. Shuts out writes that have taken too long (their server was killed, or froze). The lock waits for
 * writes that are just being opened, so that none can have taken a smaller id unseen.
 */
export async function firstOpenVectorId(tx: Tx, { now }: DatabaseClock): Promise<number> {
  await fragment`lock table open_writes in share row exclusive mode`.execute(tx);
  await fragment`
    delete from open_writes
    where started_at < ${now} - make_interval(secs => ${LONGEST_WRITE_SECONDS}::int)`.execute(tx);
  const { rows } = await fragment<{ first: number }>`
    select coalesce((select min(first_vector_id) from open_writes),
      (select last_value + is_called::int from vector_ids)) as first`.execute(tx);
  return rows[0]!.first;
}
