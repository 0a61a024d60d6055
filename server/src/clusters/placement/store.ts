import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { json, rowsOf } from "../../db/json.ts";
import {
  type CurrentDocuments,
  type CurrentSource,
  wantedSql,
} from "../../documents/sampling/current-documents.ts";
import type { DrawnDocument } from "../../documents/sampling/documents-in-order.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import type { ClusterDefinition } from "../definition.ts";

/** Up to where a collection's documents were looked at: the head of its event log then, and the last ordinal. */
export interface Position {
  readonly seq: number;
  readonly ordinal: number;
  /** The head's count of documents updated; without it those behind the run are compared with their places. */
  readonly updated?: number;
}

export type Positions = Readonly<Record<string, Position>>;

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
/** Rows removed in one transaction. */
const REMOVED_AT_ONCE = 2_000;

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

/** From now on documents are placed by the run's rules, or not at all for the reason given; nothing is placed yet. */
export async function adoptRun(
  tx: Tx,
  clusterId: string,
  { runId, positions, error }: { runId: string; positions: Positions; error: string | null },
): Promise<void> {
  await sql`
    update placement_progress set run_id = ${runId}, positions = ${json(positions)}, placed = 0, unplaced = 0, error = ${error}
    where cluster_id = ${clusterId}`.execute(tx);
}

/** As if nothing had ever been placed; the placements themselves are to be removed. */
export async function resetPlacing(tx: Tx, clusterId: string): Promise<void> {
  await sql`
    update placement_progress set run_id = null, positions = '{}', placed = 0, unplaced = 0, settled = null, error = null
    where cluster_id = ${clusterId}`.execute(tx);
}

export async function failPlacing(tx: Tx, clusterId: string, error: string): Promise<void> {
  await sql`update placement_progress set error = ${error} where cluster_id = ${clusterId}`.execute(tx);
}

/** Where the collection's event log ends; undefined if the collection has gone. */
export async function readHead(
  run: Sql,
  collectionId: string,
): Promise<Required<Omit<Position, "ordinal">> | undefined> {
  const { rows } = await sql<{ seq: number; updated: number }>`
    select event_seq as seq, total_updated as updated from collections where collection_id = ${collectionId}`.execute(
    run,
  );
  return rows[0];
}

export async function savePosition(
  tx: Tx,
  clusterId: string,
  collectionId: string,
  position: Position,
): Promise<void> {
  await sql`
    update placement_progress set positions = jsonb_set(positions, array[${collectionId}], ${json(position)})
    where cluster_id = ${clusterId}`.execute(tx);
}

/** A document's place by one of the rules. */
export interface NewPlacement {
  readonly collection_id: string;
  readonly ordinal: number;
  readonly part: number;
  readonly document_id: string;
  readonly vector_ids: readonly number[];
  readonly feature: string | null;
  readonly number: number | null;
  readonly distance: number | null;
}

/** The documents that a run's rules have been, or are to be, applied to. */
interface OfRun {
  readonly clusterId: string;
  readonly runId: string;
}

/** Removes whatever places these documents have by the run's rules, writes those given, and counts both. */
export async function replacePlacements(
  tx: Tx,
  clock: DatabaseClock,
  { clusterId, runId }: OfRun,
  documents: readonly { readonly collectionId: string; readonly ordinal: number }[],
  rows: readonly NewPlacement[],
): Promise<void> {
  if (documents.length === 0) return;
  const keys = documents.map(({ collectionId, ordinal }) => ({ collection_id: collectionId, ordinal }));
  await sql`
    with before as (
      delete from placements using ${rowsOf(keys, "collection_id text, ordinal bigint")}
      where placements.cluster_id = ${clusterId} and placements.run_id = ${runId}
        and placements.collection_id = rows_of.collection_id and placements.ordinal = rows_of.ordinal
      returning placements.number
    )
    update placement_progress set placed = placed - (select count(number) from before),
      unplaced = unplaced - (select count(*) - count(number) from before)
    where cluster_id = ${clusterId}`.execute(tx);
  if (rows.length === 0) return;
  const columns =
    "collection_id text, ordinal bigint, part smallint, document_id text, vector_ids bigint[], feature text, number bigint, distance real";
  const placed = rows.filter(({ number }) => number !== null).length;
  await sql`
    with placed as (
      insert into placements (cluster_id, run_id, collection_id, ordinal, part, document_id, vector_ids, feature, number, distance, placed_at)
      select ${clusterId}, ${runId}, collection_id, ordinal, part, document_id, vector_ids, feature, number, distance, ${clock.now}
      from ${rowsOf(rows, columns)}
    )
    update placement_progress set placed = placed + ${placed}::bigint, unplaced = unplaced + ${rows.length - placed}::bigint
    where cluster_id = ${clusterId}`.execute(tx);
}

