import { DataType, type Data } from "apache-arrow";

import { assertText } from "../../canonical-json.ts";
import { DocumentRefused } from "../../incoming-document.ts";
import { typeName } from "../arrow/column-of.ts";
import { Unreadable } from "../unreadable.ts";
import { dateText, decimalJson, timestampText, timeText, uuidText, wholeJson } from "./cell-texts.ts";
import { assertOffsets, textReader } from "./text-column.ts";

/** The canonical JSON of a row's cell; undefined where it is null. Throws DocumentRefused for what JSON cannot hold. */
export type CellWriter = (row: number) => string | undefined;

/** Writes the cells of a column as `canonical-json.ts` would write their values. */
export function cellWriter(data: Data, name: string): CellWriter {
  const write = presentWriter(data, name);
  return (row) => (data.getValid(row) ? write(row) : undefined);
}

function presentWriter(data: Data, name: string): CellWriter {
  const { type } = data;
  if (DataType.isNull(type)) return () => undefined;
  if (DataType.isDictionary(type)) return dictionaryWriter(data, name);
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) {
    const read = textReader(data, name);
    return (row) => {
      const text = read(row);
      assertText(text, "its text");
      return JSON.stringify(text);
    };
  }
  if (DataType.isBool(type)) {
    const bits = valuesOf<Uint8Array>(data, name, Math.ceil((data.offset + data.length) / 8));
    return (row) => String((bits[(data.offset + row) >> 3]! & (1 << ((data.offset + row) & 7))) !== 0);
  }
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) return listWriter(data, name);
  if (DataType.isStruct(type)) return structWriter(data, name);
  if (DataType.isMap(type)) return mapWriter(data, name);
  return scalarWriter(data, type, name);
}

function scalarWriter(data: Data, type: DataType, name: string): CellWriter {
  if (DataType.isFloat(type)) {
    const values = valuesOf<Float32Array | Float64Array | Uint16Array>(data, name);
    const numbers =
      values instanceof Uint16Array
        ? new Float16Array(values.buffer, values.byteOffset, values.length)
        : values;
    return (row) => {
      const value = numbers[row]!;
      // NaN is how Python's tools write that there is no number.
      if (Number.isNaN(value)) return undefined;
      if (!Number.isFinite(value)) throw new DocumentRefused(`it holds ${value}, which JSON cannot.`);
      return JSON.stringify(value);
    };
  }
  if (DataType.isInt(type)) {
    const values = valuesOf<Int32Array | BigInt64Array>(data, name);
    return (row) => wholeJson(values[row]!);
  }
  if (DataType.isTimestamp(type)) {
    const values = valuesOf<BigInt64Array>(data, name);
    return (row) => quoted(timestampText(values[row]!, type.unit, Boolean(type.timezone)));
  }
  if (DataType.isDate(type)) {
    const values = valuesOf<Int32Array | BigInt64Array>(data, name);
    // Days are of 32 bits, milliseconds of 64.
    const unitMs = values instanceof Int32Array ? 86_400_000 : 1;
    return (row) => quoted(dateText(Number(values[row]) * unitMs));
  }
  if (DataType.isTime(type)) {
    const values = valuesOf<Int32Array | BigInt64Array>(data, name);
    return (row) => quoted(timeText(BigInt(values[row]!), type.unit));
  }
  if (DataType.isDuration(type)) {
    const values = valuesOf<BigInt64Array>(data, name);
    return (row) => JSON.stringify(Number(values[row]) / 1000 ** (type.unit as number));
  }
  if (DataType.isDecimal(type)) {
    const words = type.bitWidth / 32;
    const values = valuesOf<Uint32Array>(data, name, data.length * words);
    return (row) => decimalJson(values.subarray(row * words, (row + 1) * words), type.scale);
  }
  if (DataType.isFixedSizeBinary(type) && type.byteWidth === 16) {
    const values = valuesOf<Uint8Array>(data, name, data.length * 16);
    return (row) => JSON.stringify(uuidText(values.subarray(row * 16, (row + 1) * 16)));
  }
  throw new Unreadable(`Column '${name}' is of type ${typeName(type)}, which cannot become JSON.`);
}

