import { readFile, stat } from "node:fs/promises";
import { basename } from "node:path";

import { columnsOfRows, SAMPLE_ROWS } from "../../documents/formats/columns/row-columns.ts";
import type { SourceColumn } from "../../documents/formats/source.ts";
import { CommandError } from "../explain-failure.ts";
import type { ImportRow, RowImport } from "./import-source.ts";
import { parseExactly } from "./parse-exactly.ts";
import { readLines } from "./read-lines.ts";

/** A string of V8 holds no more. */
const MAX_JSON_BYTES = 500 * 1024 * 1024;
type Parse = (text: string) => unknown;

const DOCUMENT_FIELDS = ["document_id", "payload", "vectors"];

interface JsonFile {
  readonly path: string;
  readonly size: number;
  readonly identity: string;
  /** Objects whose fields are columns, even if they look like documents. */
  readonly asColumns: boolean;
}

/** One object a line. Throws CommandError with the line that is no JSON. */
export async function openNdjson(file: JsonFile): Promise<RowImport> {
  const columns = await columnsOf(rowsOfLines(file.path, 0, parseExactly), file.asColumns);
  const parseLine = columns ? parseExactly : JSON.parse;
  const rows = (from: number) => rowsOfLines(file.path, from, parseLine);
  return source(file, columns, rows, { total: file.size, unit: "bytes" });
}

/** An array of objects, or {"documents": [...]}, read whole. */
export async function openJson(file: JsonFile): Promise<RowImport> {
  let list = await readJsonArray(file.path, parseExactly);
  const columns = await columnsOf(
    list.map((value) => ({ value })),
    file.asColumns,
  );
  // Documents are the server's to read.
  if (!columns) list = await readJsonArray(file.path, JSON.parse);
  // eslint-disable-next-line @typescript-eslint/require-await
  async function* rows(from: number): AsyncGenerator<ImportRow> {
    for (const [i, item] of list.entries()) {
      if (i < from) continue;
      yield { row: i + 1, where: `document ${i + 1}`, value: item, text: JSON.stringify(item), done: i + 1 };
    }
  }
  return source(file, columns, rows, { total: list.length, unit: "rows" });
}

/** The array a JSON file holds, or its `documents`. */
export async function readJsonArray(path: string, parseText: Parse): Promise<unknown[]> {
  const { size } = await stat(path);
  if (size > MAX_JSON_BYTES) {
    throw new CommandError(
      `${path} has ${Math.round(size / 2 ** 20)} MiB, and JSON is read whole: up to 500. Write it as NDJSON, one object a line (jq -c '.[]').`,
    );
  }
  const value = parse((await readFile(path, "utf8")).replace(/^\ufeff/, ""), path, parseText);
  const list = Array.isArray(value) ? value : (value as { documents?: unknown } | null)?.documents;
  if (Array.isArray(list)) return list as unknown[];
  throw new CommandError(`${path}: expected an array of documents, or {"documents": [...]}.`);
}

function source(
  { path, identity }: JsonFile,
  columns: SourceColumn[] | null,
  rows: (from: number) => AsyncGenerator<ImportRow>,
  measure: RowImport["measure"],
): RowImport {
  return {
    kind: "rows",
    label: basename(path),
    identity,
    measure,
    columns,
    rows,
    close: () => Promise.resolve(),
  };
}

/** Null for documents; the fields of the first objects where they are rows of a table. */
async function columnsOf(
  rows: AsyncIterable<Pick<ImportRow, "value">> | Iterable<Pick<ImportRow, "value">>,
  asColumns: boolean,
): Promise<SourceColumn[] | null> {
  const sample: Record<string, unknown>[] = [];
  for await (const { value } of rows) {
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      sample.push(value as Record<string, unknown>);
    }
    const areDocuments = sample.every((row) =>
      Object.keys(row).every((field) => DOCUMENT_FIELDS.includes(field)),
    );
    if (areDocuments && !asColumns) return null;
    if (sample.length === SAMPLE_ROWS) break;
  }
  return columnsOfRows(sample);
}

async function* rowsOfLines(path: string, from: number, parseLine: Parse): AsyncGenerator<ImportRow> {
  let row = 0;
  for await (const { number, text, end } of readLines(path)) {
    row += 1;
    if (row <= from) continue;
    yield {
      row,
      where: `line ${number}`,
      value: parse(text, `${path}, line ${number}`, parseLine),
      text,
      done: end,
    };
  }
}

function parse(text: string, where: string, parseText: Parse): unknown {
  try {
    return parseText(text);
  } catch (error) {
    throw new CommandError(`${where} is not valid JSON: ${(error as Error).message}`);
  }
}
