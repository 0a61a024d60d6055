import { DataType, type Field } from "apache-arrow";

import type { SourceColumn } from "../source.ts";
import { Unreadable } from "../unreadable.ts";

/** Columns are known by their names. */
export function assertNamesDiffer(columns: readonly SourceColumn[]): void {
  const double = columns.find(({ name }, i) => columns.findIndex((other) => other.name === name) !== i);
  if (double) throw new Unreadable(`It has two columns named '${double.name}'; rename one of them.`);
}

/** What an Arrow field is to an import. */
export function columnOf(field: Field): SourceColumn {
  const type = field.type as DataType;
  const plain = { name: field.name, type: typeName(type), dimensions: null };
  if (DataType.isList(type) || DataType.isFixedSizeList(type)) {
    const inner = type.children[0]!.type as DataType;
    const dimensions = DataType.isFixedSizeList(type) ? type.listSize : null;
    if (DataType.isFloat(inner)) return { ...plain, dimensions, kind: "numbers" };
    if (DataType.isInt(inner)) return { ...plain, dimensions, kind: "whole numbers" };
    return { ...plain, kind: "other" };
  }
  const value = DataType.isDictionary(type) ? (type.dictionary as DataType) : type;
  return { ...plain, kind: canBeId(value) ? "id" : "other" };
}

function canBeId(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isInt(type) || isUuid(type);
}

function isUuid(type: DataType): boolean {
  return DataType.isFixedSizeBinary(type) && type.byteWidth === 16;
}

/** `list<float>`, `fixed_size_list<float>[384]`, `timestamp[us, tz=UTC]`: as Arrow's other languages write it. */
export function typeName(type: DataType): string {
  if (DataType.isFixedSizeList(type))
    return `fixed_size_list<${typeName(type.children[0]!.type as DataType)}>[${type.listSize}]`;
  if (DataType.isList(type)) return `list<${typeName(type.children[0]!.type as DataType)}>`;
  if (DataType.isStruct(type)) {
    return `struct<${type.children.map((child) => `${child.name}: ${typeName(child.type as DataType)}`).join(", ")}>`;
  }
  if (DataType.isDictionary(type)) return `dictionary<${typeName(type.dictionary as DataType)}>`;
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return "string";
  if (DataType.isFloat(type)) return ["halffloat", "float", "double"][type.precision] ?? "float";
  if (DataType.isTimestamp(type)) {
    const unit = ["s", "ms", "us", "ns"][type.unit] ?? "?";
    return type.timezone ? `timestamp[${unit}, tz=${type.timezone}]` : `timestamp[${unit}]`;
  }
  return (type as { toString(): string }).toString().toLowerCase();
}
