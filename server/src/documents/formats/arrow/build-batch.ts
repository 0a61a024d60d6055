import {
  Field,
  FixedSizeList,
  Float32,
  List,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  type Data,
} from "apache-arrow";

import type { FloatBatch } from "../float-rows.ts";

export interface NamedData {
  readonly name: string;
  readonly data: Data;
}

/** A batch over the columns' memory, not copied. */
export function batchOf(rows: number, columns: readonly NamedData[]): RecordBatch {
  const schema = new Schema(columns.map(({ name, data }) => new Field(name, data.type, true)));
  const struct = makeData({
    type: new Struct(schema.fields),
    length: rows,
    nullCount: 0,
    children: columns.map(({ data }) => data),
  });
  return new RecordBatch(schema, struct);
}

/** Rows of numbers as Arrow: a fixed-size list if all rows are there and of one length. */
export function floatColumn({ rows, values, offsets, missing }: FloatBatch): Data {
  const from = offsets[0]!;
  const used = values.subarray(from, offsets[rows]);
  const numbers = makeData({ type: new Float32(), length: used.length, nullCount: 0, data: used });
  const item = new Field("item", new Float32(), true);
  const length = missing === undefined ? commonLength(offsets, rows) : null;
  if (length !== null) {
    return makeData({ type: new FixedSizeList(length, item), length: rows, nullCount: 0, child: numbers });
  }
  return makeData({
    type: new List(item),
    length: rows,
    nullCount: missing ? missing.reduce((sum, one) => sum + one, 0) : 0,
    ...(missing ? { nullBitmap: bitmapOf(missing) } : {}),
    valueOffsets: from === 0 ? offsets : offsets.map((offset) => offset - from),
    child: numbers,
  });
}

function commonLength(offsets: Int32Array, rows: number): number | null {
  if (rows === 0) return null;
  const length = offsets[1]! - offsets[0]!;
  if (length === 0) return null;
  for (let row = 1; row < rows; row++) if (offsets[row + 1]! - offsets[row]! !== length) return null;
  return length;
}

/** Arrow's bitmap of what is there, from a byte for each row that says what is not. */
function bitmapOf(missing: Uint8Array): Uint8Array {
  const bitmap = new Uint8Array(((missing.length + 63) >> 6) << 3);
  for (let row = 0; row < missing.length; row++) if (missing[row] === 0) bitmap[row >> 3]! |= 1 << (row & 7);
  return bitmap;
}
