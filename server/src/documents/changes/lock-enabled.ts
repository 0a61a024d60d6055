import type { Tx } from "../../db/database.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import type { Collection } from "../collections/store.ts";
import { lockForDocuments } from "../store.ts";

/** Locks the collection's row for a change; throws `not_found` if it is gone and `illegal_state_change` if it is disabled. */
export async function lockEnabled(tx: Tx, collection: Collection): Promise<void> {
  const head = await lockForDocuments(tx, collection.collectionId);
  if (!head) throw notFound("collection", collection.collectionId);
  if (head.enabled) return;
  throw new AppError(
    "illegal_state_change",
    `The collection '${collection.name}' is disabled: its documents cannot be changed. Set enabled to true first.`,
  );
}
