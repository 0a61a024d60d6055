import { createWriteStream, type WriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

import {
  Field,
  FixedSizeList,
  Float32,
  makeData,
  RecordBatch,
  RecordBatchStreamWriter,
  Schema,
  Struct,
  tableToIPC,
  Table as ArrowTable,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { Compression, Table as WasmTable, writeParquet, WriterPropertiesBuilder } from "parquet-wasm/node";

import { seededRandom } from "../../test/factories/random.ts";

export const DIMENSIONS = 384;
export const FEATURE = "text";
export const BATCH = 10_000;

/** What a format's file is and how it is sent. */
export interface DataFile {
  readonly format: string;
  readonly path: string;
  readonly contentType: string;
}

/** A document's payload: what short texts with a category are like, about 90 bytes. */
function payloadOf(index: number) {
  return {
    title: `Ticket ${index}: the quick answer to question ${index % 977}`,
    category: `c${index % 40}`,
  };
}

/** Vectors [from, from + count) one after the other: blobs around 50 centres, the same for equal `from`. */
export function vectorsFrom(from: number, count: number): Float32Array {
  const random = seededRandom(from + 1);
  const values = new Float32Array(count * DIMENSIONS);
  for (let row = 0; row < count; row++) {
    const centre = (from + row) % 50;
    for (let i = 0; i < DIMENSIONS; i++) {
      const noise = random.next() + random.next() - 1;
      values[row * DIMENSIONS + i] = Math.sin(centre * 12.9898 + i * 78.233) + noise;
    }
  }
  return values;
}

function schema(): Schema {
  return new Schema([
    new Field("document_id", new Utf8(), false),
    new Field("title", new Utf8(), false),
    new Field("category", new Utf8(), false),
    new Field(FEATURE, new FixedSizeList(DIMENSIONS, new Field("item", new Float32(), true)), false),
  ]);
}

export function batchOf(from: number, count: number): RecordBatch {
  const own = schema();
  const rows = Array.from({ length: count }, (_, i) => payloadOf(from + i));
  const column = (values: string[]) => vectorFromArray(values, new Utf8()).data[0]!;
  const numbers = makeData({ type: new Float32(), data: vectorsFrom(from, count) });
  const vectors = makeData({
    type: own.fields[3]!.type as FixedSizeList<Float32>,
    length: count,
    nullCount: 0,
    child: numbers,
  });
  const children = [
    column(rows.map((_, i) => `doc-${from + i}`)),
    column(rows.map((row) => row.title)),
    column(rows.map((row) => row.category)),
    vectors,
  ];
  return new RecordBatch(
    own,
    makeData({ type: new Struct(own.fields), length: count, nullCount: 0, children }),
  );
}

function* spans(documents: number): Generator<[from: number, count: number]> {
  for (let from = 0; from < documents; from += BATCH) yield [from, Math.min(BATCH, documents - from)];
}

/** Writes the same documents in each of the formats. */
export async function writeDataFiles(folder: string, documents: number): Promise<DataFile[]> {
  return [
    await writeArrow(join(folder, "documents.arrow"), documents),
    await writeParquetFile(join(folder, "documents.parquet"), documents),
    await writeNpy(join(folder, "documents.npy"), documents),
    await writeText(join(folder, "documents.ndjson"), "ndjson", "application/x-ndjson", documents, "", line),
    await writeText(join(folder, "documents.csv"), "csv", "text/csv", documents, `document_id,title,category,${FEATURE}\n`, record), // prettier-ignore
  ];
}

export async function writeArrow(path: string, documents: number): Promise<DataFile> {
  const writer = new RecordBatchStreamWriter();
  const written = pipeline(Readable.from(writer), createWriteStream(path));
  for (const [from, count] of spans(documents)) {
    writer.write(batchOf(from, count));
    await new Promise((resolve) => setImmediate(resolve));
  }
  writer.finish();
  await written;
  return { format: "arrow", path, contentType: "application/vnd.apache.arrow.stream" };
}

/** Row groups of 50,000, snappy: what pandas and DuckDB write by default is alike. */
async function writeParquetFile(path: string, documents: number): Promise<DataFile> {
  const batches = [...spans(documents)].map(([from, count]) => batchOf(from, count));
  const table = WasmTable.fromIPCStream(tableToIPC(new ArrowTable(batches), "stream"));
  const properties = new WriterPropertiesBuilder()
    .setCompression(Compression.SNAPPY)
    .setMaxRowGroupSize(50_000)
    .build();
  const file = await open(path, "w");
  await file.writeFile(writeParquet(table, properties));
  await file.close();
  return { format: "parquet", path, contentType: "application/vnd.apache.parquet" };
}

async function writeNpy(path: string, documents: number): Promise<DataFile> {
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${documents}, ${DIMENSIONS}), }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + "\n";
  const out = createWriteStream(path);
  const magic = Buffer.from([
    0x93,
    0x4e,
    0x55,
    0x4d,
    0x50,
    0x59,
    1,
    0,
    header.length & 255,
    header.length >> 8,
  ]);
  await write(out, Buffer.concat([magic, Buffer.from(header)]));
  for (const [from, count] of spans(documents))
    await write(out, Buffer.from(vectorsFrom(from, count).buffer));
  await end(out);
  return { format: "npy", path, contentType: "application/x-npy" };
}

async function writeText(
  path: string,
  format: string,
  contentType: string,
  documents: number,
  head: string,
  rowOf: (index: number, vector: readonly number[]) => string,
): Promise<DataFile> {
  const out = createWriteStream(path);
  await write(out, head);
  for (const [from, count] of spans(documents)) {
    const values = vectorsFrom(from, count);
    for (let i = 0; i < count; i += 500) {
      const rows = [];
      for (let row = i; row < Math.min(count, i + 500); row++) {
        const vector = values.subarray(row * DIMENSIONS, (row + 1) * DIMENSIONS);
        // Eight digits, as embedding services answer.
        rows.push(
          rowOf(
            from + row,
            Array.from(vector, (value) => Number(value.toPrecision(8))),
          ),
        );
      }
      await write(out, rows.join(""));
    }
  }
  await end(out);
  return { format, path, contentType };
}

function line(index: number, vector: readonly number[]): string {
  return `${JSON.stringify({ document_id: `doc-${index}`, payload: payloadOf(index), vectors: { [FEATURE]: vector } })}\n`;
}

function record(index: number, vector: readonly number[]): string {
  const { title, category } = payloadOf(index);
  return `doc-${index},${title},${category},"${JSON.stringify(vector)}"\n`;
}

function write(out: WriteStream, chunk: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => out.write(chunk, (error) => (error ? reject(error) : resolve())));
}

function end(out: WriteStream): Promise<void> {
  return new Promise((resolve) => out.end(resolve));
}
