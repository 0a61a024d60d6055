import { DocumentRefused, kindOf } from "../../incoming-document.ts";
import type { ColumnMapping } from "./map-columns.ts";

/** A document as the ingest route takes it in JSON. */
export interface RowDocument {
  readonly document_id?: string;
  readonly payload?: Record<string, unknown>;
  readonly vectors?: Record<string, number[]>;
}

/**
 * The document that a row stands for. Null and missing cells are left out of the payload. Throws DocumentRefused that
 * names the column for an id or a vector that is none; numbers are counted and checked where documents are.
 */
export function rowDocument(
  row: Readonly<Record<string, unknown>>,
  mapping: ColumnMapping,
  payloadOf: (cell: unknown) => unknown = (cell) => cell,
): RowDocument {
  const payload = Object.fromEntries(
    mapping.payload
      .map((column) => [column, payloadOf(row[column])] as const)
      .filter(([, value]) => value != null),
  );
  const vectors: Record<string, number[]> = {};
  for (const { feature, column } of mapping.vectors) {
    const vector = vectorOf(row[column], column);
    if (vector) vectors[feature] = vector;
  }
  return {
    ...(mapping.id === null ? {} : { document_id: idOf(row[mapping.id], mapping.id) }),
    ...(mapping.payload.length === 0 ? {} : { payload }),
    vectors,
  };
}

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * A cell of CSV as a value: a number if it is written as JSON writes numbers (0123 and +1 are texts) and a double holds
 * it (12345678901234567890 is a text); true and false, also as Python writes them; nothing for an empty cell.
 */
export function csvValue(cell: unknown): unknown {
  if (typeof cell !== "string" || cell === "") return undefined;
  if (cell === "true" || cell === "True") return true;
  if (cell === "false" || cell === "False") return false;
  if (!JSON_NUMBER.test(cell)) return cell;
  const number = Number(cell);
  const isHeld = Number.isInteger(number) ? Number.isSafeInteger(number) : Number.isFinite(number);
  return isHeld ? number : cell;
}

function idOf(cell: unknown, column: string): string {
  if (typeof cell === "string" && cell !== "") return cell;
  if (typeof cell === "number" && Number.isSafeInteger(cell)) return String(cell);
  const given = cell === undefined || cell === "" ? "empty" : cell === null ? "null" : kindOf(cell);
  throw new DocumentRefused(`column '${column}': an id is a text or a whole number; this is ${given}.`);
}

function vectorOf(cell: unknown, column: string): number[] | undefined {
  if (cell == null || cell === "") return undefined;
  let value: unknown = cell;
  if (typeof cell === "string") {
    try {
      value = JSON.parse(cell);
    } catch (error) {
      throw new DocumentRefused(
        `column '${column}': a vector is a JSON array such as [0.1, 0.2]; this cannot be read: ${(error as Error).message}.`,
      );
    }
  }
  if (!Array.isArray(value)) {
    throw new DocumentRefused(
      `column '${column}': a vector is an array of numbers; this is ${kindOf(value)}.`,
    );
  }
  const wrong = value.findIndex((item) => typeof item !== "number");
  if (wrong < 0) return value as number[];
  throw new DocumentRefused(
    `column '${column}': a vector holds numbers; at position ${wrong} it has ${kindOf(value[wrong])}.`,
  );
}
