import type { RecordBatch } from "apache-arrow";

import type { NewDocument } from "#client/documents.ts";
import type { SourceColumn } from "../../documents/formats/source.ts";

/** A document on its way, with where it came from. */
export interface PlainDocument extends NewDocument {
  /** From 1. */
  readonly row: number;
  /** For people: `line 7`. */
  readonly where: string;
  /** How much of the source's measure has been read with it. */
  readonly done: number;
  /** The JSON text of the document as it came, where it can be sent so. */
  readonly text?: string | undefined;
}

/** How far a source is read, for the progress bar. */
export interface Measure {
  /** Null: nobody knows before the end. */
  readonly total: number | null;
  readonly unit: "rows" | "bytes";
}

interface AnySource {
  /** For people: the file's name, or the database. */
  readonly label: string;
  /** The same for the same data: ids of documents that have none are made of it. Null: the rows have no order that holds. */
  readonly identity: string | null;
  readonly measure: Measure;
  close(): Promise<void>;
}

/** Rows in columns: Parquet, Arrow, npy with ids. */
export interface BatchImport extends AnySource {
  readonly kind: "batches";
  readonly columns: readonly SourceColumn[];
  /** Batches of some megabytes; `from`: the first row wanted, from 0. */
  batches(columns: readonly string[], from: number): AsyncGenerator<RecordBatch>;
  /** How much of the measure has been read, where that is bytes. */
  bytesRead?(): number;
}

/** Rows or documents one by one: CSV, NDJSON, JSON, PostgreSQL, npy with payloads. */
export interface RowImport extends AnySource {
  readonly kind: "rows";
  /** Null: they are documents {document_id?, payload?, vectors?} as they come. */
  readonly columns: readonly SourceColumn[] | null;
  rows(from: number): AsyncGenerator<ImportRow>;
  /** The column whose value is the whole payload, an object; it is none of `columns`. */
  readonly payloadColumn?: string;
  /** A cell of `value` as it goes into the payload. */
  readonly payloadOf?: (cell: unknown) => unknown;
}

export interface ImportRow {
  readonly row: number;
  readonly where: string;
  readonly value: unknown;
  readonly text?: string;
  readonly done: number;
}

export type ImportSource = BatchImport | RowImport;
