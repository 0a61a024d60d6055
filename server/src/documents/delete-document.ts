import type { Database } from "../db/database.ts";
import { notFound } from "../platform/app-error.ts";
import type { Collection } from "./collections/store.ts";
import { lockCollection } from "./lock-collection.ts";
import { deleteDocumentRows } from "./store.ts";

/** Deletes a document; throws `not_found`. The event log counts what was added and updated, so it says nothing here. */
export async function deleteDocument(
  db: Database,
  collection: Collection,
  documentId: string,
): Promise<void> {
  await db.transaction(async (tx) => {
    await lockCollection(tx, collection);
    const deleted = await deleteDocumentRows(tx, collection.collectionId, [documentId]);
    if (deleted.length === 0) throw notFound("document", documentId);
  });
}
