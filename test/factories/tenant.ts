import { hashKey } from "../../server/src/tenancy/find-caller.ts";
import type { Database } from "../../server/src/db/database.ts";
import { json } from "../../server/src/db/json.ts";
import type { Permission } from "../../server/src/db/tables.ts";
import { newId, randomText } from "../../server/src/platform/ids.ts";

export interface TestTenant {
  readonly organizationId: string;
  readonly namespaceId: string;
  readonly namespaceName: string;
  readonly userId: string;
  readonly key: string;
  /** Headers of a request by this tenant's key in its namespace. */
  readonly headers: Record<string, string>;
}

/** An organization with one user, one key (admin unless told) and one namespace. */
export async function createTenant(db: Database, permissions: Permission[] = ["admin"]): Promise<TestTenant> {
  const organizationId = newId("org");
  const userId = newId("user");
  const namespaceId = newId("ns");
  const namespaceName = `space-${randomText(8).toLowerCase()}`;
  await db.sql
    .insertInto("organizations")
    .values({ organization_id: organizationId, name: "Test" })
    .execute();
  await db.sql
    .insertInto("users")
    .values({
      user_id: userId,
      organization_id: organizationId,
      email: `${userId}@example.org`.toLowerCase(),
    })
    .execute();
  await db.sql
    .insertInto("namespaces")
    .values({
      namespace_id: namespaceId,
      organization_id: organizationId,
      name: namespaceName,
      description: null,
    })
    .execute();
  const key = await createKey(db, organizationId, userId, permissions);
  return {
    organizationId,
    namespaceId,
    namespaceName,
    userId,
    key,
    headers: { authorization: `Bearer ${key}`, "x-namespace": namespaceId },
  };
}

/** Another key of the same user; `scopes` limits it to namespaces. */
export async function createKey(
  db: Database,
  organizationId: string,
  userId: string,
  permissions: Permission[],
  scopes: { resource_type: string; resource_id: string }[] = [],
): Promise<string> {
  const key = `sk_test_${randomText(32)}`;
  await db.sql
    .insertInto("api_keys")
    .values({
      key_id: newId("key"),
      organization_id: organizationId,
      user_id: userId,
      name: `key-${randomText(8)}`,
      key_hash: hashKey(key),
      key_prefix: key.slice(0, 12),
      permissions,
      scopes: json(scopes) as never,
      rate_limit_override: null,
      expires_at: null,
      last_used_at: null,
      created_by: null,
      revoked_at: null,
      revoked_by: null,
    })
    .execute();
  return key;
}
