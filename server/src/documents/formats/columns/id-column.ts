import { DataType, type Data } from "apache-arrow";

import { DocumentRefused, readId } from "../../incoming-document.ts";
import { typeName } from "../arrow/column-of.ts";
import { Unreadable } from "../unreadable.ts";
import { cellWriter } from "./cell-json.ts";

export function notAnId(name: string, type: string): string {
  return `Column '${name}' is of type ${type}; an id is a text, a whole number or a UUID. Name another column, or convert it.`;
}

/** Reads a column as document ids: texts as they are, whole numbers by their digits, UUIDs as texts. */
export function idReader(data: Data, name: string): (row: number) => string {
  const { type } = data;
  const value = DataType.isDictionary(type) ? (type.dictionary as DataType) : type;
  const isText = DataType.isUtf8(value) || DataType.isLargeUtf8(value);
  if (!isText && !DataType.isInt(value) && !DataType.isFixedSizeBinary(value)) {
    throw new Unreadable(notAnId(name, typeName(type)));
  }
  const write = cellWriter(data, name);
  return (row) => {
    const text = write(row);
    if (text === undefined) throw new DocumentRefused("its id is null.");
    return readId(text.startsWith('"') ? (JSON.parse(text) as string) : text);
  };
}
