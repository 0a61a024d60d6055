import type { NewDocument } from "#client/documents.ts";
import { cellWriter, objectText } from "../../documents/formats/columns/cell-json.ts";
import { idReader } from "../../documents/formats/columns/id-column.ts";
import type { ColumnMapping } from "../../documents/formats/columns/map-columns.ts";
import { rowDocument } from "../../documents/formats/columns/row-document.ts";
import { columnData } from "../../documents/formats/documents-of.ts";
import { DocumentRefused } from "../../documents/incoming-document.ts";
import { derivedId } from "./derived-id.ts";
import { CommandError } from "../explain-failure.ts";
import type { BatchImport, PlainDocument, RowImport } from "./import-source.ts";

/** A row that is no document; the import goes on without it. */
export interface RefusedRow {
  readonly row: number;
  readonly where: string;
  readonly message: string;
}

/**
 * The source's rows as documents, each with an id. `onRefused` is told of rows that are none. Without a mapping the rows
 * are documents already; what is wrong with those the server says.
 */
export async function* plainDocuments(
  source: RowImport | BatchImport,
  mapping: ColumnMapping | null,
  from: number,
  onRefused: (row: RefusedRow) => void,
): AsyncGenerator<PlainDocument> {
  if (source.kind === "batches") yield* documentsOfBatches(source, mapping!, from, onRefused);
  else yield* documentsOfRows(source, mapping, from, onRefused);
}

async function* documentsOfRows(
  source: RowImport,
  mapping: ColumnMapping | null,
  from: number,
  onRefused: (row: RefusedRow) => void,
): AsyncGenerator<PlainDocument> {
  for await (const { row, where, value, text, done } of source.rows(from)) {
    if (!isObject(value)) {
      onRefused({ row, where, message: "a document is an object; this is none." });
      continue;
    }
    try {
      const document = mapping ? mapped(source, value, mapping) : (value as NewDocument);
      yield withId(source, { ...document, row, where, done, text: mapping ? undefined : text });
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      onRefused({ row, where, message: error.message });
    }
  }
}

function mapped(source: RowImport, row: Record<string, unknown>, mapping: ColumnMapping): NewDocument {
  const document = rowDocument(row, mapping, source.payloadOf);
  if (source.payloadColumn === undefined) return document;
  return { ...document, payload: row[source.payloadColumn] as Record<string, unknown> };
}

/** Columns as documents, for what cannot be sent as columns. */
async function* documentsOfBatches(
  source: BatchImport,
  mapping: ColumnMapping,
  from: number,
  onRefused: (row: RefusedRow) => void,
): AsyncGenerator<PlainDocument> {
  const { id, vectors, payload } = mapping;
  const wanted = [id ?? [], vectors.map(({ column }) => column), payload].flat();
  let first = from;
  for await (const batch of source.batches(wanted, from)) {
    const readId = id === null ? undefined : idReader(columnData(batch, id), id);
    const readVectors = vectors.map(({ feature, column }) => ({
      feature,
      write: cellWriter(columnData(batch, column), column),
    }));
    const fields = payload.map(
      (name) => [JSON.stringify(name), cellWriter(columnData(batch, name), name)] as const,
    );
    for (let i = 0; i < batch.numRows; i++) {
      const row = first + i + 1;
      const where = `row ${row}`;
      try {
        const given = readVectors.flatMap(({ feature, write }) => {
          const text = write(i);
          return text === undefined ? [] : [[feature, JSON.parse(text) as number[]] as const];
        });
        const text = objectText(fields.map(([key, write]) => [key, write(i)]));
        const document = {
          ...(readId ? { document_id: readId(i) } : {}),
          ...(payload.length === 0 ? {} : { payload: JSON.parse(text) as Record<string, unknown> }),
          vectors: Object.fromEntries(given),
        };
        yield withId(source, { ...document, row, where, done: source.bytesRead?.() ?? row });
      } catch (error) {
        if (!(error instanceof DocumentRefused)) throw error;
        onRefused({ row, where, message: error.message });
      }
    }
    first += batch.numRows;
  }
}

/** Its text is kept: an id is put in front of what is there. */
function withId({ identity }: RowImport | BatchImport, document: PlainDocument): PlainDocument {
  if (document.document_id !== undefined) return document;
  if (identity === null) {
    throw new CommandError(
      "The documents have no ids, and rows of a query have no order that makes them: name the column: --id-column COLUMN",
    );
  }
  const id = derivedId(identity, document.row);
  const text = document.text?.replace(/^\s*\{(\s*\})?/, (_, end?: string) =>
    end === undefined ? `{"document_id":"${id}",` : `{"document_id":"${id}"}`,
  );
  return { ...document, document_id: id, text };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
