import { RecordBatch, Table, tableToIPC, Utf8, vectorFromArray, type Data } from "apache-arrow";

import { batchOf, type NamedData } from "../../documents/formats/arrow/build-batch.ts";
import type { ColumnMapping } from "../../documents/formats/columns/map-columns.ts";
import { columnData } from "../../documents/formats/documents-of.ts";
import { derivedId } from "./derived-id.ts";
import type { BatchImport } from "./import-source.ts";
import { PARCEL_BYTES, type Parcel } from "./parcel.ts";

const ROWS_A_PARCEL = 10_000;
const ARROW_STREAM = "application/vnd.apache.arrow.stream";

/**
 * The source's batches as Arrow IPC streams, a request each, cut to 10,000 rows or about 16 MiB. Columns are named so
 * that none stands twice: ids `document_id`, vectors by their feature unless a payload column has that name.
 */
export async function* batchParcels(
  source: BatchImport,
  mapping: ColumnMapping,
  { from, batchSize = ROWS_A_PARCEL }: { readonly from: number; readonly batchSize?: number },
): AsyncGenerator<Parcel> {
  const wanted = [mapping.id ?? [], mapping.vectors.map(({ column }) => column), mapping.payload].flat();
  const features = mapping.vectors.map(({ feature, column }) => ({
    feature,
    column,
    name: mapping.payload.includes(feature) ? `vector of ${feature}` : feature,
  }));
  const columns = {
    id: "document_id",
    vectors: features.map(({ feature, name }) => `${feature}=${name}`),
    payload: mapping.payload,
  };
  let row = from;
  for await (const batch of source.batches(wanted, from)) {
    const rowBytes = Math.max(1, batch.data.byteLength / Math.max(1, batch.numRows));
    const atOnce = Math.max(1, Math.min(batchSize, ROWS_A_PARCEL, Math.floor(PARCEL_BYTES / rowBytes)));
    for (let at = 0; at < batch.numRows; at += atOnce) {
      const part = batch.slice(at, Math.min(at + atOnce, batch.numRows));
      const ids = mapping.id === null ? derivedIds(source, row, part.numRows) : columnData(part, mapping.id);
      const named: NamedData[] = [
        { name: "document_id", data: ids },
        ...features.map(({ name, column }) => ({ name, data: columnData(part, column) })),
        ...mapping.payload.map((name) => ({ name, data: columnData(part, name) })),
      ];
      const first = row;
      row += part.numRows;
      yield {
        body: toStream(batchOf(part.numRows, named)),
        contentType: ARROW_STREAM,
        columns,
        documents: part.numRows,
        rows: row,
        done: source.bytesRead?.() ?? row,
        whereOf: (index) => `row ${first + index + 1}`,
      };
    }
  }
}

function toStream(batch: RecordBatch): Uint8Array {
  return tableToIPC(new Table([batch]), "stream");
}

function derivedIds({ identity, label }: BatchImport, first: number, rows: number): Data {
  const ids = Array.from({ length: rows }, (_, i) => derivedId(identity ?? label, first + i + 1));
  return vectorFromArray(ids, new Utf8()).data[0]!;
}
