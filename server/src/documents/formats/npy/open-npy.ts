import { FixedSizeList, Float32, Field, makeData, type RecordBatch } from "apache-arrow";

import { batchOf } from "../arrow/build-batch.ts";
import { ByteReader } from "../byte-reader.ts";
import type { SourceColumn } from "../source.ts";
import { Unreadable } from "../unreadable.ts";
import { readNpyHeader, type NpyHeader } from "./npy-header.ts";
import { numbersOf } from "./numbers-of.ts";

/** What the one column of a `.npy` file is called. */
export const NPY_COLUMN = "vector";

const ROWS_A_BATCH = 10_000;
const MAX_DIMENSIONS = 1_000_000;
const BYTES_A_BATCH = 32 * 1024 * 1024;

export interface NpyStream {
  readonly columns: readonly SourceColumn[];
  readonly rows: number;
  readonly dimensions: number;
  /** Bytes before the first number, and of a row. */
  readonly headerBytes: number;
  readonly rowBytes: number;
  batches(from?: number): AsyncGenerator<RecordBatch>;
}

/**
 * A `.npy` file of a matrix, a vector a row, that arrives; its numbers become float32. Resolves when the header has;
 * throws Unreadable for another shape, Fortran's order, types that are no numbers, and too few or too many bytes.
 */
export async function openNpy(source: AsyncIterable<Uint8Array>): Promise<NpyStream> {
  const reader = new ByteReader(source);
  const header = await readNpyHeader(reader);
  const [rows, dimensions] = matrix(header);
  return {
    columns: [{ name: NPY_COLUMN, type: typeOf(header, dimensions), kind: "numbers", dimensions }],
    rows,
    dimensions,
    headerBytes: reader.position,
    rowBytes: dimensions * header.bytes,
    async *batches(from = 0) {
      try {
        yield* readBatches(reader, header, from);
      } finally {
        await reader.close();
      }
    },
  };
}

function matrix({ shape, kind, fortranOrder }: NpyHeader): [number, number] {
  if (kind === "U") throw new Unreadable("It holds texts; vectors are rows of numbers. Ids go into --ids.");
  const [rows, dimensions] = shape;
  if (
    shape.length !== 2 ||
    !Number.isSafeInteger(rows) ||
    !Number.isSafeInteger(dimensions) ||
    dimensions === 0
  ) {
    throw new Unreadable(
      `Its shape is (${shape.join(", ")}); expected (rows, dimensions), a vector a row. Save array.reshape(-1, dimensions).`,
    );
  }
  if (dimensions! > MAX_DIMENSIONS) {
    throw new Unreadable(
      `Its shape is (${shape.join(", ")}); rows of up to ${MAX_DIMENSIONS} numbers are read.`,
    );
  }
  if (fortranOrder) {
    throw new Unreadable(
      "Its numbers are in Fortran order, column by column. Save numpy.ascontiguousarray(array), which has them row by row.",
    );
  }
  return [rows!, dimensions!];
}

function typeOf({ kind, bytes }: NpyHeader, dimensions: number): string {
  const name = { f: "float", i: "int", u: "uint", U: "text" }[kind];
  return `${name}${8 * bytes}[${dimensions}]`;
}

async function* readBatches(
  reader: ByteReader,
  header: NpyHeader,
  from: number,
): AsyncGenerator<RecordBatch> {
  const [rows, dimensions] = matrix(header);
  const rowBytes = dimensions * header.bytes;
  await reader.skip(Math.min(from, rows) * rowBytes, "the rows that are passed over");
  const atOnce = Math.max(1, Math.min(ROWS_A_BATCH, Math.floor(BYTES_A_BATCH / (4 * dimensions))));
  for (let row = from; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row);
    const bytes = await reader.upTo(count * rowBytes);
    if (bytes.length < count * rowBytes) {
      const there = row + Math.floor(bytes.length / rowBytes);
      throw new Unreadable(
        `It is cut off: its header says ${rows} rows of ${dimensions}, and it has ${there} whole ones.`,
      );
    }
    if (row + count === rows && (await reader.upTo(1)).length > 0) {
      throw new Unreadable(`It has more bytes than the ${rows} rows of ${dimensions} that its header says.`);
    }
    yield toBatch(numbersOf(bytes, header), count, dimensions);
  }
}

function toBatch(values: Float32Array, rows: number, dimensions: number): RecordBatch {
  const child = makeData({ type: new Float32(), length: values.length, nullCount: 0, data: values });
  const type = new FixedSizeList(dimensions, new Field("item", new Float32(), true));
  return batchOf(rows, [{ name: NPY_COLUMN, data: makeData({ type, length: rows, nullCount: 0, child }) }]);
}
