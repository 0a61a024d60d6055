import { sql as fragment, type RawBuilder } from "kysely";

import type { Sql, Tx } from "../db/database.ts";
import { rowsOf, rowsOfTexts } from "../db/json.ts";

/** Rows and bytes of one statement: bounds its memory, and the time between two statements of a transaction. */
const ROWS_AT_ONCE = 5_000;
const BYTES_AT_ONCE = 16 * 1024 * 1024;
/** Of `toRow`. */
const WRITE_COLUMNS =
  "document_id text, payload jsonb, vector_ids bigint[], content_hash text, size_bytes bigint";

export interface DocumentState {
  readonly contentHash: string;
  readonly vectorIds: readonly (number | null)[];
  readonly sizeBytes: number;
}

export interface DocumentWrite {
  readonly documentId: string;
  /** Canonical JSON; undefined leaves the stored payload. */
  readonly payload: string | undefined;
  readonly vectorIds: readonly (number | null)[];
  readonly contentHash: string;
  /** Of the whole document: its payload's text and four for each number of its vectors. */
  readonly sizeBytes: number;
}

export interface StagedVector {
  readonly vectorId: number;
  readonly feature: number;
  readonly values: Float32Array;
}

export interface DocumentRow {
  readonly document_id: string;
  readonly ordinal: number;
  readonly payload: Record<string, unknown>;
  readonly vector_ids: readonly (number | null)[];
  readonly content_hash: string;
  readonly created_at: Date;
  readonly updated_at: Date;
}

export const DOCUMENT_COLUMNS = [
  "document_id",
  "ordinal",
  "payload",
  "vector_ids",
  "content_hash",
  "created_at",
  "updated_at",
] as const satisfies (keyof DocumentRow)[];

/**
 * The documents with these ids, each found by its own look-up: the first of the primary key's order from its place on, if
 * that is it. Asked for an equal one, the planner may read a whole collection for each, as one that has just grown is
 * empty by its figures (a look-up of 1,000 ids took over a second). `place` is the row's.
 */
export function oneByOne(collectionId: string, documentIds: readonly string[]): RawBuilder<unknown> {
  return fragment`unnest(${documentIds}::text[]) as wanted (id) cross join lateral (${lookUp(collectionId)}) as found`;
}

/** The document with the id `wanted.id`. */
function lookUp(collectionId: string): RawBuilder<unknown> {
  return fragment`select * from (
      select *, ctid as place from documents
      where (collection_id, document_id) >= (${collectionId}, wanted.id)
      order by collection_id, document_id limit 1) as first
    where first.collection_id = ${collectionId} and first.document_id = wanted.id`;
}

/** What is stored of those of the documents that exist. */
export async function findStates(
  run: Sql,
  collectionId: string,
  documentIds: readonly string[],
): Promise<Map<string, DocumentState>> {
  const states = new Map<string, DocumentState>();
  for (let from = 0; from < documentIds.length; from += ROWS_AT_ONCE) {
    const { rows } = await fragment<{
      document_id: string;
      content_hash: string;
      vector_ids: (number | null)[];
      size_bytes: number;
    }>`
      select document_id, content_hash, vector_ids, size_bytes
      from ${oneByOne(collectionId, documentIds.slice(from, from + ROWS_AT_ONCE))}`.execute(run);
    for (const row of rows) {
      states.set(row.document_id, {
        contentHash: row.content_hash,
        vectorIds: row.vector_ids,
        sizeBytes: row.size_bytes,
      });
    }
  }
  return states;
}

/** What an enrichment must know of those of the documents that exist, by id. */
export async function readForEnrichment(
  run: Sql,
  collectionId: string,
  documentIds: readonly string[],
): Promise<
  Map<string, Pick<DocumentRow, "payload" | "vector_ids" | "content_hash"> & { readonly size_bytes: number }>
> {
  const { rows } = await fragment<
    Pick<DocumentRow, "document_id" | "payload" | "vector_ids" | "content_hash"> & { size_bytes: number }
  >`select document_id, payload, vector_ids, content_hash, size_bytes
    from ${oneByOne(collectionId, documentIds)}`.execute(run);
  return new Map(rows.map((row) => [row.document_id, row]));
}

