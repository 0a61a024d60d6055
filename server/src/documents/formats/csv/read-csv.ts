import { CsvError, parse } from "csv-parse";

import type { SourceRow } from "../source.ts";
import { Unreadable } from "../unreadable.ts";

/** A row is held in memory; a vector of 4,096 numbers as text has about 80 KB. */
const MAX_ROW_BYTES = 16 * 1024 * 1024;
const DELIMITERS = [",", ";", "\t"];

export interface CsvRows {
  readonly columns: readonly string[];
  /** Each row as an object of texts by column. */
  rows(): AsyncGenerator<SourceRow & { readonly value: Record<string, string> }>;
}

/**
 * CSV (RFC 4180: quotes, doubled quotes, line ends in quotes, CRLF or LF), UTF-8 with or without a byte order mark, its
 * first line the names of the columns; semicolons and tabs instead of commas are found by that line. Throws Unreadable
 * with line and row for a broken quote, another number of cells than columns, or bytes that are not UTF-8.
 */
export async function openCsv(source: AsyncIterable<Uint8Array>): Promise<CsvRows> {
  const texts = decoded(source)[Symbol.asyncIterator]();
  let start = "";
  while (!/\n/.test(start)) {
    const next = await texts.next();
    if (next.done) break;
    start += next.value;
    if (start.length > MAX_ROW_BYTES)
      throw new Unreadable("Its first line has more than 16 MiB: it is no CSV file.");
  }
  if (start.trim() === "") throw new Unreadable("It is empty; the first line must name the columns.");
  const records = readRecords(start, texts, delimiterOf(start));
  const head = await records.next();
  if (head.done) throw new Unreadable("It is empty; the first line must name the columns.");
  const columns = head.value.record;
  assertColumns(columns);
  return { columns, rows: () => toRows(columns, records) };
}

async function* toRows(
  columns: readonly string[],
  records: AsyncGenerator<CsvRecord>,
): AsyncGenerator<SourceRow & { readonly value: Record<string, string> }> {
  let row = 0;
  for await (const { record, line } of records) {
    row += 1;
    if (record.length !== columns.length) {
      throw new Unreadable(
        `Line ${line} (row ${row}) has ${record.length} cells; the first line names ${columns.length} columns. ` +
          "A cell with a comma needs quotes around it.",
      );
    }
    yield {
      row,
      where: `line ${line}`,
      value: Object.fromEntries(columns.map((name, i) => [name, record[i]!])),
    };
  }
}

interface CsvRecord {
  readonly record: string[];
  /** The line it ends on. */
  readonly line: number;
}

async function* readRecords(
  start: string,
  texts: AsyncIterator<string>,
  delimiter: string,
): AsyncGenerator<CsvRecord> {
  const parser = parse({
    delimiter,
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: MAX_ROW_BYTES,
  });
  const feeding = feed(parser, start, texts);
  try {
    for await (const { record, info } of parser as AsyncIterable<{
      record: string[];
      info: { lines: number };
    }>) {
      yield { record, line: info.lines };
    }
    await feeding;
  } catch (error) {
    await feeding.catch(() => undefined);
    if (error instanceof CsvError) throw explain(error);
    throw error;
  } finally {
    parser.destroy();
    await texts.return?.();
  }
}

/** Writes the text to the parser as it takes it; what goes wrong with the source comes out of the parser. */
async function feed(
  parser: ReturnType<typeof parse>,
  start: string,
  texts: AsyncIterator<string>,
): Promise<void> {
  try {
    let text: string | undefined = start;
    while (text !== undefined && !parser.destroyed) {
      if (!parser.write(text)) {
        await new Promise<void>((resolve) => {
          parser.once("drain", resolve);
          parser.once("close", resolve);
        });
      }
      const next = await texts.next();
      text = next.done ? undefined : next.value;
    }
    parser.end();
  } catch (error) {
    parser.destroy(error as Error);
  }
}

const FAULTS: Partial<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: "a quote is opened and not closed before the end",
  CSV_INVALID_CLOSING_QUOTE:
    'a quote closes in the middle of a cell; a quote inside a quoted cell is written twice ("")',
  INVALID_OPENING_QUOTE: "a quote stands in the middle of a cell without quotes around it",
  CSV_MAX_RECORD_SIZE: "the row has more than 16 MiB",
};

function explain(error: CsvError): Unreadable {
  const { lines, column, records } = error as CsvError & {
    lines?: number;
    column?: number | string;
    /** Whole ones before, the first line counted. */
    records?: number;
  };
  const cell = typeof column === "number" ? `, cell ${column + 1}` : "";
  return new Unreadable(
    `Line ${lines ?? "?"} (row ${records ?? "?"}${cell}) is broken: ${FAULTS[error.code] ?? error.message}.`,
    { cause: error },
  );
}

function delimiterOf(start: string): string {
  const line = start.slice(0, (start + "\n").indexOf("\n")).replaceAll(/"[^"]*"/g, "");
  const counts = DELIMITERS.map((delimiter) => line.split(delimiter).length);
  return DELIMITERS[counts.indexOf(Math.max(...counts))]!;
}

function assertColumns(columns: readonly string[]): void {
  for (const [i, name] of columns.entries()) {
    if (name.trim() === "" && i > 0) throw new Unreadable(`Column ${i + 1} has no name in the first line.`);
    if (columns.indexOf(name) !== i) {
      throw new Unreadable(
        `Two columns are named '${name}' (${columns.indexOf(name) + 1} and ${i + 1}); rename one.`,
      );
    }
  }
}

async function* decoded(source: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  let at = 0;
  for await (const chunk of source) {
    if (at === 0 && ((chunk[0] === 0xff && chunk[1] === 0xfe) || (chunk[0] === 0xfe && chunk[1] === 0xff))) {
      throw new Unreadable("It is UTF-16; save it as UTF-8 (in Excel: CSV UTF-8).");
    }
    yield decode(decoder, chunk, at);
    at += chunk.length;
  }
  yield decode(decoder, undefined, at);
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  chunk: Uint8Array | undefined,
  at: number,
): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined });
  } catch {
    throw new Unreadable(`It is not UTF-8 after byte ${at}; save it as UTF-8.`);
  }
}
