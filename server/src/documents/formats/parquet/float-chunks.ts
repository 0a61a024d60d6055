import { parquetSchema, type FileMetaData, type SchemaTree } from "hyparquet";

import type { FloatListChunk } from "./float-lists.ts";
import type { FloatType } from "./float-values.ts";
import { PAGE_CODECS } from "./page.ts";

const ENCODINGS = ["PLAIN", "PLAIN_DICTIONARY", "RLE_DICTIONARY", "BYTE_STREAM_SPLIT", "RLE", "BIT_PACKED"];

/**
 * Where the column of that name is in a row group, if it holds plain lists of floats that `FloatListReader` reads;
 * else undefined, and parquet-wasm reads it.
 */
export function floatChunk(
  metadata: FileMetaData,
  column: string,
  rowGroup: number,
): FloatListChunk | undefined {
  const path = pathOf(parquetSchema(metadata), column);
  const leaf = path?.at(-1)?.element;
  const type = leaf && floatType(leaf);
  if (!path || !type) return undefined;
  const group = metadata.row_groups[rowGroup]!;
  const index = group.columns.findIndex((chunk) => chunk.meta_data?.path_in_schema[0] === column);
  const meta = group.columns[index]?.meta_data;
  if (
    !meta ||
    !PAGE_CODECS.includes(meta.codec) ||
    !meta.encodings.every((name) => ENCODINGS.includes(name))
  ) {
    return undefined;
  }
  let definition = 0;
  let element = 0;
  for (const { element: step } of path) {
    if (step.repetition_type !== "REQUIRED") definition += 1;
    if (step.repetition_type === "REPEATED") element = definition;
  }
  const first = [meta.dictionary_page_offset, meta.data_page_offset].filter(
    (at) => at !== undefined && at > 0n,
  );
  return {
    column,
    start: Number(first.reduce((least, at) => (at! < least! ? at : least))),
    bytes: Number(meta.total_compressed_size),
    codec: meta.codec,
    type,
    definition,
    element,
    rows: Number(group.num_rows),
    values: Number(meta.num_values),
  };
}

/** From the column to its only leaf, if there is exactly one list on the way. */
function pathOf(schema: SchemaTree, column: string): SchemaTree[] | undefined {
  const path: SchemaTree[] = [];
  for (
    let node = schema.children.find((child) => child.element.name === column);
    node;
    node = node.children[0]
  ) {
    if (node.children.length > 1) return undefined;
    path.push(node);
  }
  const lists = path.filter(({ element }) => element.repetition_type === "REPEATED");
  return lists.length === 1 && path.length <= 3 ? path : undefined;
}

function floatType(leaf: SchemaTree["element"]): FloatType | undefined {
  if (leaf.type === "FLOAT" || leaf.type === "DOUBLE") return leaf.type;
  const isHalf =
    leaf.type === "FIXED_LEN_BYTE_ARRAY" && leaf.type_length === 2 && leaf.logical_type?.type === "FLOAT16";
  return isHalf ? "FLOAT16" : undefined;
}