/** Takes ids for new vectors; what is not used is lost, which does not matter. */
export async function allocateVectorIds(run: Sql, count: number): Promise<number[]> {
  if (count === 0) return [];
  const { rows } = await fragment<{ ids: number[] }>`
    select json_agg(id) as ids from (
      select nextval('vector_ids') as id from generate_series(1, ${count}::int)) as taken`.execute(run);
  return rows[0]!.ids;
}

/** New rows, their ordinals in the order given. */
export async function insertDocuments(
  tx: Tx,
  now: RawBuilder<Date>,
  collectionId: string,
  writes: readonly DocumentWrite[],
): Promise<void> {
  for (const rows of batches(writes, toRow, (row) => row.length)) {
    await fragment`
      insert into documents
        (collection_id, document_id, payload, vector_ids, content_hash, size_bytes, created_at, updated_at)
      select ${collectionId}, document_id, coalesce(payload, '{}'), vector_ids, content_hash, size_bytes,
        ${now}, ${now}
      from ${rowsOfTexts(rows, WRITE_COLUMNS)}`.execute(tx);
  }
}

export async function updateDocuments(
  tx: Tx,
  now: RawBuilder<Date>,
  collectionId: string,
  writes: readonly DocumentWrite[],
): Promise<void> {
  for (const rows of batches(writes, toRow, (row) => row.length)) {
    await fragment`
      update documents d
      set payload = coalesce(n.payload, d.payload), vector_ids = n.vector_ids, content_hash = n.content_hash,
        size_bytes = n.size_bytes, updated_at = ${now}
      from (
        select rows_of.*, place from ${rowsOfTexts(rows, WRITE_COLUMNS)}
        cross join lateral (select rows_of.document_id as id) as wanted
        cross join lateral (${lookUp(collectionId)}) as found
      ) as n
      where d.ctid = n.place`.execute(tx);
  }
}

export async function stageVectors(
  tx: Tx,
  collectionId: string,
  staged: readonly StagedVector[],
): Promise<void> {
  const toStaged = ({ vectorId, feature, values }: StagedVector) => ({
    vector_id: vectorId,
    feature,
    vector: Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64"),
  });
  for (const rows of batches(staged, toStaged, (row) => row.vector.length)) {
    await fragment`
      insert into staged_vectors (vector_id, collection_id, feature, vector)
      select vector_id, ${collectionId}, feature, decode(vector, 'base64')
      from ${rowsOf(rows, "vector_id bigint, feature int, vector text")}`.execute(tx);
  }
}

export interface EventCounts {
  readonly added: number;
  readonly updated: number;
  readonly batches: number;
  /** How much larger the collection becomes. */
  readonly bytes: number;
}

/** Moves the head of the collection's log and writes the event; the caller holds the collection's row. */
export async function recordEvent(
  tx: Tx,
  now: RawBuilder<Date>,
  collectionId: string,
  { added, updated, batches: finished, bytes }: EventCounts,
): Promise<{ seq: number; committedAt: Date }> {
  const { rows } = await fragment<{ seq: number; committed_at: Date }>`
    with head as (
      update collections set document_count = document_count + ${added}::bigint,
        size_bytes = size_bytes + ${bytes}::bigint, event_seq = event_seq + 1,
        total_added = total_added + ${added}::bigint, total_updated = total_updated + ${updated}::bigint,
        total_batches = total_batches + ${finished}::bigint
      where collection_id = ${collectionId}
      returning collection_id, event_seq, total_added, total_updated, total_batches)
    insert into document_events
      (collection_id, seq, committed_at, added, updated, batches, total_added, total_updated, total_batches)
    select collection_id, event_seq, ${now}, ${added}::bigint, ${updated}::bigint, ${finished}::bigint,
      total_added, total_updated, total_batches
    from head returning seq, committed_at`.execute(tx);
  return { seq: rows[0]!.seq, committedAt: rows[0]!.committed_at };
}

