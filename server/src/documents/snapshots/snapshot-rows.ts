import { sql as fragment, type RawBuilder } from "kysely";

import type { Tx } from "../../db/database.ts";
import { filterSql } from "../filters/filter-sql.ts";
import type { Filter } from "../filters/filter.ts";
import { floatsOf } from "../store.ts";
import { chunkOf, cutStrings, PackedStrings, type StringChunk } from "./packed-strings.ts";

/**
 * Rows of one statement: few at first, then so many that they weigh about so much, up to a number that keeps PGlite,
 * which does one thing at a time, busy for 50 to 100 ms.
 */
const FIRST_ROWS = 500;
const MOST_ROWS = 5_000;
const BYTES_AT_ONCE = 4 * 1024 * 1024;

/** Some documents of one collection, in order. */
export interface SnapshotBlock {
  /** Position of the collection among the snapshot's sources. */
  readonly source: number;
  readonly documentIds: StringChunk;
  /** 0 without vectors. */
  readonly vectorIds: BigInt64Array;
  /** Empty where a document has none; null when none is wanted. */
  readonly texts: StringChunk | null;
  /** Position of each document's values among `SnapshotRows.attributes`; null when none is wanted. */
  readonly attributes: Int32Array | null;
}

export interface VectorBlock {
  readonly ids: BigInt64Array;
  readonly vectors: Float32Array;
}

/** Where to read on in a collection. */
export interface SourcePosition {
  readonly collectionId: string;
  readonly source: number;
  /** Position of the feature in the collection, -1 when no vectors are wanted. */
  readonly feature: number;
  /** Ordinal of the last document read. */
  after: number;
  /** Documents read, wanted or not. */
  seen: number;
  /** Documents taken. */
  documents: number;
}

export interface RowsWanted {
  /** null: all documents. */
  readonly filter: Filter | null;
  /** Payload paths whose strings make a document's text, and how many bytes of it are taken. */
  readonly textPaths: readonly string[] | null;
  readonly textBytes: number;
  readonly attributes: readonly string[];
}

/** Runs some statements in a transaction: the one there is, or a short one of their own. */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

interface FetchedBlock {
  readonly seen: number;
  readonly last: number;
  readonly ids: string | null;
  readonly id_lengths: string;
  readonly vector_ids: string;
  readonly texts: string;
  readonly text_lengths: string;
  readonly attributes: string;
  readonly attribute_lengths: string;
}

/**
 * What a snapshot reads, in memory until the reading is over: no file is written inside a transaction. A document takes
 * its id, 20 bytes, and its share of the texts, which is bounded as a whole; equal attributes are kept once.
 */
export class SnapshotRows {
  readonly blocks: SnapshotBlock[] = [];
  /** The different values of the attributes, each the JSON text of an array. */
  readonly attributes = new Map<string, number>();
  /** Texts that were longer than what is taken of one. */
  textsCut = 0;
  staged: VectorBlock[] = [];
  readonly #wanted: RowsWanted;
  #rowsAtOnce = FIRST_ROWS;

  constructor(wanted: RowsWanted) {
    this.#wanted = wanted;
  }

  /** Reads the collection's documents from the position to the end and moves the position there. */
  async readOn(inTransaction: InTransaction, position: SourcePosition): Promise<void> {
    for (;;) {
      const limit = this.#rowsAtOnce;
      const block = await inTransaction(async (tx) => {
        await readInOrder(tx);
        const { rows } = await this.#select(position, limit).execute(tx);
        return rows[0]!;
      });
      if (block.seen > 0) this.#take(block, position);
      if (block.seen < limit) return;
    }
  }

  /** Reads the collection's vectors that are still staged. */
  async readStaged(tx: Tx, { collectionId, feature }: SourcePosition, dimensions: number): Promise<void> {
    if (feature < 0) return;
    await readInOrder(tx);
    const limit = Math.max(10, Math.min(MOST_ROWS, Math.floor(BYTES_AT_ONCE / (4 * dimensions))));
    for (let after = -1; ;) {
      const { rows } = await fragment<{ vector_id: number; vector: Uint8Array }>`
        select vector_id, vector from staged_vectors
        where collection_id = ${collectionId} and feature = ${feature} and vector_id > ${after}
        order by vector_id limit ${limit}`.execute(tx);
      if (rows.length > 0) {
        const vectors = new Float32Array(rows.length * dimensions);
        for (const [i, row] of rows.entries()) vectors.set(floatsOf(row.vector), i * dimensions);
        this.staged.push({ ids: BigInt64Array.from(rows, (row) => BigInt(row.vector_id)), vectors });
        after = rows.at(-1)!.vector_id;
      }
      if (rows.length < limit) return;
    }
  }