export interface OrderedDocument extends DrawnDocument {
  readonly ordinal: number;
}

/** A document whose place does not fit it any more. */
export interface ChangedDocument extends OrderedDocument {
  /** Else it is to have no place. */
  readonly isWanted: boolean;
}

/**
 * Documents that were looked at and were changed since, in order: with other vectors than they were placed by, wanted
 * by now and without a place, or with one and not wanted any more. Each place is looked up by its key: joined otherwise,
 * without statistics of a table that has just been filled, 10,000 documents took 15 s.
 */
export async function findChanged(
  run: Sql,
  { clusterId, runId }: OfRun,
  { source, filter }: { readonly source: CurrentSource; readonly filter: CurrentDocuments["filter"] },
  { after, upTo }: { readonly after: number; readonly upTo: number },
  limit: number,
): Promise<ChangedDocument[]> {
  const now = sql`array[${sql.join(source.features.map((feature) => sql`d.vector_ids[${feature + 1}::int]`))}]`;
  const { rows } = await sql<{ ordinal: number; document_id: string; ids: number[]; wanted: boolean | null }>`
    select d.ordinal, d.document_id, d.wanted, ${now} as ids
    from (
      select *, ${wantedSql(filter, source)} as wanted from documents
      where collection_id = ${source.collectionId} and ordinal > ${after} and ordinal <= ${upTo}) as d
    left join lateral (
      select ordinal, vector_ids from placements
      where cluster_id = ${clusterId} and run_id = ${runId} and collection_id = ${source.collectionId}
        and ordinal = d.ordinal and part = 0 limit 1
    ) as p on true
    where case when d.wanted then p.ordinal is null or p.vector_ids <> ${now} else p.ordinal is not null end
    order by d.ordinal limit ${limit}`.execute(run);
  return rows.map(({ ordinal, document_id: documentId, ids: vectorIds, wanted }) => {
    return {
      ...{ collectionId: source.collectionId, documentId, ordinal, vectorIds },
      isWanted: wanted === true,
    };
  });
}

export interface LeftPlacement {
  readonly run_id: string;
  readonly collection_id: string;
  readonly ordinal: number;
  readonly part: number;
  readonly document_id: string;
  readonly feature: string | null;
  readonly number: number | null;
}

/** Placements by other runs than this one. */
export async function findLeft(run: Sql, clusterId: string, runId: string | null): Promise<LeftPlacement[]> {
  const { rows } = await sql<LeftPlacement>`
    select run_id, collection_id, ordinal, part, document_id, feature, number from placements
    where cluster_id = ${clusterId} and run_id is distinct from ${runId}
    order by run_id, collection_id, ordinal, part limit ${REMOVED_AT_ONCE}`.execute(run);
  return rows;
}

export async function removePlacements(
  tx: Tx,
  clusterId: string,
  rows: readonly LeftPlacement[],
): Promise<void> {
  await sql`
    delete from placements using ${rowsOf(rows, "run_id text, collection_id text, ordinal bigint, part smallint")}
    where placements.cluster_id = ${clusterId} and placements.run_id = rows_of.run_id
      and placements.collection_id = rows_of.collection_id and placements.ordinal = rows_of.ordinal
      and placements.part = rows_of.part`.execute(tx);
}

/** Adds to what the run has made of predictions; those of a run before count no more. */
export async function countSettled(
  tx: Tx,
  clusterId: string,
  runId: string,
  { settled, asPredicted }: { settled: number; asPredicted: number },
): Promise<void> {
  const before = sql`case when settled->>'run_id' = ${runId} then settled end`;
  await sql`
    update placement_progress set settled = jsonb_build_object(
      'run_id', ${runId}::text,
      'documents', coalesce((${before}->>'documents')::bigint, 0) + ${settled}::bigint,
      'as_predicted', coalesce((${before}->>'as_predicted')::bigint, 0) + ${asPredicted}::bigint)
    where cluster_id = ${clusterId}`.execute(tx);
}

/** The cluster's row goes when nobody wants its placements any more; they have gone before. */
export async function forgetPlacing(tx: Tx, clusterId: string): Promise<void> {
  await sql`
    delete from placement_progress using clusters
    where placement_progress.cluster_id = ${clusterId} and clusters.cluster_id = placement_progress.cluster_id and not place_new_documents`.execute(
    tx,
  );
}
