import type { Recluster } from "#client/client.ts";
import { RequestError } from "#client/request-error.ts";
import { COLLECTION_NAME_LENGTH, type CollectionResponse, type Feature } from "#contract/collections.ts";
import { rangeReader } from "../../documents/formats/columns/cell-json.ts";
import type { ColumnMapping } from "../../documents/formats/columns/map-columns.ts";
import { assertLists } from "../../documents/formats/columns/vector-column.ts";
import { columnData } from "../../documents/formats/documents-of.ts";
import { firstOf } from "../../documents/formats/first-rows.ts";
import { CommandError } from "../explain-failure.ts";
import type { BatchImport, PlainDocument } from "./import-source.ts";
import type { RefusedRow } from "./plain-documents.ts";

/** Documents that are looked at for the length of their vectors. */
const LOOKED_AT = 10_000;

/** A name is often the file's, which nobody chose for a collection. */
export function assertCollectionName(name: string): void {
  const { minLength, maxLength } = COLLECTION_NAME_LENGTH;
  const { length } = Array.from(name);
  if (length >= minLength && length <= maxLength) return;
  throw new CommandError(
    `'${name}' cannot be a collection's name: it has ${length} characters, and ${minLength} to ${maxLength} are taken. Name the collection: --collection NAME`,
  );
}

export async function findCollection(client: Recluster, name: string): Promise<CollectionResponse | null> {
  try {
    return await client.collections.get(name);
  } catch (error) {
    if (error instanceof RequestError && error.status === 404) return null;
    throw error;
  }
}

/** Makes a collection; throws CommandError if there is no feature for it. */
export async function makeCollection(
  client: Recluster,
  name: string,
  features: readonly Feature[],
): Promise<CollectionResponse> {
  if (features.length === 0) {
    throw new CommandError(
      'The documents have no vectors, so the collection cannot be made. Expected {"vectors": {"<feature>": [numbers]}}, or columns of vectors.',
    );
  }
  return client.collections.create({ collection_name: name, features: [...features] });
}

/** The features that the first vectors in columns show. */
export async function featuresOfBatches(source: BatchImport, mapping: ColumnMapping): Promise<Feature[]> {
  const found = new Map<string, number>();
  const columns = mapping.vectors.map(({ column }) => column);
  let rows = 0;
  for await (const batch of source.batches(columns, 0)) {
    for (const { feature, column } of mapping.vectors) {
      const data = columnData(batch, column);
      assertLists(data, column);
      const range = rangeReader(data, column);
      for (let row = 0; row < data.length && !found.has(feature); row++) {
        if (!data.getValid(row)) continue;
        const [from, to] = range(row);
        if (to > from) found.set(feature, to - from);
      }
    }
    rows += batch.numRows;
    if (found.size === mapping.vectors.length || rows >= LOOKED_AT) break;
  }
  if (rows === 0) throw new CommandError(`${source.label} holds no rows.`);
  return [...found].map(([name, dimensions]) => ({ name, dimensions }));
}

/** The features of the first document that has vectors, and all documents, those looked at included. */
export async function featuresOfDocuments(
  documents: AsyncGenerator<PlainDocument>,
  label: string,
  refused: readonly RefusedRow[],
): Promise<{ features: Feature[]; all: AsyncGenerator<PlainDocument> }> {
  const hasVectors = ({ vectors }: PlainDocument) => Object.keys(vectors ?? {}).length > 0;
  const { first, all } = await firstOf(documents, LOOKED_AT, hasVectors);
  if (first.length === 0 && refused.length > 0) {
    const { where, message } = refused[0]!;
    throw new CommandError(
      `${label}: none of its ${refused.length} rows is a document. ${where}: ${message}`,
    );
  }
  if (first.length === 0) throw new CommandError(`${label} holds no documents.`);
  const { vectors = {} } = first.at(-1)!;
  return {
    features: Object.entries(vectors).map(([name, vector]) => ({ name, dimensions: vector.length })),
    all,
  };
}
