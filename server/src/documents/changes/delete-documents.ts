import { sql as fragment } from "kysely";

import type { BatchResult } from "#contract/document-changes.ts";
import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import type { Filter } from "../filters/filter.ts";
import { filterSql } from "../filters/filter-sql.ts";
import { lockCollection } from "../lock-collection.ts";
import { deleteDocumentRows } from "../store.ts";
import { missing, twice } from "./change-batch.ts";
import { withDurable } from "./durable-so-far.ts";
import { unitsMatching } from "./units-matching.ts";

/** Deletes documents by their ids, up to 1,000, together. An id that is not there, or stands there twice, fails alone. */
export async function deleteBatch(
  deps: DocumentsDeps,
  collection: Collection,
  documentIds: readonly string[],
): Promise<{ deleted: number; results: BatchResult[] }> {
  const deleted = await deleteUnit(deps, collection, [...new Set(documentIds)], null);
  const gone = new Set(deleted);
  const seen = new Set<string>();
  const results = documentIds.map((document_id) => {
    const error = seen.has(document_id)
      ? twice("delete")
      : gone.has(document_id)
        ? null
        : missing(document_id);
    seen.add(document_id);
    return { document_id, success: error === null, error };
  });
  return { deleted: deleted.length, results };
}

/** Deletes every document the filter matches, unit by unit; throws with what is durable by then in the details. */
export async function deleteMatching(
  deps: DocumentsDeps,
  collection: Collection,
  filter: Filter,
): Promise<number> {
  const done = { deleted: 0 };
  try {
    for await (const unit of unitsMatching(deps, collection, filter)) {
      done.deleted += (await deleteUnit(deps, collection, unit, filter)).length;
      deps.signals.announce("documents.deleted", done);
    }
  } catch (error) {
    throw withDurable(error, done);
  }
  return done.deleted;
}

/** Those of the documents that are there, and match the filter under the collection's lock. */
async function deleteUnit(
  { db }: DocumentsDeps,
  collection: Collection,
  documentIds: readonly string[],
  filter: Filter | null,
): Promise<string[]> {
  const { collectionId } = collection;
  return db.transaction(async (tx) => {
    await lockCollection(tx, collection);
    if (filter === null) return deleteDocumentRows(tx, collectionId, documentIds);
    const matching = await tx
      .selectFrom("documents as d")
      .select("document_id")
      .where("collection_id", "=", collectionId)
      .where(fragment<boolean>`document_id = any(${documentIds}::text[])`)
      .where(filterSql(filter, "d"))
      .execute();
    return deleteDocumentRows(
      tx,
      collectionId,
      matching.map((row) => row.document_id),
    );
  });
}
