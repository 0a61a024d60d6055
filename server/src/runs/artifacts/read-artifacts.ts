import { join } from "node:path";

import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from "hyparquet";

import type { MemberRange } from "./member-ranges.ts";

export interface CentroidRow {
  readonly cluster_id: string;
  readonly num_members: number;
  readonly label: string | null;
  readonly summary: string | null;
  readonly keywords: string[] | null;
  readonly vector: number[] | null;
  readonly feature: string | null;
  /** Root mean square distance of its members to its centre. Null, as all below, in files of before identity. */
  readonly spread: number | null;
  readonly label_fit: number | null;
  readonly label_by_model: boolean | null;
  readonly parent_cluster_id: string | null;
  readonly attributes: Record<string, unknown> | null;
}

export interface MemberRow {
  readonly document_id: string;
  readonly collection_id: string;
  readonly cluster_id: string | null;
  readonly distance: number | null;
  readonly coordinates: number[] | null;
  /** If each feature was clustered by itself: by which. Each document then has a row for each. */
  readonly feature: string | null;
}

/** All centroids of a run, by number. `folder` is where the run's artifacts were published. */
export async function readCentroids(folder: string): Promise<CentroidRow[]> {
  const file = await asyncBufferFromFile(join(folder, "centroids.parquet"));
  const rows = await parquetReadObjects({ file });
  // A null list is read as undefined.
  return rows.map((row) => ({
    ...(row as unknown as CentroidRow),
    summary: (row.summary ?? null) as string | null,
    keywords: (row.keywords ?? null) as string[] | null,
    vector: (row.vector ?? null) as number[] | null,
    feature: (row.feature ?? null) as string | null,
    spread: (row.spread ?? null) as number | null,
    label_fit: (row.label_fit ?? null) as number | null,
    label_by_model: (row.label_by_model ?? null) as boolean | null,
    parent_cluster_id: (row.parent_cluster_id ?? null) as string | null,
    attributes:
      typeof row.attributes === "string" ? (JSON.parse(row.attributes) as Record<string, unknown>) : null,
  }));
}

/** Rows [start, end) of a run's members: only the row groups they lie in are read. */
export async function readMembers(folder: string, { start, end }: MemberRange): Promise<MemberRow[]> {
  if (start >= end) return [];
  const file = await asyncBufferFromFile(join(folder, "members.parquet"));
  const metadata = await parquetMetadataAsync(file);
  return toMembers(await parquetReadObjects({ file, metadata, rowStart: start, rowEnd: end }));
}

/** All members of a run in the order of the file, of which one row group at a time is in memory. */
export async function* eachMember(folder: string): AsyncGenerator<MemberRow> {
  const file = await asyncBufferFromFile(join(folder, "members.parquet"));
  const metadata = await parquetMetadataAsync(file);
  let rowStart = 0;
  for (const group of metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows);
    yield* toMembers(await parquetReadObjects({ file, metadata, rowStart, rowEnd }));
    rowStart = rowEnd;
  }
}

/** Runs of before there were maps or features have no columns for them, and null is read as undefined. */
function toMembers(rows: readonly Record<string, unknown>[]): MemberRow[] {
  return rows.map((row) => ({
    ...(row as unknown as MemberRow),
    coordinates: (row.coordinates ?? null) as number[] | null,
    feature: (row.feature ?? null) as string | null,
  }));
}
