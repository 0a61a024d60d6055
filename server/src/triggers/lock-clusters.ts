import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import type { RunInTheWay } from "./decide.ts";

export interface LockedCluster {
  /** The execution that runs or waits, the running one first; whoever creates one in this transaction sets it. */
  busy: RunInTheWay | null;
}

/**
 * Takes clusters for update, in the order of their ids: who holds one decides alone whether it is busy. The caller
 * holds the triggers already.
 */
export async function lockClusters(
  tx: Tx,
  clusterIds: readonly string[],
): Promise<Map<string, LockedCluster>> {
  const ids = [...new Set(clusterIds)];
  if (ids.length === 0) return new Map();
  const { rows: clusters } = await sql<{ cluster_id: string }>`
    select cluster_id from clusters where cluster_id = any(${ids}::text[])
    order by cluster_id for update`.execute(tx);
  const { rows: runs } = await sql<{
    cluster_id: string;
    run_id: string;
    status: string;
    triggered_at: Date;
  }>`
    select cluster_id, run_id, status, triggered_at from executions
    where cluster_id = any(${ids}::text[]) and status = 'processing'
    union all
    select distinct on (cluster_id) cluster_id, run_id, status, triggered_at from executions
    where cluster_id = any(${ids}::text[]) and status = 'pending'
    order by cluster_id, triggered_at`.execute(tx);
  const locked = new Map(
    clusters.map(({ cluster_id }): [string, LockedCluster] => [cluster_id, { busy: null }]),
  );
  for (const { cluster_id, run_id, status, triggered_at } of runs) {
    const cluster = locked.get(cluster_id);
    if (cluster && (cluster.busy === null || status === "processing"))
      cluster.busy = { run_id, status, triggered_at: triggered_at.toISOString() };
  }
  return locked;
}
