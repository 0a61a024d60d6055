import { join } from "node:path";

import { connect, type Query } from "@lancedb/lancedb";
import type { RecordBatch } from "apache-arrow";

import { rowsAtOnce, vectorsOf } from "./arrow-vectors.ts";
import { RowIndex } from "./row-index.ts";
import { readContentFile, readInlineVectors, readRowsFile } from "./snapshot-files.ts";
import type { SnapshotManifest } from "./snapshot.ts";

/*
 * Reads a snapshot from files alone: it runs in the child process that computes, which has no database.
 */

export interface SnapshotVectors {
  /** Row-major, `rows` * `cols` numbers, in document order. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly cols: number;
}

export interface SnapshotDocuments {
  readonly documentIds: string[];
  /** The collection of each document. */
  readonly collectionIds: string[];
  /** Null if the snapshot was taken without. */
  readonly texts: (string | null)[] | null;
  /** Each document's values at the paths asked for, null where it has none; null if none was asked for. */
  readonly attributes: unknown[][] | null;
}

/**
 * The snapshot's vectors. `onProgress` is told how many of them are in place. Throws if one is not to be found, which
 * can only be when the snapshot was unpinned or its collection deleted.
 */
export async function readSnapshotVectors(
  storageFolder: string,
  manifest: SnapshotManifest,
  onProgress?: (done: number, total: number) => void,
): Promise<SnapshotVectors> {
  const { dimensions } = manifest;
  const folder = join(storageFolder, manifest.folder);
  const { vectorIds } = await readRowsFile(folder);
  const rows = vectorIds.length;
  const index = new RowIndex(vectorIds);
  const data = new Float32Array(rows * dimensions);
  const inPlace = new Uint8Array(rows);
  let done = 0;
  const take = (batch: RecordBatch) => {
    const { ids, vectors } = vectorsOf(batch, dimensions);
    for (let i = 0; i < ids.length; i++) {
      const row = index.rowOf(ids[i]!);
      // A vector no row asks for, or one that comes twice.
      if (row < 0 || inPlace[row] === 1) continue;
      data.set(vectors.subarray(i * dimensions, (i + 1) * dimensions), row * dimensions);
      inPlace[row] = 1;
      done += 1;
    }
    onProgress?.(done, rows);
  };
  for (const batch of (await readInlineVectors(folder)).batches) take(batch);
  const connection = await connect(join(storageFolder, "vectors"));
  try {
    for (const { vectors } of manifest.sources) {
      if (!vectors || done === rows) continue;
      const table = await connection.openTable(vectors.table, [], { version: vectors.version });
      const query = table.query().select(["vector_id", "vector"]);
      for await (const batch of streamed(query, rowsAtOnce(dimensions))) take(batch);
      table.close();
    }
  } finally {
    connection.close();
  }
  if (done < rows) {
    throw new Error(`${rows - done} of the snapshot's ${rows} vectors are not in the vector store any more.`);
  }
  return { data, rows, cols: dimensions };
}

/** Ids, texts and attributes of the snapshot's documents, in document order. */
export async function readSnapshotDocuments(
  storageFolder: string,
  manifest: SnapshotManifest,
): Promise<SnapshotDocuments> {
  const folder = join(storageFolder, manifest.folder);
  const { documentIds, sources } = await readRowsFile(folder);
  const content = await readContentFile(folder);
  return {
    documentIds: [...documentIds],
    collectionIds: Array.from(sources, (source) => manifest.sources[source]!.collectionId),
    texts: manifest.hasTexts ? content.texts : null,
    attributes:
      manifest.attributes.length > 0
        ? content.attributes.map((values) => JSON.parse(values ?? "[]") as unknown[])
        : null,
  };
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
