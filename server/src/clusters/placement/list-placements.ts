import { sql } from "kysely";

import type { Placement } from "#contract/placements.ts";
import type { Sql } from "../../db/database.ts";

/** Where a page of placements begins: behind this document's part. */
export type PlacementPosition = readonly [collectionId: string, ordinal: number, part: number];

export interface PlacementListing {
  readonly clusterId: string;
  /** By whose rules. */
  readonly runId: string;
  readonly documentId: string | null;
  readonly onlyUnplaced: boolean;
}

interface Row extends Omit<Placement, "placed_at" | "predicted"> {
  readonly ordinal: number;
  readonly part: number;
  readonly placed_at: Date;
}

export interface ListedPlacement {
  readonly placement: Placement;
  readonly position: PlacementPosition;
}

/**
 * Placements of documents that are still there, by collection, then in the order in which documents came; a label that a
 * person has given stands in for the run's own.
 */
export async function listPlacements(
  run: Sql,
  { clusterId, runId, documentId, onlyUnplaced }: PlacementListing,
  { after, limit }: { readonly after: PlacementPosition | null; readonly limit: number },
): Promise<ListedPlacement[]> {
  const behind = after
    ? sql`and (p.collection_id, p.ordinal, p.part) > (${after[0]}, ${after[1]}::bigint, ${after[2]}::smallint)`
    : sql``;
  // The key finds a document's ordinal: placements have no index by document.
  const one =
    documentId === null
      ? sql``
      : sql`and (p.collection_id, p.ordinal) in (
          select collection_id, ordinal from documents
          where document_id = ${documentId} and collection_id = any(
            (select collection_ids from clusters where cluster_id = ${clusterId})::text[]))`;
  const { rows } = await sql<Row>`
    select p.document_id, p.collection_id, 'cl_' || p.number as cluster_id, coalesce(given.label, r.label) as label, p.distance, p.feature, p.placed_at, p.ordinal, p.part
    from placements p
    left join run_clusters r on r.run_id = p.run_id and r.number = p.number
    left join cluster_labels given on given.cluster_id = p.cluster_id and given.number = p.number
    where p.cluster_id = ${clusterId} and p.run_id = ${runId} ${behind} ${one}
      ${onlyUnplaced ? sql`and p.number is null` : sql``}
      and exists (select from documents d where d.collection_id = p.collection_id and d.ordinal = p.ordinal)
    order by p.collection_id, p.ordinal, p.part limit ${limit}`.execute(run);
  return rows.map(({ ordinal, part, placed_at, ...row }) => ({
    placement: { ...row, predicted: true, placed_at: placed_at.toISOString() },
    position: [row.collection_id, ordinal, part],
  }));
}
