import { sql } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { rowsOf } from "../../db/json.ts";
import {
  type CurrentDocuments,
  type CurrentSource,
  wantedSql,
} from "../../documents/sampling/current-documents.ts";
import type { DrawnDocument } from "../../documents/sampling/documents-in-order.ts";

/** Rows removed in one transaction. */
const REMOVED_AT_ONCE = 2_000;

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
