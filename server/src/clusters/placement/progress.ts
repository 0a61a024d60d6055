import { sql } from "kysely";

import type { Sql, Tx } from "../../db/database.ts";
import { json } from "../../db/json.ts";

/** Up to where a collection's documents were looked at: the head of its event log then, and the last ordinal. */
export interface Position {
  readonly seq: number;
  readonly ordinal: number;
  /** The head's count of documents updated; without it those behind the run are compared with their places. */
  readonly updated?: number;
}

export type Positions = Readonly<Record<string, Position>>;

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
