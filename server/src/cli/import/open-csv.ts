import { createReadStream } from "node:fs";
import { basename } from "node:path";

import { columnsOfRows, SAMPLE_ROWS } from "../../documents/formats/columns/row-columns.ts";
import { csvValue } from "../../documents/formats/columns/row-document.ts";
import { openCsv } from "../../documents/formats/csv/read-csv.ts";
import type { ImportRow, RowImport } from "./import-source.ts";

interface CsvFile {
  readonly path: string;
  readonly size: number;
  readonly identity: string;
}

export async function openCsvFile({ path, size, identity }: CsvFile): Promise<RowImport> {
  async function* rows(from: number): AsyncGenerator<ImportRow> {
    const stream = createReadStream(path, { highWaterMark: 1024 * 1024 });
    const csv = await openCsv(stream as AsyncIterable<Buffer>);
    for await (const { row, where, value } of csv.rows()) {
      if (row > from) yield { row, where, value, done: Math.min(stream.bytesRead, size) };
    }
  }
  const csv = await openCsv(createReadStream(path) as AsyncIterable<Buffer>);
  const sample: Record<string, unknown>[] = [];
  for await (const { value } of csv.rows()) {
    sample.push(value);
    if (sample.length === SAMPLE_ROWS) break;
  }
  const empty = Object.fromEntries(csv.columns.map((name) => [name, ""]));
  return {
    kind: "rows",
    label: basename(path),
    identity,
    measure: { total: size, unit: "bytes" },
    columns: columnsOfRows(sample.length > 0 ? sample : [empty]),
    rows,
    payloadOf: csvValue,
    close: () => Promise.resolve(),
  };
}
