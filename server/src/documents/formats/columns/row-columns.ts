import type { SourceColumn } from "../source.ts";

/** Rows that are looked at to tell what the columns of a text hold. */
export const SAMPLE_ROWS = 100;

/**
 * What the columns of rows hold, told by the first of them: a cell is a value of JSON or, in CSV, a text. A column
 * most of whose cells are lists of numbers (or texts of such lists) can be vectors.
 */
export function columnsOfRows(sample: readonly Readonly<Record<string, unknown>>[]): SourceColumn[] {
  const names = new Set(sample.flatMap((row) => Object.keys(row)));
  return [...names].map((name) => {
    const cells = sample.map((row) => row[name]).filter((cell) => cell != null && cell !== "");
    const vectors = cells.map(numbersIn).filter((vector) => vector !== undefined && vector.length > 0);
    // Not all: one broken cell must not hide what the others are.
    if (vectors.length * 2 > cells.length) return vectorColumn(name, vectors as number[][]);
    const isId = cells.every((cell) => typeof cell === "string" || Number.isSafeInteger(cell));
    return { name, type: typeOf(cells), kind: isId ? "id" : "other", dimensions: null };
  });
}

function vectorColumn(name: string, vectors: readonly (readonly number[])[]): SourceColumn {
  const lengths = new Set(vectors.map(({ length }) => length));
  const isWhole = vectors.every((vector) => vector.every((item) => Number.isInteger(item)));
  return {
    name,
    type: lengths.size === 1 ? `list of ${[...lengths][0]} numbers` : "list of numbers",
    // Tags such as [1, 2] are whole; an embedding of whole numbers only is not to be expected.
    kind: isWhole ? "whole numbers" : "numbers",
    dimensions: null,
  };
}

/** The numbers of a cell that holds a list of them; undefined for any other. */
export function numbersIn(cell: unknown): number[] | undefined {
  if (Array.isArray(cell)) {
    return cell.every((item) => typeof item === "number") ? cell : undefined;
  }
  if (typeof cell !== "string" || !/^\s*\[/.test(cell)) return undefined;
  try {
    return numbersIn(JSON.parse(cell));
  } catch {
    return undefined;
  }
}

function typeOf(cells: readonly unknown[]): string {
  if (cells.length === 0) return "empty";
  const kinds = new Set(
    cells.map((cell) => (typeof cell === "string" ? "text" : Array.isArray(cell) ? "list" : typeof cell)),
  );
  return [...kinds].join(" or ");
}
