import { createReadStream } from "node:fs";
import { basename } from "node:path";

import { Utf8, vectorFromArray, type RecordBatch } from "apache-arrow";

import { batchOf } from "../../documents/formats/arrow/build-batch.ts";
import { columnData } from "../../documents/formats/documents-of.ts";
import { NPY_COLUMN, openNpy } from "../../documents/formats/npy/open-npy.ts";
import { Unreadable } from "../../documents/formats/unreadable.ts";
import { CommandError } from "../explain-failure.ts";
import type { BatchImport, ImportRow, RowImport } from "./import-source.ts";
import { parseExactly } from "./parse-exactly.ts";
import { openPayloads, readIds, type Payloads } from "./sidecars.ts";

/** What the column of `--ids` is called. */
const ID_COLUMN = "document_id";
const PAYLOAD_COLUMN = "payload";

interface NpyFile {
  readonly path: string;
  readonly identity: string;
  readonly ids: string | undefined;
  readonly payloads: string | undefined;
}

/** A `.npy` file with the ids and payloads that lie beside it. Throws CommandError where their numbers differ. */
export async function openNpyFile(file: NpyFile): Promise<BatchImport | RowImport> {
  const { path, identity } = file;
  const head = createReadStream(path);
  const { rows, columns } = await openNpy(head as AsyncIterable<Buffer>);
  head.destroy();
  const ids = await sidecar(file.ids, readIds);
  const payloads = await sidecar(file.payloads, openPayloads);
  for (const [name, count] of [
    [file.ids, ids?.length],
    [file.payloads, payloads?.rows],
  ] as const) {
    if (count === undefined || count === rows) continue;
    throw new CommandError(
      `${name} has ${count} rows and ${path} has ${rows}; they must be the same, row by row.`,
    );
  }
  const idColumn = { name: ID_COLUMN, type: "text", kind: "id" as const, dimensions: null };
  const common = {
    label: basename(path),
    identity,
    measure: { total: rows, unit: "rows" as const },
    columns: ids ? [idColumn, ...columns] : columns,
    close: () => Promise.resolve(),
  };
  if (payloads) {
    const rowsOf = (from: number) => npyRows(path, ids, payloads, from);
    return { ...common, kind: "rows", rows: rowsOf, payloadColumn: PAYLOAD_COLUMN };
  }
  return { ...common, kind: "batches", batches: (_, from) => npyBatches(path, ids, from) };
}

/** What is wrong with it is told with its own name, not the `.npy` file's. */
async function sidecar<T>(
  path: string | undefined,
  read: (path: string) => Promise<T>,
): Promise<T | undefined> {
  if (path === undefined) return undefined;
  try {
    return await read(path);
  } catch (error) {
    if (error instanceof Unreadable) throw new CommandError(`${path}: ${error.message}`);
    throw error;
  }
}

function bytesOf(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1024 * 1024 }) as AsyncIterable<Buffer>;
}

async function* npyBatches(
  path: string,
  ids: string[] | undefined,
  from: number,
): AsyncGenerator<RecordBatch> {
  const npy = await openNpy(bytesOf(path));
  let row = from;
  for await (const batch of npy.batches(from)) {
    const vectors = { name: NPY_COLUMN, data: columnData(batch, NPY_COLUMN) };
    const own = ids?.slice(row, row + batch.numRows);
    row += batch.numRows;
    yield own
      ? batchOf(batch.numRows, [
          { name: ID_COLUMN, data: vectorFromArray(own, new Utf8()).data[0]! },
          vectors,
        ])
      : batch;
  }
}

/** Vectors beside payloads, which have any fields: documents one by one. */
async function* npyRows(
  path: string,
  ids: string[] | undefined,
  payloads: Payloads,
  from: number,
): AsyncGenerator<ImportRow> {
  const npy = await openNpy(bytesOf(path));
  const texts = payloads.texts(from);
  let row = from;
  try {
    for await (const batch of npy.batches(from)) {
      const numbers = columnData(batch, NPY_COLUMN).children[0]!.values as Float32Array;
      for (let i = 0; i < batch.numRows; i++) {
        const payload = await texts.next();
        if (payload.done) throw new CommandError("The file of payloads became shorter while it was read.");
        row += 1;
        const vector = Array.from(numbers.subarray(i * npy.dimensions, (i + 1) * npy.dimensions));
        const value = {
          ...(ids ? { [ID_COLUMN]: ids[row - 1] } : {}),
          [PAYLOAD_COLUMN]: parseExactly(payload.value),
          [NPY_COLUMN]: vector,
        };
        yield { row, where: `row ${row}`, value, done: row };
      }
    }
  } finally {
    await texts.return(undefined);
  }
}
