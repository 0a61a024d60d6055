import type { DocumentResponse } from "#contract/documents.ts";
import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { readVectorsOf, toDocumentResponse } from "../document-response.ts";
import { findDocuments } from "../store.ts";
import type { Found } from "./find-page.ts";
import { selectFields, type Selection } from "./select-fields.ts";

/** Documents that were found, as they are answered, in the same order; one that was deleted meanwhile is left out. */
export async function readResults(
  { db, vectors }: Pick<DocumentsDeps, "db" | "vectors">,
  collection: Collection,
  found: readonly Found[],
  { selection, withVectors }: { readonly selection: Selection | null; readonly withVectors: boolean },
): Promise<DocumentResponse[]> {
  const unread = found.filter(({ row }) => row === undefined).map(({ documentId }) => documentId);
  const stored = await findDocuments(db.sql, collection.collectionId, unread);
  const rows = found.flatMap(({ row, documentId }) => row ?? stored.get(documentId) ?? []);
  const own = withVectors ? await readVectorsOf(db.sql, vectors, collection, rows) : undefined;
  return rows.map((row, index) => {
    if (!selection) return toDocumentResponse(collection, row, own?.[index]);
    const payload = selectFields(row.payload, selection.paths);
    const response = toDocumentResponse(collection, { ...row, payload }, own?.[index]);
    return selection.internal ? response : { ...response, _internal: null };
  });
}
