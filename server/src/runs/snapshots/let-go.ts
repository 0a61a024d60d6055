import { sql } from "kysely";

import type { Tx } from "../../db/database.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";

/*
 * A snapshot belongs to the run that took it and is read by the runs on the same data, too (`same_data_as`, which always
 * names the one that took it). It is needed while one of them has not ended or is kept (`snapshot_kept`). A run that has
 * ended is never kept later and a new reader needs a kept one, so a snapshot that is not needed once never is again: its
 * files may go at any time after that.
 */

/** A snapshot that a run has stopped to need. */
export interface SnapshotUse {
  /** The run that took it. */
  readonly takenBy: string;
  readonly snapshot: SnapshotManifest;
}

interface UseRow {
  readonly run_id: string;
  readonly same_data_as: string | null;
  readonly snapshot: StoredManifest | null;
}

/** The condition that somebody needs the snapshot a run took. */
export function isNeeded(takenBy: ReturnType<typeof sql.ref>) {
  const open = sql`(e.snapshot_kept or e.status in ('pending', 'processing'))`;
  return sql<boolean>`(exists (select from executions e where e.run_id = ${takenBy} and ${open})
    or exists (select from executions e where e.same_data_as = ${takenBy} and ${open}))`;
}

/** Keeps the snapshots of the cluster's newest `keep` completed runs; the caller holds the cluster. */
export async function letGoOlder(tx: Tx, clusterId: string, keep: number): Promise<SnapshotUse[]> {
  return letGo(
    tx,
    sql`select run_id from executions where cluster_id = ${clusterId} and snapshot_kept
      order by triggered_at desc, run_id desc offset ${keep}`,
  );
}

/** Keeps no snapshot any more that has documents of the collection; the caller holds the collection. */
export async function letGoOfCollection(tx: Tx, collectionId: string): Promise<SnapshotUse[]> {
  return letGo(
    tx,
    sql`select e.run_id from clusters c join executions e on e.cluster_id = c.cluster_id and e.snapshot_kept
      where c.collection_ids @> array[${collectionId}::text]`,
  );
}

async function letGo(tx: Tx, runIds: ReturnType<typeof sql>): Promise<SnapshotUse[]> {
  const { rows } = await sql<UseRow>`
    update executions set snapshot_kept = false where run_id in (
      select run_id from executions where run_id in (${runIds}) order by run_id for update)
    returning run_id, same_data_as, snapshot`.execute(tx);
  return usesOf(rows);
}

export function usesOf(rows: readonly UseRow[]): SnapshotUse[] {
  return rows.flatMap(({ run_id, same_data_as, snapshot }) =>
    snapshot ? [{ takenBy: same_data_as ?? run_id, snapshot: readManifest(snapshot) }] : [],
  );
}

/**
 * Those of the snapshots that nobody needs any more: their files and pinned vectors are to go after the commit. The rows
 * of the runs that took them are locked, so that of two runs that stop to need one at the same time the later sees it.
 */
export async function unneeded(tx: Tx, uses: readonly SnapshotUse[]): Promise<SnapshotUse[]> {
  const byRun = new Map(uses.map((use) => [use.takenBy, use]));
  if (byRun.size === 0) return [];
  const ids = [...byRun.keys()];
  await sql`select from executions where run_id = any(${ids}::text[]) order by run_id for update`.execute(tx);
  const { rows } = await sql<{ run_id: string }>`
    select run_id from unnest(${ids}::text[]) as taken (run_id) where not ${isNeeded(sql.ref("taken.run_id"))}`.execute(
    tx,
  );
  return rows.map(({ run_id }) => byRun.get(run_id)!);
}
