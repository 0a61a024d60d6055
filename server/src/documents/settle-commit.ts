import type { Tx } from "../db/database.ts";
import { spendQuotas } from "../tenancy/quotas/spend-quotas.ts";
import type { Collection } from "./collections/store.ts";
import type { DocumentsDeps } from "./deps.ts";
import { recordEvent, type EventCounts } from "./store.ts";

/**
 * The last step of every transaction that stores or changes documents: the collection's figures, the row in its event
 * log, and the triggers' hook; throws if the namespace's quotas do not allow it. The caller holds the collection's row. A
 * write that changes nothing and finishes no batch leaves no event.
 */
export async function settleCommit(
  deps: Pick<DocumentsDeps, "clock" | "quotas" | "onCommitted">,
  tx: Tx,
  { collectionId, namespaceId }: Collection,
  counts: EventCounts,
): Promise<void> {
  const { added, updated, batches } = counts;
  if (added + updated + batches === 0) return;
  await spendQuotas(tx, deps.clock, deps.quotas, namespaceId, counts);
  const recorded = await recordEvent(tx, deps.clock.now, collectionId, counts);
  await deps.onCommitted(tx, { collectionId, ...recorded, added, updated, batches });
}
