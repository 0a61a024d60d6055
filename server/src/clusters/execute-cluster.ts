import { readClock, type DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { clusterNotFound } from "./cluster-not-found.ts";
import { enqueue } from "../runs/enqueue.ts";
import { readSameData } from "../runs/snapshots/same-data.ts";
import { lockDefinition } from "./store.ts";

/**
 * Creates an execution of the cluster now, on nobody's schedule. It is never skipped: it waits its turn behind the
 * cluster's others. With `sameDataAs` it reads the documents that run has read.
 */
export async function executeCluster(
  { db, clock }: { readonly db: Database; readonly clock: DatabaseClock },
  owner: { readonly organizationId: string; readonly namespaceId: string },
  clusterId: string,
  {
    runId,
    actor,
    sameDataAs,
  }: { readonly runId: string; readonly actor: string; readonly sameDataAs: string | null },
): Promise<void> {
  return db.transaction(async (tx) => {
    const definition = await lockDefinition(tx, owner.namespaceId, clusterId);
    if (!definition) throw clusterNotFound(clusterId);
    await enqueue(db, tx, [
      {
        runId,
        ...owner,
        clusterId,
        trigger: null,
        dueAt: null,
        triggeredAt: await readClock(tx, clock),
        consumed: null,
        requestedBy: actor,
      },
    ]);
    if (sameDataAs !== null) {
      await readSameData(tx, owner.namespaceId, { runId, definition, sameDataAs });
    }
  });
}
