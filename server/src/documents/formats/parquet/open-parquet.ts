import type { RecordBatch } from "apache-arrow";
import { parquetMetadataAsync, type FileMetaData } from "hyparquet";

import { batchOf, floatColumn, type NamedData } from "../arrow/build-batch.ts";
import { assertNamesDiffer, columnOf } from "../arrow/column-of.ts";
import type { BytesAt } from "../bytes-at.ts";
import type { ColumnSource } from "../source.ts";
import { orUnreadable, Unreadable } from "../unreadable.ts";
import { floatChunk } from "./float-chunks.ts";
import { FloatListReader } from "./float-lists.ts";
import { WasmFile } from "./wasm-file.ts";

const ROWS_A_BATCH = 10_000;
const BYTES_A_BATCH = 32 * 1024 * 1024;
const MAGIC = "PAR1";

export interface ParquetSource extends ColumnSource {
  readonly rows: number;
  close(): Promise<void>;
}

/**
 * A Parquet file, to be read row group by row group in batches of at most 10,000 rows. Columns of lists of floats are
 * read here page by page, all others by parquet-wasm. Throws Unreadable for what is not Parquet, or broken.
 */
export async function openParquet(bytes: BytesAt): Promise<ParquetSource> {
  await assertMagic(bytes);
  const metadata = await orUnreadable("Its footer cannot be read", () =>
    parquetMetadataAsync({
      byteLength: bytes.size,
      slice: async (from, to = bytes.size) => (await bytes.read(from, to - from)).buffer,
    }),
  );
  const wasm = await WasmFile.open(bytes);
  const columns = wasm.schema.fields.map(columnOf);
  try {
    assertNamesDiffer(columns);
  } catch (error) {
    await wasm.close();
    throw error;
  }
  return {
    kind: "columns",
    columns,
    rows: metadata.row_groups.reduce((sum, group) => sum + Number(group.num_rows), 0),
    batches: ({ columns: names, from = 0 }) => readBatches(bytes, metadata, wasm, names, from),
    close: () => wasm.close(),
  };
}

async function assertMagic(bytes: BytesAt): Promise<void> {
  const text = async (at: number) => Buffer.from(await bytes.read(at, 4)).toString("latin1");
  if (bytes.size < 12)
    throw new Unreadable(`It has ${bytes.size} bytes; the shortest Parquet file is longer.`);
  const [first, last] = [await text(0), await text(bytes.size - 4)];
  if (first === "PARE" || last === "PARE")
    throw new Unreadable("It is encrypted; write it without encryption.");
  if (first !== MAGIC) throw new Unreadable("It is no Parquet file: it does not begin with PAR1.");
  if (last !== MAGIC)
    throw new Unreadable("It begins as a Parquet file and does not end as one (PAR1): it is cut off.");
}

async function* readBatches(
  bytes: BytesAt,
  metadata: FileMetaData,
  wasm: WasmFile,
  names: readonly string[],
  from: number,
): AsyncGenerator<RecordBatch> {
  let before = 0;
  for (const [index, group] of metadata.row_groups.entries()) {
    const rows = Number(group.num_rows);
    const skip = Math.max(0, from - before);
    before += rows;
    if (skip >= rows) continue;
    yield* readRowGroup(bytes, metadata, wasm, { index, rows, names, skip });
  }
}

interface RowGroupRead {
  readonly index: number;
  readonly rows: number;
  readonly names: readonly string[];
  /** Rows at its beginning that are not wanted. */
  readonly skip: number;
}

async function* readRowGroup(
  bytes: BytesAt,
  metadata: FileMetaData,
  wasm: WasmFile,
  { index, rows, names, skip }: RowGroupRead,
): AsyncGenerator<RecordBatch> {
  const chunks = names
    .map((name) => floatChunk(metadata, name, index))
    .filter((chunk) => chunk !== undefined);
  const others = names.filter((name) => !chunks.some((chunk) => chunk.column === name));
  const atOnce = rowsAtOnce(metadata, index, names);
  const readers = chunks.map((chunk) => ({
    name: chunk.column,
    reader: new FloatListReader(bytes, chunk, Math.min(atOnce, rows)),
  }));
  const rest = others.length > 0 ? wasm.rows(index, others, atOnce) : undefined;
  try {
    for (let at = 0; at < rows; at += atOnce) {
      const count = Math.min(atOnce, rows - at);
      const columns: NamedData[] = [];
      const batch = rest && (await nextBatch(rest, count, index));
      if (batch) {
        for (const [i, field] of batch.schema.fields.entries()) {
          columns.push({ name: field.name, data: batch.data.children[i]! });
        }
      }
      for (const { name, reader } of readers) {
        const lists = await orUnreadable(`Column '${name}' cannot be read in row group ${index + 1}`, () =>
          reader.take(count),
        );
        columns.push({ name, data: floatColumn(lists) });
      }
      if (at + count <= skip) continue;
      const whole = batchOf(count, columns);
      yield at < skip ? whole.slice(skip - at) : whole;
    }
  } finally {
    await rest?.return(undefined);
  }
}

async function nextBatch(
  rest: AsyncGenerator<RecordBatch>,
  count: number,
  group: number,
): Promise<RecordBatch> {
  const next: IteratorResult<RecordBatch, unknown> = await rest.next();
  if (next.done || next.value.numRows !== count) {
    throw new Unreadable(
      `Row group ${group + 1} has other numbers of rows in its columns than its footer says.`,
    );
  }
  return next.value;
}

/** So many rows that their columns have some megabytes, by the row group's own figures. */
function rowsAtOnce(metadata: FileMetaData, index: number, names: readonly string[]): number {
  const group = metadata.row_groups[index]!;
  const bytes = group.columns
    .map((chunk) => chunk.meta_data)
    .filter((meta) => meta && names.includes(meta.path_in_schema[0]!))
    .reduce(
      (sum, meta) => sum + Math.max(Number(meta!.total_uncompressed_size), 4 * Number(meta!.num_values)),
      0,
    );
  const aRow = Math.max(1, bytes / Math.max(1, Number(group.num_rows)));
  return Math.max(1, Math.min(ROWS_A_BATCH, Math.floor(BYTES_A_BATCH / aRow)));
}
