import { join } from "node:path";

import { connect, type Connection, type Query, type Table } from "@lancedb/lancedb";
import type { RecordBatch } from "apache-arrow";

import { rowsAtOnce, vectorsOf } from "../arrow-vectors.ts";
import type { PackedStrings } from "./packed-strings.ts";
import { RowIndex } from "./row-index.ts";
import { readContentFiles, readInlineVectors, readRowsFile } from "./snapshot-files.ts";
import type { SnapshotManifest } from "./snapshot.ts";

/*
 * Reads a snapshot from files alone: it runs in the child process that computes, which has no database.
 */

/** The snapshot's files or vectors are not there: it was let go, or a collection of it deleted. */
export class SnapshotGone extends Error {}

/** Some vectors of a snapshot, in the order in which the store has them. */
export interface VectorBatch {
  /** The document of each vector, -1 for one that no document has or that came before. [n] */
  readonly documents: Int32Array;
  /** Row-major, [n, dimensions]; only until the next batch is asked for. */
  readonly vectors: Float32Array;
}

export interface VectorMatrix {
  /** Row-major, `rows` * `cols` numbers, in document order. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

/** One vector of each document of a snapshot. They need not fit into memory together. */
export interface VectorSource {
  readonly documents: number;
  readonly dimensions: number;
  /** Every document's vector once, in batches, as often as wanted. Throws SnapshotGone. */
  batches(): AsyncGenerator<VectorBatch>;
  /**
   * The vectors of all documents, or of those given (ascending), as one matrix in document order. `onProgress` is told
   * how much of it is in place. Throws SnapshotGone.
   */
  read(
    documents: Int32Array | null,
    onProgress?: (done: number, total: number) => void,
  ): Promise<VectorMatrix>;
}

/** A snapshot's vectors of one feature. */
export class SnapshotVectors implements VectorSource {
  readonly documents: number;
  readonly dimensions: number;
  readonly #storageFolder: string;
  readonly #manifest: SnapshotManifest;
  /** The feature's position in the manifest. */
  readonly #feature: number;
  readonly #ids: BigInt64Array;
  readonly #index: RowIndex;

