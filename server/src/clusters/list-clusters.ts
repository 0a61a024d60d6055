import { sql } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql } from "../db/database.ts";
import { AppError } from "../platform/app-error.ts";
import { described, type ClusterRow } from "./store.ts";

/** Wire name of a sort to its column; each with the cluster's id behind it is a total order. */
const SORTS = {
  created_at: { column: "created_at", type: "timestamptz" },
  updated_at: { column: "updated_at", type: "timestamptz" },
  cluster_name: { column: "name", type: "text" },
  name: { column: "name", type: "text" },
} as const;
export type SortField = keyof typeof SORTS;

export interface ClusterListing {
  readonly namespaceId: string;
  /** Part of the name, in any case; null for all. */
  readonly search: string | null;
  readonly sort: { readonly field: SortField; readonly direction: "asc" | "desc" };
}

/** The sort a request names, newest first if it names none; throws `invalid_value` for a field that does not sort. */
export function readSort(
  given: { field: string; direction?: "asc" | "desc" } | null | undefined,
): ClusterListing["sort"] {
  if (!given) return { field: "created_at", direction: "desc" };
  if (!Object.hasOwn(SORTS, given.field)) {
    throw new AppError(
      "invalid_value",
      `Clusters are not sorted by '${given.field}'; sort.field takes one of: ${Object.keys(SORTS).join(", ")}.`,
      { details: { field: "sort.field" } },
    );
  }
  return { field: given.field as SortField, direction: given.direction ?? "asc" };
}

/** A page of clusters behind `position` (sort value and id of the one before), or from `offset` on. */
export async function listClusters(
  run: Sql,
  clock: DatabaseClock,
  { namespaceId, search, sort }: ClusterListing,
  page: { limit: number; offset: number; position: readonly (string | number)[] | null },
): Promise<ClusterRow[]> {
  const column = sql.ref(SORTS[sort.field].column);
  const type = sql.raw(SORTS[sort.field].type);
  const direction = sql.raw(sort.direction);
  const behind = page.position
    ? sql`and (${column}, cluster_id) ${sql.raw(sort.direction === "asc" ? ">" : "<")}
        (${page.position[0]}::${type}, ${page.position[1]}::text)`
    : sql``;
  const order = sql`order by ${column} ${direction}, cluster_id ${direction}`;
  const { rows } = await sql<ClusterRow>`${described(
    clock,
    sql`from clusters where ${matches(namespaceId, search)} ${behind} ${order}
      limit ${page.limit} offset ${page.position ? 0 : page.offset}`,
    order,
  )}`.execute(run);
  return rows;
}

export async function countClusters(run: Sql, { namespaceId, search }: ClusterListing): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from clusters where ${matches(namespaceId, search)}`.execute(run);
  return rows[0]!.count;
}

/** What a cursor keeps of the last row of a page. */
export function positionOf(row: ClusterRow, { sort }: ClusterListing): [string, string] {
  const value = row[SORTS[sort.field].column];
  return [value instanceof Date ? value.toISOString() : value, row.cluster_id];
}

function matches(namespaceId: string, search: string | null) {
  const found = search === null ? sql`true` : sql`strpos(lower(name), lower(${search}::text)) > 0`;
  return sql`namespace_id = ${namespaceId} and ${found}`;
}
