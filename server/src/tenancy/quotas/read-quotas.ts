import type { NamespaceQuotas } from "#contract/namespaces.ts";
import type { Sql } from "../../db/database.ts";
import { notFound } from "../../platform/app-error.ts";
import type { Quotas } from "../../platform/config.ts";

/** Those in force: the namespace's own where it has one (null is none), else the server's. */
export function inForce(own: NamespaceQuotas, defaults: Quotas): Quotas {
  return { ...defaults, ...own };
}

/** The quotas in force in a namespace; throws `not_found`. */
export async function readQuotas(run: Sql, namespaceId: string, defaults: Quotas): Promise<Quotas> {
  const row = await run
    .selectFrom("namespaces")
    .select("quotas")
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  if (!row) throw notFound("namespace", namespaceId, "organization");
  return inForce(row.quotas, defaults);
}
