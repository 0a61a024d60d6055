import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import {
  Bool,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  makeData,
  Table,
  tableToIPC,
  Utf8,
  vectorFromArray,
  type Data,
} from "apache-arrow";
import { Table as WasmTable, writeParquet } from "parquet-wasm/node";

import { batchOf } from "../../server/src/documents/formats/arrow/build-batch.ts";

export interface PlainDocument {
  readonly document_id: string;
  readonly payload: Record<string, unknown>;
  readonly vectors: Record<string, readonly number[]>;
}

/** The column of the vectors, in files that have one. */
export const VECTOR_COLUMN = "embedding";
export const FORMAT_FILES = [
  "documents.ndjson",
  "documents.json",
  "rows.ndjson",
  "documents.parquet",
  "documents.arrow",
  "documents.arrows",
  "documents.csv",
  "documents.npy",
];

/** Documents of one feature, with payloads of one shape, as each format has them; beside the npy lie `ids.txt` and `payloads.ndjson`. */
export async function writeFormats(folder: string, documents: readonly PlainDocument[]): Promise<void> {
  const vectors = documents.map((document) => Object.values(document.vectors)[0]!);
  const rows = documents.map(({ document_id, payload }, i) => ({
    id: document_id,
    ...payload,
    [VECTOR_COLUMN]: vectors[i]!,
  }));
  const lines = (items: readonly unknown[]) => items.map((item) => `${JSON.stringify(item)}\n`).join("");
  const table = toTable(documents, vectors);
  const stream = tableToIPC(table, "stream");
  const write = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);
  await write("documents.ndjson", lines(documents));
  await write("documents.json", JSON.stringify({ documents }));
  await write("rows.ndjson", lines(rows));
  await write("documents.arrows", stream);
  await write("documents.arrow", tableToIPC(table, "file"));
  await write("documents.parquet", writeParquet(WasmTable.fromIPCStream(stream)));
  await write("documents.csv", toCsv(rows));
  await write("documents.npy", toNpy(vectors));
  await write("ids.txt", documents.map(({ document_id }) => `${document_id}\n`).join(""));
  await write("payloads.ndjson", lines(documents.map(({ payload }) => payload)));
}

function toTable(documents: readonly PlainDocument[], vectors: readonly (readonly number[])[]): Table {
  const dimensions = vectors[0]!.length;
  const numbers = Float32Array.from(vectors.flat());
  const child = makeData({ type: new Float32(), length: numbers.length, nullCount: 0, data: numbers });
  const type = new FixedSizeList(dimensions, new Field("item", new Float32(), true));
  const names = Object.keys(documents[0]!.payload);
  const column = (values: readonly unknown[]): Data => {
    const [first] = values;
    const kind =
      typeof first === "number" ? new Float64() : typeof first === "boolean" ? new Bool() : new Utf8();
    return vectorFromArray(values as never[], kind).data[0]!;
  };
  return new Table([
    batchOf(documents.length, [
      { name: "id", data: column(documents.map(({ document_id }) => document_id)) },
      ...names.map((name) => ({ name, data: column(documents.map(({ payload }) => payload[name])) })),
      { name: VECTOR_COLUMN, data: makeData({ type, length: documents.length, nullCount: 0, child }) },
    ]),
  ]);
}

function toCsv(rows: readonly Record<string, unknown>[]): string {
  const cell = (value: unknown) => {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const names = Object.keys(rows[0]!);
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((cells) => `${cells.map(cell).join(",")}\r\n`)
    .join("");
}

function toNpy(vectors: readonly (readonly number[])[]): Uint8Array {
  const shape = `(${vectors.length}, ${vectors[0]!.length})`;
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': ${shape}, }`.padEnd(117) + "\n";
  const start = Buffer.concat([
    Buffer.from("\x93NUMPY\x01\x00", "latin1"),
    Buffer.from([118, 0]),
    Buffer.from(header),
  ]);
  return Buffer.concat([start, Buffer.from(Float32Array.from(vectors.flat()).buffer)]);
}