  /**
   * @param vectorIds for each of the manifest's features the vector of each document, as `readSnapshotDocuments` has them
   * @param feature its name
   */
  constructor(
    storageFolder: string,
    manifest: SnapshotManifest,
    vectorIds: readonly BigInt64Array[],
    feature: string,
  ) {
    this.#feature = manifest.features.findIndex(({ name }) => name === feature);
    const ids = vectorIds[this.#feature];
    if (!ids) {
      const names = manifest.features.map(({ name }) => name);
      throw new Error(
        `The snapshot has no vectors of '${feature}', but of: ${names.join(", ") || "nothing"}.`,
      );
    }
    this.documents = ids.length;
    this.dimensions = manifest.features[this.#feature]!.dimensions;
    this.#storageFolder = storageFolder;
    this.#manifest = manifest;
    this.#ids = ids;
    this.#index = new RowIndex(ids);
  }

  /**
   * The vectors of a few documents, each once, in that order. They are looked up by their ids, of which a table reads
   * its own column only; `read` would pass over all vectors. Throws SnapshotGone.
   */
  async readFew(documents: Int32Array): Promise<VectorMatrix> {
    const cols = this.dimensions;
    const rowOf = new Map([...documents].map((document, row) => [this.#ids[document]!, row]));
    const matrix = { data: new Float32Array(documents.length * cols), rows: documents.length, cols };
    const take = (batch: RecordBatch): void => {
      const { ids, vectors } = vectorsOf(batch, cols);
      for (let i = 0; i < ids.length; i++) {
        const row = rowOf.get(ids[i]!);
        if (row === undefined) continue;
        matrix.data.set(vectors.subarray(i * cols, (i + 1) * cols), row * cols);
        rowOf.delete(ids[i]!);
      }
    };
    for (const batch of await this.#stagedBatches()) take(batch);
    if (rowOf.size === 0) return matrix;
    const connection = await connect(join(this.#storageFolder, "vectors"));
    try {
      for (const { vectors } of this.#manifest.sources) {
        const pinned = vectors[this.#feature];
        if (!pinned || rowOf.size === 0) continue;
        const table = await open(connection, pinned);
        try {
          const query = table
            .query()
            .where(`vector_id in (${[...rowOf.keys()].join(",")})`)
            .select(["vector_id", "vector"]);
          for await (const batch of streamed(query, rowsAtOnce(cols))) take(batch);
        } finally {
          table.close();
        }
      }
    } finally {
      connection.close();
    }
    if (rowOf.size > 0) throw this.#gone(rowOf.size);
    return matrix;
  }

  /**
   * Every document's vector once. Ends when all have come; throws SnapshotGone if some do not. Whoever needs no more of
   * them breaks out of the loop.
   */
  async *batches(): AsyncGenerator<VectorBatch> {
    const come = new Uint8Array(this.documents);
    let left = this.documents;
    const take = (batch: RecordBatch): VectorBatch => {
      const { ids, vectors } = vectorsOf(batch, this.dimensions);
      const documents = Int32Array.from(ids, (id) => {
        const row = this.#index.rowOf(id);
        if (row < 0 || come[row] === 1) return -1;
        come[row] = 1;
        left -= 1;
        return row;
      });
      return { documents, vectors };
    };
    for (const batch of await this.#stagedBatches()) yield take(batch);
    if (left > 0) {
      const connection = await connect(join(this.#storageFolder, "vectors"));
      try {
        for (const { vectors } of this.#manifest.sources) {
          const pinned = vectors[this.#feature];
          if (!pinned || left === 0) continue;
          const table = await open(connection, pinned);
          try {
            const query = table.query().select(["vector_id", "vector"]);
            for await (const batch of streamed(query, rowsAtOnce(this.dimensions))) {
              yield take(batch);
              // A table may hold many vectors that no document refers to any more.
              if (left === 0) break;
            }
          } finally {
            table.close();
          }
        }
      } finally {
        connection.close();
      }
    }
    if (left > 0) throw this.#gone(left);
  }

  async read(
    documents: Int32Array | null,
    onProgress?: (done: number, total: number) => void,
  ): Promise<VectorMatrix> {
    const cols = this.dimensions;
    const rows = documents?.length ?? this.documents;
    const matrix = { data: new Float32Array(rows * cols), rows, cols };
    await this.readInto(matrix, 0, documents, onProgress);
    return matrix;
  }

  /** The same into columns of a matrix that has a row for each, from column `from`. */
  async readInto(
    { data, rows, cols }: VectorMatrix,
    from: number,
    documents: Int32Array | null,
    onProgress?: (done: number, total: number) => void,
  ): Promise<void> {
    const own = this.dimensions;
    const rowOf = documents && positions(documents, this.documents);
    let done = 0;
    if (rows === 0) return;
    for await (const { documents: found, vectors } of this.batches()) {
      for (const [i, document] of found.entries()) {
        const row = rowOf && document >= 0 ? rowOf[document]! : document;
        if (row < 0) continue;
        data.set(vectors.subarray(i * own, (i + 1) * own), row * cols + from);
        done += 1;
      }
      onProgress?.(done, rows);
      if (done === rows) break;
    }
  }

  #gone(count: number): SnapshotGone {
    return new SnapshotGone(
      `${count} of the snapshot's ${this.documents} vectors of '${this.#manifest.features[this.#feature]!.name}' are not in the vector store any more.`,
    );
  }

  async #stagedBatches(): Promise<RecordBatch[]> {
    const folder = join(this.#storageFolder, this.#manifest.folder);
    const { batches } = await readInlineVectors(folder, this.#feature);
    return batches;
  }
}

/** Position of each of `total` documents among those chosen, -1 of the others. */
function positions(chosen: Int32Array, total: number): Int32Array {
  const rowOf = new Int32Array(total).fill(-1);
  for (const [row, document] of chosen.entries()) rowOf[document] = row;
  return rowOf;
}

export interface SnapshotDocuments {
  readonly length: number;
  readonly documentIds: PackedStrings;
  /** For each of the manifest's features the vector of each document. */
  readonly vectorIds: readonly BigInt64Array[];
  readonly collectionOf: (document: number) => string;
  /** Empty where a document has none; null if the snapshot was taken without. */
  readonly texts: PackedStrings | null;
  /** Each document's values at the manifest's paths, null where it has none; equal ones are the same array. */
  readonly attributes: readonly (readonly unknown[])[] | null;
}

/** What the snapshot's own files hold of its documents, in document order. Throws SnapshotGone. */
export async function readSnapshotDocuments(
  storageFolder: string,
  manifest: SnapshotManifest,
): Promise<SnapshotDocuments> {
  const folder = join(storageFolder, manifest.folder);
  try {
    const { documentIds, sources, vectorIds } = await readRowsFile(folder, manifest.features.length);
    const { texts, attributes, values } = await readContentFiles(folder);
    const different = Array.from(values, (json) => JSON.parse(json) as unknown[]);
    return {
      length: documentIds.length,
      documentIds,
      vectorIds,
      collectionOf: (document) => manifest.sources[sources[document]!]!.collectionId,
      texts: manifest.textPaths && texts,
      attributes:
        manifest.attributes.length > 0 ? Array.from(attributes, (value) => different[value]!) : null,
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new SnapshotGone("The snapshot's files are not there any more.", { cause: error });
  }
}

async function open(
  connection: Connection,
  { table, version }: { readonly table: string; readonly version: number },
): Promise<Table> {
  try {
    return await connection.openTable(table, [], { version });
  } catch (error) {
    if (!(error instanceof Error) || !/was not found/.test(error.message)) throw error;
    throw new SnapshotGone("A collection of the snapshot was deleted, or its vectors were let go.", {
      cause: error,
    });
  }
}

/**
 * The query's batches one after the other. LanceDB's own iterator has no batch length and takes 1,024 rows, which is
 * slow for short vectors and 256 MiB for the longest; the method it calls has one but is declared protected.
 */
function streamed(query: Query, maxBatchLength: number): AsyncIterable<RecordBatch> {
  const executable = query as unknown as {
    execute(options: { maxBatchLength: number }): AsyncIterable<RecordBatch>;
  };
  return executable.execute({ maxBatchLength });
}
