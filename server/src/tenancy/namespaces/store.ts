import { sql as fragment } from "kysely";

import type { NamespaceQuotas } from "#contract/namespaces.ts";
import { databaseClock } from "../../db/database-clock.ts";
import { isUniqueViolation } from "../../db/database-errors.ts";
import type { Sql, Tx } from "../../db/database.ts";
import { json } from "../../db/json.ts";
import { AppError } from "../../platform/app-error.ts";

export interface NamespaceRow {
  readonly namespace_id: string;
  readonly name: string;
  readonly description: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly collection_count: number;
  readonly document_count: number;
  readonly size_bytes: number;
  readonly quotas: NamespaceQuotas;
}

export interface NamespaceFilter {
  readonly organizationId: string;
  /** Only these; null for all. */
  readonly namespaceIds: readonly string[] | null;
  /** Part of the name or description; null for any. */
  readonly search: string | null;
  readonly caseSensitive: boolean;
}

/** Creation instant (ISO) and id of the last namespace of the page before. */
export type NamespacePosition = readonly [string, string];

export async function insertNamespace(
  tx: Tx,
  namespaceId: string,
  organizationId: string,
  name: string,
  description: string | null,
  quotas: NamespaceQuotas,
): Promise<void> {
  await refuseTakenName(name, () =>
    tx
      .insertInto("namespaces")
      .values({
        namespace_id: namespaceId,
        organization_id: organizationId,
        name,
        description,
        quotas: json(quotas) as never,
      })
      .execute(),
  );
}

export interface NamespaceChanges {
  readonly name?: string;
  readonly description?: string | null;
  /** `merge` leaves those that are not given as they are. */
  readonly quotas?: { readonly given: NamespaceQuotas; readonly merge: boolean };
}

export async function updateNamespace(
  tx: Tx,
  namespaceId: string,
  { quotas, ...changes }: NamespaceChanges,
): Promise<void> {
  const merged = quotas && fragment`${quotas.merge ? fragment`quotas ||` : fragment``} ${json(quotas.given)}`;
  await refuseTakenName(changes.name, () =>
    tx
      .updateTable("namespaces")
      .set({
        ...changes,
        ...(merged ? { quotas: merged as never } : {}),
        updated_at: fragment`${databaseClock.now}` as never,
      })
      .where("namespace_id", "=", namespaceId)
      .execute(),
  );
}

async function refuseTakenName(name: unknown, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (!isUniqueViolation(error, "namespaces_organization_id_name_key")) throw error;
    throw new AppError(
      "name_taken",
      `There is a namespace named '${String(name)}' already. Choose another name.`,
      {
        details: { namespace_name: name },
      },
    );
  }
}

/** What is in the namespace, while its row is locked: nothing can be put into it meanwhile. */
export async function lockAndCount(
  tx: Tx,
  namespaceId: string,
): Promise<{ collections: number; clusters: number; triggers: number }> {
  await tx
    .selectFrom("namespaces")
    .select("namespace_id")
    .where("namespace_id", "=", namespaceId)
    .forUpdate()
    .execute();
  const { rows } = await fragment<{ collections: number; clusters: number; triggers: number }>`
    select (select count(*) from collections where namespace_id = ${namespaceId}) as collections,
      (select count(*) from clusters where namespace_id = ${namespaceId}) as clusters,
      (select count(*) from triggers where namespace_id = ${namespaceId}) as triggers`.execute(tx);
  return rows[0]!;
}

export async function deleteNamespace(tx: Tx, namespaceId: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom("namespaces")
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export async function readNamespace(sql: Sql, namespaceId: string): Promise<NamespaceRow | undefined> {
  return described(sql).where("namespace_id", "=", namespaceId).executeTakeFirst();
}

/** Oldest first, behind `position` or from `offset` on. */
export async function listNamespaces(
  sql: Sql,
  filter: NamespaceFilter,
  page: { limit: number; offset: number; position: NamespacePosition | null },
): Promise<NamespaceRow[]> {
  let query = described(sql).where(matches(filter));
  if (page.position) {
    const [at, id] = page.position;
    query = query.where(fragment<boolean>`(created_at, namespace_id) > (${at}::timestamptz, ${id})`);
  }
  return query
    .orderBy("created_at")
    .orderBy("namespace_id")
    .limit(page.limit)
    .offset(page.position ? 0 : page.offset)
    .execute();
}

export async function countNamespaces(sql: Sql, filter: NamespaceFilter): Promise<number> {
  const { count } = await sql
    .selectFrom("namespaces")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where(matches(filter))
    .executeTakeFirstOrThrow();
  return count;
}

function described(sql: Sql) {
  return sql
    .selectFrom("namespaces")
    .select(["namespace_id", "name", "description", "quotas", "created_at", "updated_at"])
    .select([
      fragment<number>`(select count(*) from collections c where c.namespace_id = namespaces.namespace_id)`.as(
        "collection_count",
      ),
      fragment<number>`(select coalesce(sum(document_count), 0)::bigint from collections c where c.namespace_id = namespaces.namespace_id)`.as(
        "document_count",
      ),
      fragment<number>`(select coalesce(sum(size_bytes), 0)::bigint from collections c where c.namespace_id = namespaces.namespace_id)`.as(
        "size_bytes",
      ),
    ]);
}

function matches({ organizationId, namespaceIds, search, caseSensitive }: NamespaceFilter) {
  const text = fragment`concat_ws(' ', name, description)`;
  const found = caseSensitive
    ? fragment`strpos(${text}, ${search}) > 0`
    : fragment`strpos(lower(${text}), lower(${search})) > 0`;
  return fragment<boolean>`organization_id = ${organizationId}
    and ${namespaceIds === null ? fragment`true` : fragment`namespace_id = any(${namespaceIds}::text[])`}
    and ${search === null ? fragment`true` : found}`;
}
