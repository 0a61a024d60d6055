import type { SourceColumn } from "../../../documents/formats/source.ts";

/** Object ids of PostgreSQL's own types. */
const [BOOL, INT8, INT2, INT4, OID, FLOAT4, FLOAT8, NUMERIC] = [16, 20, 21, 23, 26, 700, 701, 1700];
const [JSON_TYPE, JSONB] = [114, 3802];
const [TIMESTAMP, TIMESTAMPTZ, BYTEA] = [1114, 1184, 17];
const FLOAT_ARRAYS = [1021, 1022, 1231];
const INT_ARRAYS = [1005, 1007, 1016];
const TEXT_ARRAYS = [1009, 1015, 2951];
const NUMBERS: readonly number[] = [INT2, INT4, INT8, OID, FLOAT4, FLOAT8, NUMERIC];

export interface QueryField {
  readonly name: string;
  readonly typeId: number;
  /** PostgreSQL's name of the type: `vector` is pgvector's, wherever it was installed. */
  readonly typeName: string;
}

const PGVECTOR = ["vector", "halfvec"];

/** What a field holds, as far as its type tells; a text can still hold vectors. */
export function kindOf({ typeId, typeName }: QueryField): SourceColumn["kind"] | null {
  if (PGVECTOR.includes(typeName) || FLOAT_ARRAYS.includes(typeId)) return "numbers";
  if (INT_ARRAYS.includes(typeId)) return "whole numbers";
  return null;
}

export function isBinary({ typeId }: QueryField): boolean {
  return typeId === BYTEA;
}

/** The value of a cell's text: numbers where a double holds them exactly, lists, JSON; all else stays text. */
export function valueReader(field: QueryField): (text: string | null) => unknown {
  const read = presentReader(field);
  return (text) => (text === null ? null : read(text));
}

function presentReader({ typeId, typeName }: QueryField): (text: string) => unknown {
  if (PGVECTOR.includes(typeName)) return (text) => JSON.parse(text) as unknown;
  if (FLOAT_ARRAYS.includes(typeId) || INT_ARRAYS.includes(typeId)) return numberArray;
  if (TEXT_ARRAYS.includes(typeId)) return textArray;
  if (NUMBERS.includes(typeId)) return exactNumber;
  if (typeId === BOOL) return (text) => text === "t";
  if (typeId === JSON_TYPE || typeId === JSONB) return (text) => JSON.parse(text) as unknown;
  if (typeId === TIMESTAMP) return (text) => text.replace(" ", "T");
  if (typeId === TIMESTAMPTZ) return (text) => text.replace(" ", "T").replace(/\+00(:00)?$/, "Z");
  return (text) => text;
}

function exactNumber(text: string): unknown {
  const number = Number(text);
  if (Number.isInteger(number)) return Number.isSafeInteger(number) ? number : text;
  // numeric can have more digits than a double: what does not come back the same stays text.
  const digits = text
    .replace(/^-?0*\.?0*/, "")
    .replace(/[.]/, "")
    .replace(/0+$/, "")
    .replace(/e.*/i, "");
  return Number.isFinite(number) && digits.length <= 17 ? number : text;
}

/** `{1,2.5,NULL}`; several dimensions stay text. NaN and Infinity are no numbers of JSON and stay what they are. */
function numberArray(text: string): unknown {
  if (text === "{}") return [];
  if (!text.startsWith("{") || text.startsWith("{{")) return text;
  return text
    .slice(1, -1)
    .split(",")
    .map((item) => (item === "NULL" ? null : Number(item)));
}

/** `{a,"b ""c",NULL}`: items with special characters are quoted, quotes and backslashes in them escaped. */
function textArray(text: string): unknown {
  if (!text.startsWith("{") || text.startsWith("{{")) return text;
  const items: (string | null)[] = [];
  for (const [, quoted, plain] of text.slice(1, -1).matchAll(/"((?:[^"\\]|\\.)*)"|([^,]+)/g)) {
    if (quoted !== undefined) items.push(quoted.replaceAll(/\\(.)/g, "$1"));
    else items.push(plain === "NULL" ? null : plain!);
  }
  return items;
}
