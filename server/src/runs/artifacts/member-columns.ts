import { join } from "node:path";

import { asyncBufferFromFile, parquetMetadataAsync, parquetRead } from "hyparquet";

/** Some columns of a row group of members.parquet; all lists have one entry a row. */
export interface MemberColumns {
  readonly documentIds: readonly string[];
  readonly collectionIds: readonly string[];
  readonly clusterIds: readonly (string | null)[];
  readonly features: readonly (string | null)[];
  /** Null where they were not asked for. */
  readonly coordinates: readonly (readonly number[] | null)[] | null;
}

/**
 * The members of a run in the order of the file, a row group at a time, by columns: a million take 0.6 s (1 s with their
 * coordinates), as rows six times as long.
 */
export async function* memberColumns(
  folder: string,
  { coordinates }: { readonly coordinates: boolean },
): AsyncGenerator<MemberColumns> {
  const file = await asyncBufferFromFile(join(folder, "members.parquet"));
  const metadata = await parquetMetadataAsync(file);
  // Runs of before there were maps or features have no columns for them.
  const has = new Set(metadata.schema.map(({ name }) => name));
  const wanted = ["document_id", "collection_id", "cluster_id", "feature", "coordinates"].filter(
    (name) => has.has(name) && (coordinates || name !== "coordinates"),
  );
  let rowStart = 0;
  for (const { num_rows } of metadata.row_groups) {
    const rows = Number(num_rows);
    const found = new Map<string, unknown[]>();
    await parquetRead({
      ...{ file, metadata, columns: wanted, rowStart, rowEnd: rowStart + rows },
      onChunk: ({ columnName, columnData }) => {
        const before = found.get(columnName);
        const values = Array.from(columnData as ArrayLike<unknown>);
        found.set(columnName, before ? before.concat(values) : values);
      },
    });
    // A null list is read as undefined.
    const nullable = (name: string): unknown[] => {
      const values = found.get(name);
      return values ? values.map((value) => value ?? null) : new Array<null>(rows).fill(null);
    };
    yield {
      documentIds: found.get("document_id") as string[],
      collectionIds: found.get("collection_id") as string[],
      clusterIds: nullable("cluster_id") as (string | null)[],
      features: nullable("feature") as (string | null)[],
      coordinates: coordinates ? (nullable("coordinates") as (number[] | null)[]) : null,
    };
    rowStart += rows;
  }
}
