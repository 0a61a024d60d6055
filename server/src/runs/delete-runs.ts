import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import type { StoredManifest } from "../documents/snapshots/stored-manifest.ts";
import { removeUnwanted } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { unneeded, usesOf } from "./snapshots/let-go.ts";
import { releaseSnapshots } from "./snapshots/release.ts";

/**
 * Deletes a cluster's executions with their attempts and clusters, in the caller's transaction, which holds the
 * cluster's triggers and the cluster (`for update`). What computes loses its lease with its row: its worker is woken
 * by the commit and ends the process. Call the returned function after the commit: it removes the files. A snapshot that
 * a run of another cluster still needs stays.
 */
export async function deleteRunsOfCluster(
  deps: RunsDeps,
  tx: Tx,
  clusterId: string,
): Promise<() => Promise<void>> {
  await sql`select 1 from executions where cluster_id = ${clusterId} order by run_id for update`.execute(tx);
  const { rows } = await sql<{
    run_id: string;
    same_data_as: string | null;
    snapshot: StoredManifest | null;
    in_use: boolean;
  }>`
    delete from executions where cluster_id = ${clusterId}
    returning run_id, same_data_as, snapshot, (snapshot_kept or status in ('pending', 'processing')) as in_use`.execute(
    tx,
  );
  const uses = usesOf(rows.filter((row) => row.in_use));
  const released = await unneeded(tx, uses);
  const needed = new Map(uses.map((use) => [use.takenBy, use.snapshot.folder]));
  for (const { takenBy } of released) needed.delete(takenBy);
  deps.db.wakeAfterCommit(tx, "cancels");
  return async () => {
    await releaseSnapshots(deps, released);
    for (const { run_id } of rows) await removeUnwanted(deps, run_id, [needed.get(run_id) ?? null]);
  };
}
