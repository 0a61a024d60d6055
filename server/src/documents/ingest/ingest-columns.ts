import type { RecordBatch } from "apache-arrow";

import { nextTurn } from "../../platform/timers.ts";
import { mapColumns, type ColumnMapping, type GivenColumns } from "../formats/columns/map-columns.ts";
import { documentsOf } from "../formats/documents-of.ts";
import type { SourceColumn } from "../formats/source.ts";
import { Unreadable } from "../formats/unreadable.ts";
import { FLAGS } from "./given-columns.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { IngestUnit } from "./ingest-unit.ts";

const ROWS_A_UNIT = 10_000;
const BYTES_A_UNIT = 64 * 1024 * 1024;
/** Turned into documents between two turns of the event loop: about 10 ms with 384 dimensions. */
const BYTES_A_TURN = 2 * 1024 * 1024;

export interface BatchSource {
  readonly columns: readonly SourceColumn[];
  batches(options: { columns: readonly string[] }): AsyncGenerator<RecordBatch>;
}

/**
 * Ingests batches of columns: each is a unit; one of more than 10,000 rows or 64 MiB is cut into several. Throws
 * Unreadable for what is broken or cannot be mapped; the units before are stored then.
 */
export async function ingestColumns(
  request: IngestRequest,
  source: BatchSource,
  given: GivenColumns,
): Promise<void> {
  const mapping = mapColumns(source.columns, request.collection.features, given, FLAGS);
  const columns = [mapping.id ?? [], mapping.vectors.map(({ column }) => column), mapping.payload].flat();
  // A unit is committed when the next one is there, so that the last one can be the one that finishes.
  let ready: IngestUnit | undefined;
  let index = 0;
  try {
    for await (const batch of source.batches({ columns })) {
      const rowBytes = Math.max(1, batch.data.byteLength / Math.max(1, batch.numRows));
      const unitRows = Math.max(1, Math.min(ROWS_A_UNIT, Math.floor(BYTES_A_UNIT / rowBytes)));
      for (let from = 0; from < batch.numRows; from += unitRows) {
        const rows = batch.slice(from, Math.min(from + unitRows, batch.numRows));
        const unit = await unitOf(request, mapping, rows, index + from);
        if (ready) await request.commit(ready, false);
        ready = unit;
      }
      index += batch.numRows;
    }
  } catch (error) {
    if (error instanceof Unreadable && ready) await request.commit(ready, false);
    throw error;
  }
  await request.commit(ready ?? new IngestUnit(request), true);
}

async function unitOf(
  request: IngestRequest,
  mapping: ColumnMapping,
  rows: RecordBatch,
  index: number,
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
    await nextTurn();
  }
  return unit;
}
