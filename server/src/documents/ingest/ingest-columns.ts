import type { RecordBatch } from "apache-arrow";

import { mapColumns, type ColumnMapping, type GivenColumns } from "../formats/columns/map-columns.ts";
import { documentsOf } from "../formats/documents-of.ts";
import type { SourceColumn } from "../formats/source.ts";
import { Unreadable } from "../formats/unreadable.ts";
import { FLAGS } from "./given-columns.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { IngestUnit } from "./ingest-unit.ts";

const ROWS_TOGETHER = 10_000;
const BYTES_TOGETHER = 64 * 1024 * 1024;
/** Turned into documents between two turns of the event loop: about 3 ms with 384 dimensions. */
const BYTES_A_TURN = 512 * 1024;

export interface BatchSource {
  readonly columns: readonly SourceColumn[];
  batches(options: { columns: readonly string[] }): AsyncGenerator<RecordBatch>;
}

/**
 * Ingests batches of columns: each is a unit; one of more than 10,000 rows (2,000 on PGlite, 100 beside others) or 64 MiB is cut. Throws
 * Unreadable for what is broken or cannot be mapped; the units before are stored then.
 */
export async function ingestColumns(
  request: IngestRequest,
  source: BatchSource,
  given: GivenColumns,
): Promise<void> {
  const mapping = mapColumns(source.columns, request.collection.features, given, FLAGS);
  const columns = [mapping.id ?? [], mapping.vectors.map(({ column }) => column), mapping.payload].flat();
  const giveWay = request.courtesy.begin();
  // Units are committed when the next ones are there, so that the last one can be the one that finishes.
  let ready: IngestUnit[] | undefined;
  let index = 0;
  try {
    for await (const batch of source.batches({ columns })) {
      const rowBytes = Math.max(1, batch.data.byteLength / Math.max(1, batch.numRows));
      const together = Math.max(1, Math.min(ROWS_TOGETHER, Math.floor(BYTES_TOGETHER / rowBytes)));
      for (let from = 0; from < batch.numRows; from += together) {
        const to = Math.min(from + together, batch.numRows);
        const unitRows = request.unitOf(ROWS_TOGETHER);
        const units: IngestUnit[] = [];
        for (let start = from; start < to; start += unitRows) {
          const rows = batch.slice(start, Math.min(start + unitRows, to));
          units.push(await unitOf(request, mapping, rows, index + start, giveWay));
        }
        if (ready) await request.commit(ready, false);
        ready = units;
      }
      index += batch.numRows;
    }
  } catch (error) {
    if (error instanceof Unreadable && ready) await request.commit(ready, false);
    throw error;
  }
  await request.commit(ready ?? [new IngestUnit(request)], true);
}

async function unitOf(
  request: IngestRequest,
  mapping: ColumnMapping,
  rows: RecordBatch,
  index: number,
  giveWay: () => Promise<void>,
): Promise<IngestUnit> {
  const unit = new IngestUnit(request);
  const rowBytes = Math.max(1, rows.data.byteLength / Math.max(1, rows.numRows));
  const atOnce = Math.max(1, Math.floor(BYTES_A_TURN / rowBytes));
  for (let from = 0; from < rows.numRows; from += atOnce) {
    const place = { index: index + from, idFor: request.idFor };
    const part = rows.slice(from, Math.min(from + atOnce, rows.numRows));
    const { documents, errors } = documentsOf(part, mapping, request.collection.features, place);
    for (const document of documents) unit.addChecked(document, mapping.id !== null);
    for (const error of errors) unit.refuse(error);
    await giveWay();
  }
  return unit;
}
