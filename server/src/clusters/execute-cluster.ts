import { readClock, type DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { notFound } from "../platform/app-error.ts";
import { enqueue } from "../runs/enqueue.ts";

import { lockCluster } from "./store.ts";

/**
 * Creates an execution of the cluster now, on nobody's schedule. It is never skipped: it waits its turn behind the
 * cluster's others.
 */
export async function executeCluster(
  { db, clock }: { readonly db: Database; readonly clock: DatabaseClock },
  owner: { readonly organizationId: string; readonly namespaceId: string },
  clusterId: string,
  actor: string,
  runId: string,
): Promise<void> {
  return db.transaction(async (tx) => {
    if (!(await lockCluster(tx, owner.namespaceId, clusterId))) throw notFound("cluster", clusterId);
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
  });
}
