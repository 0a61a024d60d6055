import type { BatchResult } from "#contract/document-changes.ts";
import type { Collection } from "../collections/store.ts";
import type { DocumentsDeps } from "../deps.ts";
import { DocumentRefused } from "../incoming-document.ts";
import { findStates } from "../store.ts";
import { changeUnit } from "./change-unit.ts";
import { withDurable } from "./durable-so-far.ts";
import { readUpdate, type Update } from "./read-update.ts";
import { unitsOf } from "./units-matching.ts";

interface AskedUpdate {
  readonly document_id: string;
  readonly update_data: Readonly<Record<string, unknown>>;
}

/**
 * Changes documents by their ids. An update that is wrong by itself, of a document that does not exist or of one that an update before
 * it names, fails alone; the others commit together (in several units only if they are larger than one transaction takes).
 */
export async function changeBatch(
  deps: DocumentsDeps,
  collection: Collection,
  asked: readonly AskedUpdate[],
): Promise<{ updated: number; results: BatchResult[] }> {
  const { updates, errors } = readBatch(asked, collection);
  const states = await findStates(deps.db.sql, collection.collectionId, [...updates.keys()]);
  const sized = [...updates].map(([documentId, { bytes }]) => {
    const stored = states.get(documentId)?.sizeBytes ?? 0;
    return { documentId, sizeBytes: stored + bytes };
  });
  const found = new Set<string>();
  const done = { matched: 0, updated: 0 };
  try {
    for (const unit of unitsOf(sized)) {
      const changes = unit.map((documentId) => ({ documentId, update: updates.get(documentId)! }));
      const result = await changeUnit(deps, collection, changes);
      for (const id of result.found) found.add(id);
      done.matched = found.size;
      done.updated += result.changed.size;
    }
  } catch (error) {
    throw withDurable(error, done);
  }
  const results = asked.map(({ document_id }, index) => {
    const error = errors.get(index) ?? (found.has(document_id) ? null : missing(document_id));
    return { document_id, success: error === null, error };
  });
  return { updated: done.updated, results };
}

/** The updates by id, and what is wrong with the others by their place in the request. */
function readBatch(asked: readonly AskedUpdate[], collection: Collection) {
  const updates = new Map<string, Update>();
  const errors = new Map<number, string>();
  const seen = new Set<string>();
  for (const [index, { document_id, update_data }] of asked.entries()) {
    if (seen.has(document_id)) {
      errors.set(index, twice("update"));
      continue;
    }
    seen.add(document_id);
    try {
      updates.set(document_id, readUpdate(update_data, collection, false));
    } catch (error) {
      if (!(error instanceof DocumentRefused)) throw error;
      errors.set(index, error.message);
    }
  }
  return { updates, errors };
}

export const missing = (documentId: string) =>
  `document '${documentId.slice(0, 255)}' was not found in this collection.`;
export const twice = (what: "update" | "delete") =>
  `The id stands twice in this request; the first ${what} of it counts.`;
