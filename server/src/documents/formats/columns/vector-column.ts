import { DataType, type Data } from "apache-arrow";

import { DocumentRefused } from "../../incoming-document.ts";
import { typeName } from "../arrow/column-of.ts";
import { Unreadable } from "../unreadable.ts";
import { rangeReader, valuesOf } from "./cell-json.ts";

/** The vector of a row, a view; undefined where the cell is null. Throws DocumentRefused. */
export type VectorReader = (row: number) => Float32Array | undefined;

/**
 * Reads a column of lists of numbers as vectors of `dimensions` finite float32: those of a float32 column are views of
 * its memory, others are converted in one go.
 */
export function vectorReader(data: Data, name: string, dimensions: number): VectorReader {
  assertLists(data, name);
  const range = rangeReader(data, name);
  const child = data.children[0];
  const numbers = child && child.length > 0 ? float32Of(child, name) : new Float32Array(0);
  const hasNulls = child !== undefined && child.nullCount > 0;
  return (row) => {
    if (!data.getValid(row)) return undefined;
    const [from, to] = range(row);
    if (to - from !== dimensions) {
      throw new DocumentRefused(
        `its vector has ${to - from} numbers; the collection's feature has ${dimensions}.`,
        "wrong_dimensions",
      );
    }
    const vector = numbers.subarray(from, to);
    if (!allFinite(vector)) {
      const position = vector.findIndex((value) => !Number.isFinite(value));
      throw notFinite(position, vector[position]!);
    }
    if (hasNulls) {
      for (let i = from; i < to; i++) if (!child.getValid(i)) throw notFinite(i - from, null);
    }
    return vector;
  };
}

/** Throws Unreadable for a column that holds no lists. */
export function assertLists({ type }: Data, name: string): void {
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return;
  throw new Unreadable(
    `Column '${name}' is of type ${typeName(type)}; a vector is a list of numbers (list<float> or fixed_size_list<float>).`,
  );
}

/** Four sums at once, since each waits for the one before: half the time of looking at each number. */
function allFinite(vector: Float32Array): boolean {
  let [a, b, c, d] = [0, 0, 0, 0];
  let i = 0;
  for (; i + 3 < vector.length; i += 4) {
    // Zero, unless the number is Infinity or NaN.
    a += vector[i]! * 0;
    b += vector[i + 1]! * 0;
    c += vector[i + 2]! * 0;
    d += vector[i + 3]! * 0;
  }
  for (; i < vector.length; i++) a += vector[i]! * 0;
  return a + b + c + d === 0;
}

function notFinite(position: number, value: number | null): DocumentRefused {
  const given =
    value === null ? "null" : Number.isNaN(value) ? "NaN or null" : `${value}, beyond the range of a float32`;
  return new DocumentRefused(`its vector must hold finite numbers; at position ${position} it has ${given}.`);
}

/** A column's numbers as float32. */
function float32Of(data: Data, name: string): Float32Array {
  const { type } = data;
  if (!DataType.isFloat(type) && !DataType.isInt(type)) {
    throw new Unreadable(`Column '${name}' holds lists of ${typeName(type)}; a vector is a list of numbers.`);
  }
  const values = valuesOf<Float32Array | Float64Array | Uint16Array | BigInt64Array>(data, name);
  if (values instanceof Float32Array) return values;
  if (values instanceof BigInt64Array || (values as unknown) instanceof BigUint64Array) {
    return Float32Array.from(values as BigInt64Array, Number);
  }
  if (DataType.isFloat(type) && values instanceof Uint16Array) {
    return new Float32Array(new Float16Array(values.buffer, values.byteOffset, values.length));
  }
  return new Float32Array(values as Float64Array);
}
