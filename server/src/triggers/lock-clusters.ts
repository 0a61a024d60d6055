import { sql } from "kysely";

import type { Sql, Tx } from "../db/database.ts";
import type { ClusterQueue, RunInTheWay } from "./cluster-queue.ts";

/** Whoever creates an execution in this transaction puts it in the queue. */
export type LockedCluster = { -readonly [Key in keyof ClusterQueue]: ClusterQueue[Key] };

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
  return readQueues(
    tx,
    clusters.map((row) => row.cluster_id),
  );
}

/** What clusters compute and have waiting; who does not hold them sees it pass. */
export async function readQueues(run: Sql, ids: readonly string[]): Promise<Map<string, LockedCluster>> {
  // What is to be canceled does not wait for its turn; while it computes, it still has the turn. The ids stand in a
  // subquery because planning "= any" of a thousand of them took ten times as long as reading.
  const { rows: runs } = await sql<RunInTheWay & { cluster_id: string; triggered_at: Date }>`
    select cluster_id, run_id, status, triggered_at from executions
    where cluster_id = any(array(select unnest(${ids}::text[]))) and status = 'processing'
    union all
    (select distinct on (cluster_id) cluster_id, run_id, status, triggered_at from executions
    where cluster_id = any(array(select unnest(${ids}::text[]))) and status = 'pending' and cancel_requested_at is null
    order by cluster_id, triggered_at, run_id)`.execute(run);
  const queues = new Map(ids.map((id): [string, LockedCluster] => [id, { running: null, waiting: null }]));
  for (const { cluster_id, run_id, status, triggered_at } of runs) {
    const cluster = queues.get(cluster_id);
    const run = { run_id, status, triggered_at: triggered_at.toISOString() };
    if (!cluster) continue;
    if (status === "processing") cluster.running = run;
    else cluster.waiting = run;
  }
  return queues;
}