  /**
   * One row for many documents: each column's values joined, with their lengths. To fetch the documents one by one took
   * four times as long and held PGlite's only session meanwhile. The aggregates take the rows in the order in which the
   * inner select gives them; `offset 0` keeps it from being merged into the outer one, which would compute a text twice.
   */
  #select({ collectionId, feature, after }: SourcePosition, limit: number): RawBuilder<FetchedBlock> {
    const { filter, textPaths, textBytes, attributes } = this.#wanted;
    const hasVectors = feature >= 0;
    // In an array's subscript PostgreSQL counts from 1.
    const vectorId = hasVectors ? fragment`vector_ids[${feature + 1}::int]` : fragment`0::bigint`;
    const chosen = filter === null ? fragment`true` : filterSql(filter, "documents");
    const text = textPaths ? fragment`left(${textAt(textPaths)}, ${textBytes}::int)` : fragment`null::text`;
    const values = attributes.length > 0 ? fragment`${valuesAt(attributes)}::text` : fragment`null::text`;
    return fragment<FetchedBlock>`
      select count(*)::int as seen, max(ordinal) as last,
        string_agg(document_id, '') filter (where wanted) as ids,
        string_agg(octet_length(document_id)::text, ',') filter (where wanted) as id_lengths,
        string_agg(vector_id::text, ',') filter (where wanted) as vector_ids,
        string_agg(text, '') filter (where wanted) as texts,
        string_agg(coalesce(octet_length(text), 0)::text, ',') filter (where wanted) as text_lengths,
        string_agg(attributes, '') filter (where wanted) as attributes,
        string_agg(octet_length(attributes)::text, ',') filter (where wanted) as attribute_lengths
      from (
        select ordinal, document_id, vector_id, wanted, case when wanted then ${text} end as text,
          case when wanted then ${values} end as attributes
        from (
          select ordinal, document_id, payload, ${vectorId} as vector_id, ${vectorId} is not null and ${chosen} as wanted
          from documents where collection_id = ${collectionId} and ordinal > ${after}
          order by ordinal limit ${limit} offset 0) as documents
        offset 0) as block`;
  }

  #take(block: FetchedBlock, position: SourcePosition): void {
    position.seen += block.seen;
    position.after = block.last;
    const { textPaths, textBytes, attributes } = this.#wanted;
    let bytes = block.seen;
    if (block.ids !== null) {
      const documentIds = chunkOf(block.ids, numbersIn(block.id_lengths));
      let texts: StringChunk | null = null;
      if (textPaths !== null) {
        const { chunk, cut } = cutStrings(chunkOf(block.texts, numbersIn(block.text_lengths)), textBytes);
        this.textsCut += cut;
        texts = chunk;
        bytes += chunk.bytes.length;
      }
      bytes += documentIds.bytes.length + (attributes.length > 0 ? block.attributes.length : 0);
      position.documents += documentIds.offsets.length - 1;
      this.blocks.push({
        source: position.source,
        documentIds,
        vectorIds: BigInt64Array.from(block.vector_ids.split(","), BigInt),
        texts,
        attributes: attributes.length > 0 ? this.#attributesOf(block) : null,
      });
    }
    const fitting = Math.floor((block.seen * BYTES_AT_ONCE) / bytes);
    this.#rowsAtOnce = Math.max(10, Math.min(fitting, 4 * this.#rowsAtOnce, MOST_ROWS));
  }

  #attributesOf({ attributes, attribute_lengths: lengths }: FetchedBlock): Int32Array {
    const values = new PackedStrings([chunkOf(attributes, numbersIn(lengths))]);
    const codes = new Int32Array(values.length);
    let row = 0;
    for (const value of values) {
      const code = this.attributes.get(value) ?? this.attributes.size;
      if (code === this.attributes.size) this.attributes.set(value, code);
      codes[row++] = code;
    }
    return codes;
  }
}

/**
 * Without figures about the table (after an import, and on PGlite, which gathers none by itself) the planner expects few
 * rows behind a position: it would read all of them by a bitmap and sort them, for every block again.
 */
async function readInOrder(tx: Tx): Promise<void> {
  await fragment`set local enable_bitmapscan = off`.execute(tx);
}

function numbersIn(list: string): number[] {
  return list.split(",").map(Number);
}

/** The payload's values at the paths, as one JSON array; null where there is none. */
function valuesAt(paths: readonly string[]): RawBuilder<unknown> {
  return fragment`jsonb_build_array(${fragment.join(paths.map(valueAt))})`;
}

/** The strings among the payload's values at the paths, a line each. */
function textAt(paths: readonly string[]): RawBuilder<unknown> {
  const strings = paths.map((path) => {
    const value = valueAt(path);
    return fragment`case when jsonb_typeof(${value}) = 'string' then ${value} #>> '{}' end`;
  });
  return fragment`concat_ws(E'\n', ${fragment.join(strings)})`;
}

/** `->` takes two thirds of the time of `#>`. */
function valueAt(path: string): RawBuilder<unknown> {
  const keys = path.split(".");
  return keys.length === 1 ? fragment`payload -> ${keys[0]!}::text` : fragment`payload #> ${keys}::text[]`;
}
