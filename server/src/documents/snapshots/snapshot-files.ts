import { mkdir, open, readFile } from "node:fs/promises";
import { join } from "node:path";

import {
  Field,
  Int32,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Table,
  tableFromIPC,
  Utf8,
  type Data,
} from "apache-arrow";

import { vectorSchema, vectorTable } from "../arrow-vectors.ts";
import { PackedStrings, type StringChunk } from "./packed-strings.ts";
import type { SnapshotBlock, SnapshotRows } from "./snapshot-rows.ts";

/*
 * A snapshot's own files, Arrow IPC, written batch by batch from the buffers the rows were read into:
 *   rows.arrow        document_id, source (position in the manifest's sources), and for each of the manifest's features the
 *                     vector's id: vector_id, vector_id_1, …; in document order
 *   content.arrow     text (empty where a document has none), attributes (position in attributes.arrow); the same rows
 *   attributes.arrow  the different values of the attributes, each the JSON text of an array
 *   vectors.arrow, vectors-1.arrow, …   for each feature the vectors that were still staged
 * The first feature's are named as when there was one at most: the files of those snapshots are read, too.
 */
const ROWS = "rows.arrow";
const CONTENT = "content.arrow";
const ATTRIBUTES = "attributes.arrow";
const vectorsFile = (feature: number) => (feature === 0 ? "vectors.arrow" : `vectors-${feature}.arrow`);
const vectorIdColumn = (feature: number) => (feature === 0 ? "vector_id" : `vector_id_${feature}`);

const rowSchema = (features: number) =>
  new Schema([
    new Field("document_id", new Utf8(), false),
    new Field("source", new Int32(), false),
    ...Array.from({ length: features }, (_, i) => new Field(vectorIdColumn(i), new Int64(), false)),
  ]);
const contentSchema = new Schema([
  new Field("text", new Utf8(), false),
  new Field("attributes", new Int32(), false),
]);
const attributesSchema = new Schema([new Field("values", new Utf8(), false)]);

/**
 * Writes the snapshot's files and waits until they are on disk: the execution's row will say that they are there.
 *
 * @param dimensions of each feature
 */
export async function writeSnapshotFiles(
  folder: string,
  rows: SnapshotRows,
  dimensions: readonly number[],
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const schema = rowSchema(dimensions.length);
  const batches = rows.blocks.map((block) => rowBatch(schema, block));
  await writeArrow(join(folder, ROWS), schema, batches);
  await writeArrow(join(folder, CONTENT), contentSchema, rows.blocks.map(contentBatch));
  const values = [batchOf(attributesSchema, [strings(packed([...rows.attributes.keys()]))])];
  await writeArrow(join(folder, ATTRIBUTES), attributesSchema, values);
  for (const [feature, length] of dimensions.entries()) {
    const staged = rows.staged[feature]!.flatMap(
      ({ ids, vectors }) => vectorTable(length, ids, vectors).batches,
    );
    await writeArrow(join(folder, vectorsFile(feature)), vectorSchema(length), staged);
  }
  await sync(folder);
}

function rowBatch(schema: Schema, { source, documentIds, vectorIds }: SnapshotBlock): RecordBatch {
  const sources = new Int32Array(documentIds.offsets.length - 1).fill(source);
  return batchOf(schema, [
    strings(documentIds),
    makeData({ type: new Int32(), data: sources }),
    ...vectorIds.map((ids) => makeData({ type: new Int64(), data: ids })),
  ]);
}

function contentBatch({ texts, attributes, documentIds }: SnapshotBlock): RecordBatch {
  const length = documentIds.offsets.length - 1;
  const none: StringChunk = { bytes: new Uint8Array(0), offsets: new Int32Array(length + 1) };
  return batchOf(contentSchema, [
    strings(texts ?? none),
    makeData({ type: new Int32(), data: attributes ?? new Int32Array(length) }),
  ]);
}

function strings({ bytes, offsets }: StringChunk): Data {
  return makeData({ type: new Utf8(), length: offsets.length - 1, nullCount: 0, valueOffsets: offsets, data: bytes });
} // prettier-ignore

function packed(texts: readonly string[]): StringChunk {
  const offsets = new Int32Array(texts.length + 1);
  const buffers = texts.map((text, i) => {
    const bytes = Buffer.from(text, "utf8");
    offsets[i + 1] = offsets[i]! + bytes.length;
    return bytes;
  });
  return { bytes: Buffer.concat(buffers), offsets };
}

function batchOf(schema: Schema, children: Data[]): RecordBatch {
  const { length } = children[0]!;
  return new RecordBatch(
    schema,
    makeData({ type: new Struct(schema.fields), length, nullCount: 0, children }),
  );
}

/** The writer holds on to the batches' own memory, not to a copy of it. */
async function writeArrow(path: string, schema: Schema, batches: readonly RecordBatch[]): Promise<void> {
  const writer = new RecordBatchFileWriter();
  writer.reset(undefined, schema);
  for (const batch of batches) writer.write(batch);
  writer.finish();
  const file = await open(path, "w");
  try {
    for await (const part of writer as AsyncIterable<Uint8Array>) await file.writeFile(part);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function sync(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export interface StoredRows {
  readonly documentIds: PackedStrings;
  readonly sources: Int32Array;
  /** For each feature the vector of each document. */
  readonly vectorIds: readonly BigInt64Array[];
}

export async function readRowsFile(folder: string, features: number): Promise<StoredRows> {
  const table = await readArrow(folder, ROWS);
  return {
    documentIds: stringsIn(table, "document_id"),
    sources: table.getChild("source")!.toArray() as Int32Array,
    vectorIds: Array.from(
      { length: features },
      (_, feature) => table.getChild(vectorIdColumn(feature))!.toArray() as BigInt64Array,
    ),
  };
}

export async function readContentFiles(
  folder: string,
): Promise<{ texts: PackedStrings; attributes: Int32Array; values: PackedStrings }> {
  const table = await readArrow(folder, CONTENT);
  return {
    texts: stringsIn(table, "text"),
    attributes: table.getChild("attributes")!.toArray() as Int32Array,
    values: stringsIn(await readArrow(folder, ATTRIBUTES), "values"),
  };
}

export function readInlineVectors(folder: string, feature: number): Promise<Table> {
  return readArrow(folder, vectorsFile(feature));
}

async function readArrow(folder: string, name: string): Promise<Table> {
  return tableFromIPC(await readFile(join(folder, name)));
}

/** The table's own memory, not copied. */
function stringsIn(table: Table, column: string): PackedStrings {
  const chunks = (table.getChild(column)!.data as readonly Data<Utf8>[])
    // A table without rows has a chunk without offsets.
    .filter(({ length }) => length > 0)
    .map(({ values, valueOffsets, length }) => ({
      bytes: values,
      offsets: valueOffsets.subarray(0, length + 1),
    }));
  return new PackedStrings(chunks);
}