/** A column's numbers; throws Unreadable if there are fewer than its rows need. */
export function valuesOf<T extends { readonly length: number }>(
  data: Data,
  name: string,
  least = data.length,
): T {
  const values = data.values as unknown as T | undefined;
  if (values && values.length >= least) return values;
  if (least === 0) return [] as unknown as T;
  throw new Unreadable(`Column '${name}' is broken: it has ${values?.length ?? 0} of ${least} values.`);
}

function quoted(text: string | null): string {
  if (text === null) throw new DocumentRefused("it holds a time beyond the years that ISO 8601 can write.");
  return `"${text}"`;
}

/** Each entry is written once. */
function dictionaryWriter(data: Data, name: string): CellWriter {
  const entries = ((data.dictionary?.data ?? []) as readonly Data[]).flatMap((chunk) => {
    const write = cellWriter(chunk, name);
    return Array.from({ length: chunk.length }, (_, row) => ({ write, row }));
  });
  const written = new Map<number, string | undefined>();
  const indexes = valuesOf<Int32Array>(data, name);
  return (row) => {
    const index = Number(indexes[row]);
    if (written.has(index)) return written.get(index);
    const entry = entries[index];
    if (!entry)
      throw new Unreadable(`Column '${name}' refers to entry ${index} of a dictionary of ${entries.length}.`);
    const text = entry.write(entry.row);
    written.set(index, text);
    return text;
  };
}

/** Where a row's items begin and end in the child. */
export function rangeReader(data: Data, name: string): (row: number) => [number, number] {
  const { type } = data;
  const child = data.children[0];
  if (DataType.isFixedSizeList(type)) {
    const size = type.listSize;
    if (data.length > 0 && (!child || child.length < data.length * size)) {
      throw new Unreadable(
        `Column '${name}' is broken: it has ${child?.length ?? 0} of ${data.length * size} items.`,
      );
    }
    return (row) => [row * size, (row + 1) * size];
  }
  const offsets = data.valueOffsets as Int32Array | undefined;
  if (data.length > 0) assertOffsets(offsets, child?.length ?? 0, data.length, name);
  return (row) => [offsets![row]!, offsets![row + 1]!];
}

function listWriter(data: Data, name: string): CellWriter {
  const range = rangeReader(data, name);
  const write = data.children[0] ? cellWriter(data.children[0], name) : () => undefined;
  return (row) => {
    const [from, to] = range(row);
    const items = Array.from({ length: to - from }, (_, i) => write(from + i) ?? "null");
    return `[${items.join(",")}]`;
  };
}

function structWriter(data: Data, name: string): CellWriter {
  const type = data.type as unknown as { children: { name: string }[] };
  const fields = type.children
    .map((field, i) => ({
      name: field.name,
      key: JSON.stringify(field.name),
      write: cellWriter(data.children[i]!, `${name}.${field.name}`),
    }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return (row) => objectText(fields.map(({ key, write }) => [key, write(row)]));
}

function mapWriter(data: Data, name: string): CellWriter {
  const range = rangeReader(data, name);
  const [keys, values] = data.children[0]?.children ?? [];
  if (!keys || !values) throw new Unreadable(`Column '${name}' is broken: a map without keys and values.`);
  const [writeKey, writeValue] = [cellWriter(keys, name), cellWriter(values, name)];
  return (row) => {
    const [from, to] = range(row);
    const entries = Array.from({ length: to - from }, (_, i): [string, string | undefined] => {
      const key = writeKey(from + i) ?? '"null"';
      return [key.startsWith('"') ? key : JSON.stringify(key), writeValue(from + i)];
    });
    const byKey = new Map(entries.map(([key, value]) => [JSON.parse(key) as string, [key, value] as const]));
    return objectText([...byKey.keys()].sort().map((key) => byKey.get(key)!));
  };
}

/** `{…}` of the fields that are there. */
export function objectText(fields: readonly (readonly [string, string | undefined])[]): string {
  const parts: string[] = [];
  for (const [key, text] of fields) if (text !== undefined) parts.push(`${key}:${text}`);
  return `{${parts.join(",")}}`;
}
