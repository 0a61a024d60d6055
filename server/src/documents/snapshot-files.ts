import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  tableFromIPC,
  tableToIPC,
  vectorFromArray,
  Int32,
  Int64,
  makeData,
  Table,
  Utf8,
  makeVector,
} from "apache-arrow";

import { vectorTable } from "./arrow-vectors.ts";

/*
 * A snapshot's own files, Arrow IPC:
 *   rows.arrow     document_id, source (position in the manifest's sources), vector_id (0 without vectors); in document order
 *   content.arrow  text (null where a document has none), attributes (JSON of an array); the same rows
 *   vectors.arrow  the vectors that were still staged
 */
const ROWS = "rows.arrow";
const CONTENT = "content.arrow";
const VECTORS = "vectors.arrow";

export interface SnapshotRows {
  readonly documentIds: readonly string[];
  readonly sources: Int32Array;
  readonly vectorIds: BigInt64Array;
}

export interface SnapshotContent {
  readonly texts: readonly (string | null)[] | null;
  /** Each document's values as the JSON text of an array. */
  readonly attributes: readonly string[] | null;
}

export interface InlineVectors {
  readonly dimensions: number;
  readonly ids: BigInt64Array;
  readonly vectors: Float32Array;
}

export async function writeSnapshotFiles(
  folder: string,
  rows: SnapshotRows,
  content: SnapshotContent,
  inline: InlineVectors,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const rowTable = new Table({
    document_id: vectorFromArray(rows.documentIds, new Utf8()),
    source: makeVector(makeData({ type: new Int32(), data: rows.sources })),
    vector_id: makeVector(makeData({ type: new Int64(), data: rows.vectorIds })),
  });
  const none = () => vectorFromArray(new Array<null>(rows.documentIds.length).fill(null), new Utf8());
  const contentTable = new Table({
    text: content.texts ? vectorFromArray(content.texts, new Utf8()) : none(),
    attributes: content.attributes ? vectorFromArray(content.attributes, new Utf8()) : none(),
  });
  await writeFile(join(folder, ROWS), tableToIPC(rowTable, "file"));
  await writeFile(join(folder, CONTENT), tableToIPC(contentTable, "file"));
  const vectors = vectorTable(inline.dimensions, inline.ids, inline.vectors);
  await writeFile(join(folder, VECTORS), tableToIPC(vectors, "file"));
}

export async function readRowsFile(folder: string): Promise<SnapshotRows> {
  const table = tableFromIPC(await readFile(join(folder, ROWS)));
  const column = (name: string) => table.getChild(name)!;
  return {
    documentIds: column("document_id").toArray() as string[],
    sources: column("source").toArray() as Int32Array,
    vectorIds: column("vector_id").toArray() as BigInt64Array,
  };
}

export async function readContentFile(
  folder: string,
): Promise<{ texts: (string | null)[]; attributes: (string | null)[] }> {
  const table = tableFromIPC(await readFile(join(folder, CONTENT)));
  const column = (name: string) => [...table.getChild(name)!] as (string | null)[];
  return { texts: column("text"), attributes: column("attributes") };
}

export async function readInlineVectors(folder: string): Promise<Table> {
  return tableFromIPC(await readFile(join(folder, VECTORS)));
}
