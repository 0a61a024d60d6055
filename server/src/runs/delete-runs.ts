import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import type { SnapshotManifest } from "../documents/snapshot.ts";
import { removeRun } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";

/**
 * Deletes a cluster's executions with their attempts and clusters, in the caller's transaction, which holds the
 * cluster's triggers and the cluster (`for update`). What computes loses its lease with its row: its worker is woken
 * by the commit and ends the process. Call the returned function after the commit: it removes the files.
 */
export async function deleteRunsOfCluster(
  deps: RunsDeps,
  tx: Tx,
  clusterId: string,
): Promise<() => Promise<void>> {
  await sql`select 1 from executions where cluster_id = ${clusterId} order by run_id for update`.execute(tx);
  const { rows } = await sql<{ run_id: string; snapshot: SnapshotManifest | null }>`
    delete from executions where cluster_id = ${clusterId} returning run_id, snapshot`.execute(tx);
  deps.db.wakeAfterCommit(tx, "cancels");
  return async () => {
    for (const row of rows) await removeRun(deps, row.run_id, row.snapshot);
  };
}
