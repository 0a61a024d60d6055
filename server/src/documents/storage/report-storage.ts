import { sql as fragment } from "kysely";

import type { Feature } from "#contract/collections.ts";
import type { CollectionStorage, FeatureStorage, StorageResponse } from "#contract/storage.ts";
import type { Sql } from "../../db/database.ts";
import type { DocumentsDeps } from "../deps.ts";
import { tableName } from "../vector-store.ts";

interface CollectionRow {
  readonly collection_id: string;
  readonly name: string;
  readonly features: readonly Feature[];
  readonly documents: number;
  readonly data_bytes: number;
  readonly staged: Record<string, number> | null;
}

/** The namespace's storage: its `limit` largest collections looked at closely, and sums over those. */
export async function reportStorage(
  { db, vectors }: Pick<DocumentsDeps, "db" | "vectors">,
  namespaceId: string,
  limit: number,
): Promise<StorageResponse> {
  const rows = await largest(db.sql, namespaceId, limit);
  const collections: CollectionStorage[] = [];
  for (const row of rows) {
    const features: FeatureStorage[] = [];
    for (const [position, feature] of row.features.entries()) {
      const staged = row.staged?.[position] ?? 0;
      const files = await vectors.describe(tableName({ collectionId: row.collection_id, feature: position }));
      features.push({
        name: feature.name,
        dimensions: feature.dimensions,
        ...files,
        staged_vectors: staged,
        garbage_vectors: Math.max(0, files.stored_vectors - Math.max(0, row.documents - staged)),
      });
    }
    collections.push({
      collection_id: row.collection_id,
      collection_name: row.name,
      documents: row.documents,
      data_bytes: row.data_bytes,
      features,
    });
  }
  const files = collections.flatMap((collection) => collection.features);
  const sum = <T>(list: readonly T[], of: (item: T) => number) =>
    list.reduce((total, item) => total + of(item), 0);
  return {
    collections,
    ...(await totals(
      db.sql,
      namespaceId,
      sum(files, (file) => file.bytes_on_disk),
      sum(files, (file) => file.garbage_vectors),
    )),
  };
}

async function largest(sql: Sql, namespaceId: string, limit: number): Promise<CollectionRow[]> {
  const { rows } = await fragment<CollectionRow>`
    select collection_id, name, features, document_count as documents, size_bytes as data_bytes,
      (select jsonb_object_agg(feature, waiting) from (
        select feature, count(*) as waiting from staged_vectors s
        where s.collection_id = c.collection_id group by feature) as counts) as staged
    from collections c where namespace_id = ${namespaceId}
    order by size_bytes desc, collection_id limit ${limit}::int`.execute(sql);
  return rows;
}

async function totals(sql: Sql, namespaceId: string, bytesOnDisk: number, garbage: number) {
  const { rows } = await fragment<{
    collections: number;
    documents: number;
    data_bytes: number;
    staged: number;
    oldest: Date | null;
    writes: number;
  }>`
    with own as (select * from collections where namespace_id = ${namespaceId})
    select (select count(*) from own) as collections,
      (select coalesce(sum(document_count), 0)::bigint from own) as documents,
      (select coalesce(sum(size_bytes), 0)::bigint from own) as data_bytes,
      (select count(*) from staged_vectors join own using (collection_id)) as staged,
      (select min(staged_at) from staged_vectors join own using (collection_id)) as oldest,
      (select count(*) from open_writes join own using (collection_id)) as writes`.execute(sql);
  const row = rows[0]!;
  return {
    total_collections: row.collections,
    pending: {
      staged_vectors: row.staged,
      oldest_staged_at: row.oldest?.toISOString() ?? null,
      open_writes: row.writes,
      garbage_vectors: garbage,
    },
    totals: { documents: row.documents, data_bytes: row.data_bytes, bytes_on_disk: bytesOnDisk },
  };
}
