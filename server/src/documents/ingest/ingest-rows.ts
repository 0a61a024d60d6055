import { mapColumns, type GivenColumns } from "../formats/columns/map-columns.ts";
import { columnsOfRows, SAMPLE_ROWS } from "../formats/columns/row-columns.ts";
import { csvValue, rowDocument } from "../formats/columns/row-document.ts";
import { openCsv } from "../formats/csv/read-csv.ts";
import { firstOf } from "../formats/first-rows.ts";
import { DocumentRefused } from "../incoming-document.ts";
import { FLAGS } from "./given-columns.ts";
import type { IngestRequest } from "./ingest-request.ts";
import { UnitQueue } from "./unit-queue.ts";

const ROWS_TOGETHER = 1_000;
const BYTES_A_TURN = 1024 * 1024;

/**
 * Ingests CSV, each 1,000 rows (100 on PGlite beside others) committed together while the rest arrives. Throws Unreadable where the text is broken or
 * its columns cannot be mapped; the units before are stored then.
 */
export async function ingestCsv(
  request: IngestRequest,
  source: AsyncIterable<Uint8Array>,
  given: GivenColumns,
): Promise<void> {
  const csv = await openCsv(source);
  const { first, all } = await firstOf(csv.rows(), SAMPLE_ROWS);
  const empty = Object.fromEntries(csv.columns.map((name) => [name, ""]));
  const columns = columnsOfRows(first.length > 0 ? first.map(({ value }) => value) : [empty]);
  const mapping = mapColumns(columns, request.collection.features, given, FLAGS);
  const queue = new UnitQueue(request, ROWS_TOGETHER);
  const giveWay = request.courtesy.begin();
  let sinceTurn = 0;
  for await (const { row, where, value } of all) {
    const unit = await queue.next();
    const bytes = Object.values(value).reduce((sum, cell) => sum + cell.length, 0);
    const place = `Row ${row} (${where}), `;
    try {
      unit.add(rowDocument(value, mapping, csvValue), row - 1, bytes, place);
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      const id = mapping.id === null ? null : (value[mapping.id] ?? null);
      unit.refuse({ index: row - 1, document_id: id, message: `${place}${error.message}` });
    }
    sinceTurn += bytes;
    if (sinceTurn < BYTES_A_TURN) continue;
    sinceTurn = 0;
    await giveWay();
  }
  await queue.end();
}
