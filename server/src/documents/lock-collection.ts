import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../platform/app-error.ts";
import type { Collection } from "./collections/store.ts";

/**
 * Locks the collection's row: whoever writes documents holds it, so commits and the event log have one order.
 * @throws AppError `not_found` if it is gone.
 */
export async function lockCollection(tx: Tx, { collectionId }: Collection): Promise<{ enabled: boolean }> {
  const head = await tx
    .selectFrom("collections")
    .select("enabled")
    .where("collection_id", "=", collectionId)
    .forUpdate()
    .executeTakeFirst();
  if (!head) throw notFound("collection", collectionId);
  return head;
}

/**
 * The same for who adds or changes documents.
 * @throws AppError `not_found` if it is gone, `illegal_state_change` if it is disabled.
 */
export async function lockEnabled(tx: Tx, collection: Collection): Promise<void> {
  const { enabled } = await lockCollection(tx, collection);
  if (enabled) return;
  throw new AppError(
    "illegal_state_change",
    `The collection '${collection.name}' is disabled: documents can be neither added nor changed. Set enabled to true first.`,
  );
}
