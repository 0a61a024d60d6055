import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../platform/app-error.ts";
import { isInScope, type Caller, type NamespaceRef } from "./caller.ts";

/**
 * The namespace with this id or name in the caller's organization. Throws `not_found` when there is none (or it is
 * somebody else's), `outside_scope` when the key is limited to others.
 */
export async function findNamespace(
  sql: Sql,
  caller: Pick<Caller, "organizationId" | "namespaceScope">,
  identifier: string,
): Promise<NamespaceRef> {
  const row = await sql
    .selectFrom("namespaces")
    .select(["namespace_id", "name"])
    .where("organization_id", "=", caller.organizationId)
    .where((where) => where.or([where("namespace_id", "=", identifier), where("name", "=", identifier)]))
    .executeTakeFirst();
  if (!row) throw notFound("namespace", identifier, "organization");
  const namespace = { namespaceId: row.namespace_id, name: row.name };
  if (!isInScope(caller, namespace)) {
    throw new AppError("outside_scope", `This key is limited to other namespaces than '${identifier}'.`, {
      details: { permission: "scope", namespace: identifier, scope: caller.namespaceScope },
    });
  }
  return namespace;
}