/** Adds to the collection's bytes without an event; the caller holds the collection's row. */
export async function growCollection(tx: Tx, collectionId: string, bytes: number): Promise<void> {
  await fragment`update collections set size_bytes = size_bytes + ${bytes}::bigint where collection_id = ${collectionId}`.execute(
    tx,
  );
}

export async function findDocument(
  run: Sql,
  collectionId: string,
  documentId: string,
): Promise<DocumentRow | undefined> {
  return run
    .selectFrom("documents")
    .select(DOCUMENT_COLUMNS)
    .where("collection_id", "=", collectionId)
    .where("document_id", "=", documentId)
    .executeTakeFirst();
}

/** Those of the documents that exist, by id. */
export async function findDocuments(
  run: Sql,
  collectionId: string,
  documentIds: readonly string[],
): Promise<Map<string, DocumentRow>> {
  const found = new Map<string, DocumentRow>();
  for (let from = 0; from < documentIds.length; from += ROWS_AT_ONCE) {
    const rows = await run
      .selectFrom("documents")
      .select(DOCUMENT_COLUMNS)
      .where("collection_id", "=", collectionId)
      .where(fragment<boolean>`document_id = any(${documentIds.slice(from, from + ROWS_AT_ONCE)}::text[])`)
      .execute();
    for (const row of rows) found.set(row.document_id, row);
  }
  return found;
}

/** Deletes those of the documents that exist and returns their ids. The caller holds the collection's row. */
export async function deleteDocumentRows(
  tx: Tx,
  collectionId: string,
  documentIds: readonly string[],
): Promise<string[]> {
  const { rows } = await fragment<{ document_id: string; vector_ids: (number | null)[]; size_bytes: number }>`
    delete from documents where ctid = any(array(select place from ${oneByOne(collectionId, documentIds)}))
    returning document_id, vector_ids, size_bytes`.execute(tx);
  if (rows.length === 0) return [];
  const vectorIds = rows.flatMap((row) => row.vector_ids.filter((id) => id !== null));
  await fragment`delete from staged_vectors where vector_id = any(${vectorIds}::bigint[])`.execute(tx);
  await fragment`
    update collections set document_count = document_count - ${rows.length}::bigint,
      size_bytes = size_bytes - ${rows.reduce((sum, row) => sum + row.size_bytes, 0)}::bigint
    where collection_id = ${collectionId}`.execute(tx);
  return rows.map((row) => row.document_id);
}

/** The staged ones among the vectors. */
export async function readStaged(run: Sql, vectorIds: readonly number[]): Promise<Map<number, Float32Array>> {
  const { rows } = await fragment<{ vector_id: number; vector: Uint8Array }>`
    select vector_id, vector from staged_vectors where vector_id = any(${vectorIds}::bigint[])`.execute(run);
  return new Map(rows.map((row) => [row.vector_id, floatsOf(row.vector)]));
}

/**
 * The numbers of a `vector` column. The bytes are copied, since they need not begin at a multiple of four, and not by
 * `slice`: PostgreSQL's client gives Buffers, whose slice is a view into a pool.
 */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return new Float32Array(new Uint8Array(bytes).buffer);
}

/** The JSON text of a row; the payload is JSON text already and goes in as it is. */
function toRow({ documentId, payload, vectorIds, contentHash, sizeBytes }: DocumentWrite): string {
  const ids = vectorIds.map((id) => id ?? "null").join(",");
  return `{"document_id":${JSON.stringify(documentId)},"payload":${payload ?? "null"},"vector_ids":[${ids}],"content_hash":"${contentHash}","size_bytes":${sizeBytes}}`;
}

function* batches<T, R>(
  items: readonly T[],
  toRow: (item: T) => R,
  bytes: (row: R) => number,
): Generator<R[]> {
  let rows: R[] = [];
  let total = 0;
  for (const item of items) {
    const row = toRow(item);
    rows.push(row);
    total += bytes(row);
    if (rows.length < ROWS_AT_ONCE && total < BYTES_AT_ONCE) continue;
    yield rows;
    rows = [];
    total = 0;
  }
  if (rows.length > 0) yield rows;
}
