import { sql as fragment, type RawBuilder } from "kysely";

import type { Feature, PatchCollectionRequest } from "#contract/collections.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { json } from "../../db/json.ts";
import { notFound } from "../../platform/app-error.ts";

export interface Collection {
  readonly collectionId: string;
  readonly namespaceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly metadata: Record<string, unknown>;
  readonly enabled: boolean;
  readonly features: readonly Feature[];
  readonly documentCount: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Columns a list can be sorted by, as the wire names them. */
export const SORTS = {
  collection_name: { column: "name", type: "text" },
  created_at: { column: "created_at", type: "timestamptz" },
  updated_at: { column: "updated_at", type: "timestamptz" },
} as const;
export type SortField = keyof typeof SORTS;

export interface CollectionListOptions {
  readonly search: string | null;
  readonly caseSensitive: boolean;
  readonly sort: SortField;
  readonly descending: boolean;
  readonly limit: number;
  readonly offset: number;
  /** The last collection of the page before: its value of the sort column and its id. */
  readonly after: { readonly value: string; readonly id: string } | null;
}

/** The collection with this id or name; throws `not_found`. */
export async function findCollection(sql: Sql, namespaceId: string, identifier: string): Promise<Collection> {
  const row = await sql
    .selectFrom("collections")
    .selectAll()
    .where("namespace_id", "=", namespaceId)
    .where((where) => where.or([where("collection_id", "=", identifier), where("name", "=", identifier)]))
    .executeTakeFirst();
  if (!row) throw notFound("collection", identifier);
  return toCollection(row);
}

export async function insertCollection(
  sql: Sql,
  now: RawBuilder<Date>,
  collection: Omit<Collection, "documentCount" | "createdAt" | "updatedAt">,
): Promise<Collection> {
  const row = await sql
    .insertInto("collections")
    .values({
      collection_id: collection.collectionId,
      namespace_id: collection.namespaceId,
      name: collection.name,
      description: collection.description,
      metadata: json(collection.metadata) as never,
      enabled: collection.enabled,
      features: json(collection.features) as never,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  return toCollection(row);
}

/** Changes what is given; undefined if the collection is gone. */
export async function updateCollection(
  sql: Sql,
  now: RawBuilder<Date>,
  collectionId: string,
  changes: PatchCollectionRequest,
): Promise<Collection | undefined> {
  const row = await sql
    .updateTable("collections")
    .set({
      ...(changes.collection_name === undefined ? {} : { name: changes.collection_name }),
      ...(changes.description === undefined ? {} : { description: changes.description }),
      ...(changes.metadata === undefined ? {} : { metadata: json(changes.metadata ?? {}) as never }),
      ...(changes.enabled === undefined ? {} : { enabled: changes.enabled }),
      updated_at: now,
    })
    .where("collection_id", "=", collectionId)
    .returningAll()
    .executeTakeFirst();
  return row && toCollection(row);
}

export async function listCollections(
  sql: Sql,
  namespaceId: string,
  options: CollectionListOptions,
): Promise<Collection[]> {
  const { column, type } = SORTS[options.sort];
  const sortColumn = fragment.ref(column);
  const direction = fragment.raw(options.descending ? "desc" : "asc");
  const beyond = fragment.raw(options.descending ? "<" : ">");
  const rows = await searched(sql, namespaceId, options)
    .selectAll()
    .$if(options.after !== null, (query) =>
      query.where(
        fragment<boolean>`(${sortColumn}, collection_id) ${beyond} (${options.after!.value}::text::${fragment.raw(type)}, ${options.after!.id})`,
      ),
    )
    .orderBy(fragment`${sortColumn} ${direction}, collection_id ${direction}`)
    .limit(options.limit)
    .offset(options.offset)
    .execute();
  return rows.map(toCollection);
}

/** How many collections the search matches, and the documents in them. */
export async function countCollections(
  sql: Sql,
  namespaceId: string,
  options: Pick<CollectionListOptions, "search" | "caseSensitive">,
): Promise<{ collections: number; documents: number }> {
  return searched(sql, namespaceId, options)
    .select([
      fragment<number>`count(*)`.as("collections"),
      fragment<number>`coalesce(sum(document_count), 0)::bigint`.as("documents"),
    ])
    .executeTakeFirstOrThrow();
}

function searched(
  sql: Sql,
  namespaceId: string,
  { search, caseSensitive }: Pick<CollectionListOptions, "search" | "caseSensitive">,
) {
  const all = sql.selectFrom("collections").where("namespace_id", "=", namespaceId);
  if (search === null || search === "") return all;
  return caseSensitive
    ? all.where(fragment<boolean>`strpos(name, ${search}) > 0`)
    : all.where(fragment<boolean>`strpos(lower(name), lower(${search})) > 0`);
}

export interface CollectionUse {
  readonly clusters: readonly { readonly cluster_id: string; readonly name: string }[];
  readonly triggers: readonly { readonly trigger_id: string; readonly cluster_id: string }[];
}

/** Clusters that read the collection, and triggers of theirs or that watch it. Disabled triggers do not count. */
export async function readUse(tx: Tx, collectionId: string): Promise<CollectionUse> {
  const clusters = await tx
    .selectFrom("clusters")
    .select(["cluster_id", "name"])
    .where(fragment<boolean>`collection_ids @> array[${collectionId}]::text[]`)
    .orderBy("cluster_id")
    .execute();
  const triggers = await tx
    .selectFrom("triggers")
    .select(["trigger_id", "cluster_id"])
    .where("status", "!=", "disabled")
    .where((where) =>
      where.or([
        ...(clusters.length === 0
          ? []
          : [where("cluster_id", "in", clusters.map((cluster) => cluster.cluster_id))]), // prettier-ignore
        fragment<boolean>`trigger_id in (select trigger_id from trigger_positions where collection_id = ${collectionId})`,
      ]),
    )
    .orderBy("trigger_id")
    .execute();
  return { clusters, triggers };
}

/** Locks the row against writers of documents; false if the collection is gone. */
export async function lockCollection(tx: Tx, collectionId: string): Promise<boolean> {
  const row = await tx
    .selectFrom("collections")
    .select("collection_id")
    .where("collection_id", "=", collectionId)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Positions of triggers go with it; the rest of what it held is removed after the commit, `removeContents`. */
export async function deleteCollectionRow(tx: Tx, collectionId: string): Promise<void> {
  await tx.deleteFrom("collections").where("collection_id", "=", collectionId).execute();
}

interface CollectionRow {
  collection_id: string;
  namespace_id: string;
  name: string;
  description: string | null;
  metadata: Record<string, unknown>;
  enabled: boolean;
  features: Feature[];
  document_count: number;
  created_at: Date;
  updated_at: Date;
}

function toCollection(row: CollectionRow): Collection {
  return {
    collectionId: row.collection_id,
    namespaceId: row.namespace_id,
    name: row.name,
    description: row.description,
    metadata: row.metadata,
    enabled: row.enabled,
    features: row.features,
    documentCount: row.document_count,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
