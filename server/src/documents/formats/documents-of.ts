import type { Data, RecordBatch } from "apache-arrow";

import type { Feature } from "#contract/collections.ts";
import { Unstorable } from "../canonical-json.ts";
import { hashOf } from "../content-hash.ts";
import {
  contentOf,
  DocumentRefused,
  type DocumentError,
  type IncomingDocument,
  type IncomingVector,
  type MissingId,
} from "../incoming-document.ts";
import { cellWriter, objectText } from "./columns/cell-json.ts";
import { idReader } from "./columns/id-column.ts";
import type { ColumnMapping } from "./columns/map-columns.ts";
import { vectorReader } from "./columns/vector-column.ts";
import { Unreadable } from "./unreadable.ts";

export interface BatchDocuments {
  readonly documents: readonly IncomingDocument[];
  /** Of the rows that are wrong by themselves; the message names row (from 1) and column. */
  readonly errors: readonly DocumentError[];
}

export interface BatchPlace {
  /** Of the first row among all rows, from 0. */
  readonly index: number;
  /** Makes the id of a document that has none. */
  readonly idFor: MissingId;
}

/**
 * The rows of a batch as checked documents. Vectors of float32 stay views of the batch's memory. Throws Unreadable where
 * the batch itself is broken or a column is of a type that cannot be what the mapping says.
 */
export function documentsOf(
  batch: RecordBatch,
  mapping: ColumnMapping,
  features: readonly Feature[],
  { index: first, idFor }: BatchPlace,
): BatchDocuments {
  const readId = mapping.id === null ? undefined : idReader(columnData(batch, mapping.id), mapping.id);
  const readers = mapping.vectors.map(({ feature: name, column }) => {
    const feature = features.findIndex((known) => known.name === name);
    if (feature < 0) throw new Unreadable(`The collection has no feature '${name}' (column '${column}').`);
    return {
      feature,
      column,
      read: vectorReader(columnData(batch, column), column, features[feature]!.dimensions),
    };
  });
  const readPayload = payloadReader(batch, mapping.payload);
  const documents: IncomingDocument[] = [];
  const errors: DocumentError[] = [];
  for (let row = 0; row < batch.numRows; row++) {
    const index = first + row;
    let documentId: string | null = null;
    try {
      if (readId) documentId = inColumn(mapping.id!, () => readId(row));
      const vectors: IncomingVector[] = [];
      for (const { feature, column, read } of readers) {
        const values = inColumn(column, () => read(row));
        if (values === undefined) continue;
        const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        vectors.push({ feature, values, hash: hashOf(bytes) });
      }
      const payload = readPayload?.(row);
      const payloadHash = payload === undefined ? undefined : hashOf(payload);
      documentId ??= idFor(index, contentOf(payloadHash, vectors));
      documents.push({ index, documentId, payload, payloadHash, vectors });
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      const id = readId ? documentId : null;
      errors.push({ index, document_id: id, message: `Row ${index + 1}, ${error.message}` });
    }
  }
  return { documents, errors };
}

/** The payload's canonical JSON by row; undefined if no column is payload, so that an update leaves what is stored. */
function payloadReader(
  batch: RecordBatch,
  columns: readonly string[],
): ((row: number) => string) | undefined {
  if (columns.length === 0) return undefined;
  const fields = [...columns].sort().map((column) => {
    const write = cellWriter(columnData(batch, column), column);
    return { key: JSON.stringify(column), write: (row: number) => inColumn(column, () => write(row)) };
  });
  return (row) => objectText(fields.map(({ key, write }) => [key, write(row)]));
}

function inColumn<T>(column: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Unstorable) {
      throw new DocumentRefused(`column '${column}': ${error.message}, which cannot be stored.`);
    }
    if (!(error instanceof DocumentRefused)) throw error;
    throw new DocumentRefused(`column '${column}': ${error.message}`, error.code);
  }
}

/** The column's one piece of memory. */
export function columnData(batch: RecordBatch, name: string): Data {
  const at = batch.schema.fields.findIndex((field) => field.name === name);
  const data = batch.data.children[at];
  if (at < 0 || !data) throw new Unreadable(`There is no column '${name}'.`);
  if (data.length !== batch.numRows) {
    throw new Unreadable(`Column '${name}' is broken: it has ${data.length} of ${batch.numRows} rows.`);
  }
  return data;
}
