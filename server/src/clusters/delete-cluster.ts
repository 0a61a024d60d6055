import { sql } from "kysely";

import { clusterNotFound } from "./cluster-not-found.ts";
import { deleteRunsOfCluster } from "../runs/delete-runs.ts";
import type { RunsDeps } from "../runs/runs-deps.ts";
import { lockCluster } from "./store.ts";

/**
 * Deletes a cluster with its triggers (their decisions, positions and changes), its executions, their events and files. What
 * computes loses its row and so its lease; its worker is woken and ends the process. Files go after the commit, so
 * that nothing on record ever lacks them.
 */
export async function deleteCluster(deps: RunsDeps, namespaceId: string, clusterId: string): Promise<void> {
  const removeFiles = await deps.db.transaction(async (tx) => {
    const { rows } = await sql<{ trigger_id: string }>`
      select trigger_id from triggers where cluster_id = ${clusterId} and namespace_id = ${namespaceId}
      order by trigger_id for update`.execute(tx);
    if (!(await lockCluster(tx, namespaceId, clusterId))) throw clusterNotFound(clusterId);
    const remove = await deleteRunsOfCluster(deps, tx, clusterId);
    // A trigger made since the first statement is not locked yet, but nobody can fire it: that takes the cluster.
    const deleted = await sql<{ trigger_id: string }>`
      delete from triggers where cluster_id = ${clusterId} returning trigger_id`.execute(tx);
    const ids = [...new Set([...rows, ...deleted.rows].map((row) => row.trigger_id))].sort();
    await sql`delete from decisions where trigger_id = any(${ids}::text[])`.execute(tx);
    await sql`delete from history_blocks where trigger_id = any(${ids}::text[])`.execute(tx);
    await sql`delete from events where cluster_id = ${clusterId}`.execute(tx);
    // First the row that whoever places has to hold.
    await sql`delete from placement_progress where cluster_id = ${clusterId}`.execute(tx);
    await sql`delete from placements where cluster_id = ${clusterId}`.execute(tx);
    await tx.deleteFrom("clusters").where("cluster_id", "=", clusterId).execute();
    deps.db.wakeAfterCommit(tx, "triggers");
    return remove;
  });
  await removeFiles();
}
