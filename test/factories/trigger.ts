import type { Database } from "../../server/src/db/database.ts";
import { json } from "../../server/src/db/json.ts";
import { newId } from "../../server/src/platform/ids.ts";
import type { TestTenant } from "./tenant.ts";

/** A cluster's row, without documents behind it. */
export async function createTestCluster(db: Database, tenant: TestTenant, name: string): Promise<string> {
  const clusterId = newId("clust");
  const params = { n_clusters: 2, max_iter: 300, random_state: 42, n_init: 1, tol: 1e-4, init: "k-means++" };
  await db.sql
    .insertInto("clusters")
    .values({
      cluster_id: clusterId,
      namespace_id: tenant.namespaceId,
      organization_id: tenant.organizationId,
      name,
      description: null,
      collection_ids: ["col_none"],
      cluster_type: "vector",
      definition: json({
        collectionIds: ["col_none"],
        method: { algorithm: "kmeans", params },
        featureName: null,
        normalizeFeatures: true,
        labelPaths: null,
      }) as never,
      wire_config: json({ config: null, llm_labeling: null }) as never,
      metadata: json({}) as never,
    })
    .execute();
  return clusterId;
}

/** An interval trigger's row that never becomes due, on a cluster of its own unless told. */
export async function createTestTrigger(
  db: Database,
  tenant: TestTenant,
  name: string,
  clusterId?: string,
): Promise<string> {
  const triggerId = newId("trig");
  await db.sql
    .insertInto("triggers")
    .values({
      trigger_id: triggerId,
      namespace_id: tenant.namespaceId,
      organization_id: tenant.organizationId,
      cluster_id: clusterId ?? (await createTestCluster(db, tenant, name)),
      trigger_type: "interval",
      schedule_config: json({ interval_seconds: 3600 }) as never,
      status: "active",
      status_reason: null,
      status_by: null,
      description: name,
      anchor_at: new Date(0),
      next_due_at: null,
      decided_through: null,
      closed_at: null,
      last_triggered_at: null,
      last_run_id: null,
      last_cooldown_at: null,
      created_by: null,
    })
    .execute();
  return triggerId;
}
