import { AppError } from "../../platform/app-error.ts";
import type { Collection } from "../collections/store.ts";
import { DocumentRefused, readDocument, type IncomingVector } from "../incoming-document.ts";

/** What a request wants of a document, checked. */
export interface Update {
  /** Whether the fields are the whole payload, or only those of it that change. */
  readonly replaces: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
  /** In place of the document's vectors of these features; others stay. */
  readonly vectors: readonly IncomingVector[];
  /** Of the fields' text and the vectors: how much a document can grow by it. */
  readonly bytes: number;
}

/**
 * Reads `update_data`: payload fields at the top level, of which null is a value like another, and `vectors` by feature.
 * Throws DocumentRefused for names that answers use themselves, for what cannot be stored and for wrong vectors.
 */
export function readUpdate(
  data: Readonly<Record<string, unknown>>,
  { features }: Collection,
  replaces: boolean,
): Update {
  const { vectors = {}, ...fields } = data;
  // The id is not the document's: it is only there so that none is made.
  const read = readDocument({ document_id: "updated", payload: fields, vectors }, 0, features);
  const vectorBytes = read.vectors.reduce((sum, vector) => sum + vector.values.byteLength, 0);
  return {
    replaces,
    fields,
    vectors: read.vectors,
    bytes: Buffer.byteLength(read.payload ?? "") + vectorBytes,
  };
}

/** The same for a request that is one update: what is wrong with it is the answer. */
export function readOnlyUpdate(
  data: Readonly<Record<string, unknown>>,
  collection: Collection,
  replaces: boolean,
): Update {
  try {
    return readUpdate(data, collection, replaces);
  } catch (error) {
    if (error instanceof DocumentRefused) throw new AppError(error.code, error.message);
    throw error;
  }
}

/** Whether it says nothing: a patch of no fields and no vectors. */
export function isEmpty({ replaces, fields, vectors }: Update): boolean {
  return !replaces && vectors.length === 0 && Object.keys(fields).length === 0;
}
