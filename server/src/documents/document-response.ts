import type { DocumentResponse } from "#contract/documents.ts";
import type { Sql } from "../db/database.ts";
import type { Collection } from "./collections/store.ts";
import { readStaged, type DocumentRow } from "./store.ts";
import type { VectorStore } from "./vector-store.ts";

/**
 * A document as it is answered: the payload's fields at the top level, where a client of the hosted service reads
 * them (names the answer uses itself are refused on the way in), and `vectors` by feature if given.
 */
export function toDocumentResponse(
  collection: Collection,
  row: DocumentRow,
  vectors?: Record<string, number[]>,
): DocumentResponse {
  const { collectionId: collection_id, namespaceId: namespace_id } = collection;
  return {
    ...row.payload,
    document_id: row.document_id,
    collection_id,
    document_blobs: [],
    ...(vectors ? { vectors } : {}),
    _internal: {
      internal_id: null,
      namespace_id,
      document_id: row.document_id,
      collection_id,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
      lineage: null,
      processing: null,
      source_blobs: null,
      document_blobs: null,
      source_details: null,
      modality: null,
      metadata: null,
      mime_type: null,
      size_bytes: null,
      content_hash: row.content_hash,
    },
  };
}

/** Each row's vectors by feature name, in the order of the rows. */
export async function readVectorsOf(
  sql: Sql,
  store: VectorStore,
  { collectionId, features }: Collection,
  rows: readonly DocumentRow[],
): Promise<Record<string, number[]>[]> {
  // Staged first: a vector that a flush moves meanwhile is in the store before it leaves the staged rows.
  const staged = await readStaged(
    sql,
    rows.flatMap((row) => row.vector_ids.filter((id) => id !== null)),
  );
  const answers = rows.map((): Record<string, number[]> => ({}));
  for (const [feature, { name, dimensions }] of features.entries()) {
    const ids = rows.map((row) => row.vector_ids[feature] ?? null);
    const missing = ids.filter((id) => id !== null && !staged.has(id)) as number[];
    const stored = await store.read({ collectionId, feature }, dimensions, missing);
    for (const [row, id] of ids.entries()) {
      const vector = id === null ? undefined : (staged.get(id) ?? stored.get(id));
      if (vector) answers[row]![name] = Array.from(vector);
      else if (id !== null) throw new Error(`vector ${id} of ${collectionId} feature ${feature} is nowhere`);
    }
  }
  return answers;
}
