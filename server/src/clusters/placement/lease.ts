import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import type { ClusterDefinition } from "../definition.ts";
import type { Positions } from "./progress.ts";

/** A cluster that has something to place, in the hands of one placer. */
export interface ClaimedPlacing {
  readonly clusterId: string;
  readonly namespaceId: string;
  readonly owner: string;
  readonly definition: ClusterDefinition;
  /** Whether its new documents are to be placed still. */
  readonly isWanted: boolean;
  /** By whose rules documents are placed so far. */
  readonly runId: string | null;
  readonly positions: Positions;
  readonly error: string | null;
  /** The last completed run. */
  readonly last: CompletedRun | null;
}

export interface CompletedRun {
  readonly runId: string;
  readonly artifactPath: string;
  readonly manifest: SnapshotManifest;
}

/** Thrown by a write of a placer that does not hold the cluster any more: it must stop. */
export class PlacingLost extends Error {}

const LEASE_SECONDS = 30;

const isLeft = sql`(
  exists (select from placements where placements.cluster_id = p.cluster_id and placements.run_id < p.run_id)
  or exists (select from placements where placements.cluster_id = p.cluster_id and placements.run_id > p.run_id))`;

/**
 * Takes a cluster that nobody works on and that has something to do: documents to place, a newer run to place them by,
 * predictions that a run has settled, or all to be removed because nobody wants them any more. The one that was let go
 * longest ago goes first.
 */
export async function claimPlacing(
  run: Sql,
  clock: DatabaseClock,
  owner: string,
): Promise<ClaimedPlacing | undefined> {
  await sql`
    insert into placement_progress (cluster_id, lease_until) select cluster_id, ${clock.now} from clusters
    where place_new_documents and not exists (select from placement_progress where placement_progress.cluster_id = clusters.cluster_id)
    on conflict do nothing`.execute(run);
  const { rows } = await sql<{
    cluster_id: string;
    namespace_id: string;
    definition: ClusterDefinition;
    place_new_documents: boolean;
    run_id: string | null;
    positions: Positions;
    error: string | null;
    last_run_id: string | null;
    artifact_path: string | null;
    snapshot: StoredManifest | null;
  }>`
    with found as (
      select p.cluster_id, done.run_id as last_run_id, done.artifact_path, done.snapshot
      from placement_progress p join clusters c on c.cluster_id = p.cluster_id
      left join lateral (
        select run_id, artifact_path, snapshot from executions e
        where e.cluster_id = c.cluster_id and e.status = 'completed' order by triggered_at desc, run_id desc limit 1
      ) as done on true
      where p.lease_until <= ${clock.now} and (
        not c.place_new_documents
        or done.run_id <> coalesce(p.run_id, '')
        or ${isLeft}
        or (p.run_id is not null and p.error is null and exists (
          select from collections head where head.collection_id = any(c.collection_ids)
            and head.event_seq > coalesce((p.positions->head.collection_id->>'seq')::bigint, 0))))
      order by p.lease_until, p.cluster_id limit 1 for update of p skip locked
    )
    update placement_progress set owner = ${owner}, lease_until = ${clock.now} + ${LEASE_SECONDS} * interval '1 second'
    from found join clusters c on c.cluster_id = found.cluster_id
    where placement_progress.cluster_id = found.cluster_id
    returning c.cluster_id, c.namespace_id, c.definition, c.place_new_documents, placement_progress.run_id, placement_progress.positions,
      placement_progress.error, found.last_run_id, found.artifact_path, found.snapshot`.execute(run);
  const row = rows[0];
  if (!row) return undefined;
  const { last_run_id: runId, artifact_path: artifactPath, snapshot } = row;
  return {
    clusterId: row.cluster_id,
    namespaceId: row.namespace_id,
    owner,
    definition: row.definition,
    isWanted: row.place_new_documents,
    runId: row.run_id,
    positions: row.positions,
    error: row.error,
    last:
      runId !== null && artifactPath !== null && snapshot !== null
        ? { runId, artifactPath, manifest: readManifest(snapshot) }
        : null,
  };
}

type Held = Pick<ClaimedPlacing, "clusterId" | "owner">;

/** Locks the row and renews the lease; first in every transaction that writes. Throws PlacingLost. */
export async function holdPlacing(tx: Tx, clock: DatabaseClock, held: Held): Promise<void> {
  if (!(await renewPlacing(tx, clock, held))) throw new PlacingLost();
}

/** False if it is another's by now. */
export async function renewPlacing(
  run: Sql,
  clock: DatabaseClock,
  { clusterId, owner }: Held,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update placement_progress set lease_until = ${clock.now} + ${LEASE_SECONDS} * interval '1 second'
    where cluster_id = ${clusterId} and owner = ${owner}`.execute(run);
  return numAffectedRows === 1n;
}

/** Lets it go; whoever takes it up may do so in so many seconds. */
export async function giveBackPlacing(
  run: Sql,
  clock: DatabaseClock,
  { clusterId, owner }: Held,
  seconds: number,
): Promise<void> {
  await sql`
    update placement_progress set owner = null, lease_until = ${clock.now} + ${seconds} * interval '1 second'
    where cluster_id = ${clusterId} and owner = ${owner}`.execute(run);
}

/** For the only server of a database, as it starts: whoever held them has gone. */
export async function releasePlacings(run: Sql, clock: DatabaseClock): Promise<void> {
  await sql`update placement_progress set owner = null, lease_until = ${clock.now} where owner is not null`.execute(
    run,
  );
}
