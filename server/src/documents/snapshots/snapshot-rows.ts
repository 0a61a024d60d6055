import { sql as fragment } from "kysely";

import type { Tx } from "../../db/database.ts";
import { floatsOf } from "../store.ts";
import type { VectorTableKey } from "../vector-store.ts";
import { chunkOf, cutStrings, PackedStrings, type StringChunk } from "./packed-strings.ts";
import { type FetchedBlock, type RowsWanted, selectBlock } from "./select-block.ts";

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
  /** For each feature the vector of each document. */
  readonly vectorIds: readonly BigInt64Array[];
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
  /** Positions of the snapshot's features in the collection. */
  readonly features: readonly number[];
  /** Ordinal of the last document read. */
  after: number;
  /** Documents read, wanted or not. */
  seen: number;
  /** Documents taken. */
  documents: number;
  /** Documents that were wanted, and left out for want of a vector. */
  lacking: number;
}

/** Runs some statements in a transaction: the one there is, or a short one of their own. */
export type InTransaction = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/**
 * What a snapshot reads, in memory until the reading is over: no file is written inside a transaction. A document takes
 * its id, 12 bytes, 8 for each feature, and its share of the texts, which is bounded as a whole; equal attributes are
 * kept once.
 */
export class SnapshotRows {
  readonly blocks: SnapshotBlock[] = [];
  /** The different values of the attributes, each the JSON text of an array. */
  readonly attributes = new Map<string, number>();
  /** Texts that were longer than what is taken of one. */
  textsCut = 0;
  /** Vectors that are not in the vector store yet, for each feature. */
  staged: VectorBlock[][] = [];
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
        const { rows } = await selectBlock(this.#wanted, position, limit).execute(tx);
        return rows[0]!;
      });
      if (block.seen > 0) this.#take(block, position);
      if (block.seen < limit) return;
    }
  }

  /** Reads the vectors of all features that are still staged, of all the collections. */
  async readStaged(tx: Tx, sources: readonly SourcePosition[], dimensions: readonly number[]): Promise<void> {
    this.staged = dimensions.map(() => []);
    await readInOrder(tx);
    for (const { collectionId, features } of sources) {
      for (const [index, feature] of features.entries()) {
        const blocks = readStagedBlocks(tx, { collectionId, feature }, dimensions[index]!);
        for await (const block of blocks) this.staged[index]!.push(block);
      }
    }
  }
  #take(block: FetchedBlock, position: SourcePosition): void {
    position.seen += block.seen;
    position.after = block.last;
    position.lacking += block.lacking;
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
        vectorIds: columnsOf(block.vector_ids ?? "", position.features.length),
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

async function* readStagedBlocks(
  tx: Tx,
  { collectionId, feature }: VectorTableKey,
  dimensions: number,
): AsyncGenerator<VectorBlock> {
  const limit = Math.max(10, Math.min(MOST_ROWS, Math.floor(BYTES_AT_ONCE / (4 * dimensions))));
  for (let after = -1; ;) {
    const { rows } = await fragment<{ vector_id: number; vector: Uint8Array }>`
      select vector_id, vector from staged_vectors
      where collection_id = ${collectionId} and feature = ${feature} and vector_id > ${after}
      order by vector_id limit ${limit}`.execute(tx);
    if (rows.length > 0) {
      const vectors = new Float32Array(rows.length * dimensions);
      for (const [i, row] of rows.entries()) vectors.set(floatsOf(row.vector), i * dimensions);
      yield { ids: BigInt64Array.from(rows, (row) => BigInt(row.vector_id)), vectors };
      after = rows.at(-1)!.vector_id;
    }
    if (rows.length < limit) return;
  }
}

function numbersIn(list: string): number[] {
  return list.split(",").map(Number);
}

/** The columns of a table whose numbers come row by row. */
function columnsOf(list: string, columns: number): BigInt64Array[] {
  const numbers = list.split(",");
  return Array.from({ length: columns }, (_, column) =>
    BigInt64Array.from({ length: numbers.length / columns }, (_row, row) =>
      BigInt(numbers[row * columns + column]!),
    ),
  );
}
