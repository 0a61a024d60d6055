import { createReadStream } from "node:fs";
import { basename, extname } from "node:path";

import { cellWriter, objectText } from "../../documents/formats/columns/cell-json.ts";
import { csvValue } from "../../documents/formats/columns/row-document.ts";
import { openCsv } from "../../documents/formats/csv/read-csv.ts";
import { columnData } from "../../documents/formats/documents-of.ts";
import { openFile } from "../../documents/formats/bytes-at.ts";
import { readTexts } from "../../documents/formats/npy/read-texts.ts";
import { openParquet } from "../../documents/formats/parquet/open-parquet.ts";
import { CommandError } from "../explain-failure.ts";
import { readJsonArray } from "./open-json.ts";
import { parseExactly } from "./parse-exactly.ts";
import { readLines } from "./read-lines.ts";

/**
 * The ids of `--ids FILE`, one a row: lines of a text file, the first column of a CSV file, an array of JSON, a `.npy`
 * of texts or whole numbers. All in memory.
 */
export async function readIds(path: string): Promise<string[]> {
  switch (extname(path).toLowerCase()) {
    case ".json":
      return (await readJsonArray(path, parseExactly)).map((id, i) => idText(id, `${path}, item ${i + 1}`));
    case ".csv":
    case ".tsv": {
      const csv = await openCsv(createReadStream(path) as AsyncIterable<Buffer>);
      const column = csv.columns[0]!;
      const ids: string[] = [];
      for await (const { value } of csv.rows()) ids.push(value[column]!);
      return ids;
    }
    case ".npy":
      return readTexts(createReadStream(path) as AsyncIterable<Buffer>);
    default: {
      const ids: string[] = [];
      for await (const { text } of readLines(path)) ids.push(text.trim());
      return ids;
    }
  }
}

function idText(id: unknown, where: string): string {
  if (typeof id === "string" || Number.isSafeInteger(id)) return String(id);
  throw new CommandError(`${where}: an id is a text or a whole number; this is ${JSON.stringify(id)}.`);
}

export interface Payloads {
  readonly rows: number;
  /** Each row's payload as JSON text, from `from` on. */
  texts(from: number): AsyncGenerator<string>;
}

/** The payloads of `--payloads FILE`, one a row: NDJSON objects, or the columns of CSV or Parquet. */
export async function openPayloads(path: string): Promise<Payloads> {
  switch (extname(path).toLowerCase()) {
    case ".ndjson":
    case ".jsonl":
      return counted(() => ndjsonPayloads(path));
    case ".csv":
    case ".tsv":
      return counted(() => csvPayloads(path));
    case ".parquet":
      return parquetPayloads(path);
    default:
      throw new CommandError(
        `--payloads ${basename(path)}: payloads are read from .ndjson, .csv and .parquet.`,
      );
  }
}

async function counted(open: () => AsyncGenerator<string>): Promise<Payloads> {
  let rows = 0;
  for await (const _ of open()) rows += 1;
  async function* texts(from: number) {
    let row = 0;
    for await (const text of open()) if (row++ >= from) yield text;
  }
  return { rows, texts };
}

async function* ndjsonPayloads(path: string): AsyncGenerator<string> {
  for await (const { number, text } of readLines(path)) {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new CommandError(`${path}, line ${number} is not valid JSON: ${(error as Error).message}`);
    }
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new CommandError(
        `${path}, line ${number}: a payload is an object; this is ${text.slice(0, 60)}.`,
      );
    }
    yield text;
  }
}

async function* csvPayloads(path: string): AsyncGenerator<string> {
  const csv = await openCsv(createReadStream(path) as AsyncIterable<Buffer>);
  for await (const { value } of csv.rows()) {
    yield JSON.stringify(
      Object.fromEntries(Object.entries(value).map(([name, cell]) => [name, csvValue(cell)])),
    );
  }
}

async function parquetPayloads(path: string): Promise<Payloads> {
  const file = await openFile(path);
  const first = await openParquet(file);
  const { rows, columns } = first;
  await first.close();
  await file.close();
  async function* texts(from: number) {
    const again = await openFile(path);
    const parquet = await openParquet(again);
    try {
      const names = columns.map(({ name }) => name);
      for await (const batch of parquet.batches({ columns: names, from })) {
        const fields = names.map(
          (name) => [JSON.stringify(name), cellWriter(columnData(batch, name), name)] as const,
        );
        for (let row = 0; row < batch.numRows; row++) {
          yield objectText(fields.map(([key, write]) => [key, write(row)]));
        }
      }
    } finally {
      await parquet.close();
      await again.close();
    }
  }
  return { rows, texts };
}
