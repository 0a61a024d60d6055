import type { Database } from "../../server/src/db/database.ts";
import { json } from "../../server/src/db/json.ts";
import { newId } from "../../server/src/platform/ids.ts";
import type { TestTenant } from "./tenant.ts";

/** An empty collection's row; returns its id. */
export async function createTestCollection(
  db: Database,
  tenant: TestTenant,
  name: string,
  features: readonly { readonly name: string; readonly dimensions: number }[],
): Promise<string> {
  const collectionId = newId("col");
  await db.sql
    .insertInto("collections")
    .values({
      collection_id: collectionId,
      namespace_id: tenant.namespaceId,
      name,
      description: null,
      metadata: json({}) as never,
      features: json(features) as never,
    })
    .execute();
  return collectionId;
}
