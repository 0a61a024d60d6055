import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import type { Api } from "../../test/factories/api.ts";
import { seededRandom } from "../../test/factories/random.ts";

/** A small collection that the clusters of the triggers compute. */
export async function seedCollection(api: Api): Promise<string> {
  const random = seededRandom(11);
  const collection = await api.call("POST", "/v1/collections", {
    collection_name: "points",
    features: [{ name: "v", dimensions: 4 }],
  });
  await api.call("POST", "/v1/collections/points/documents/ingest", {
    documents: Array.from({ length: 100 }, (_, index) => ({
      document_id: `p${index}`,
      vectors: { v: [random.next(), random.next(), random.next(), random.next()] },
    })),
  });
  return collection.collection_id;
}

/**
 * Interval triggers, each with a cluster of its own, made after one that the API made; nothing is due until the bench
 * says so. Returns their ids, the prefix and a number from 1 on. Paused ones are for the floor.
 */
export async function seedTriggers(
  db: Database,
  api: Api,
  prefix: string,
  count: number,
  status: "active" | "paused" = "active",
): Promise<string[]> {
  const model = await api.call("POST", "/v1/clusters/triggers", {
    execution_config: {
      collection_ids: ["points"],
      config: { algorithm: "kmeans", n_clusters: 2, n_init: 1 },
    },
    trigger_type: "interval",
    schedule_config: { interval_seconds: 864_000 },
    status: "paused",
  });
  await sql`
    insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    select 'clust_' || ${prefix} || n, namespace_id, organization_id, ${prefix} || ' ' || n, collection_ids, cluster_type, definition, wire_config
    from clusters, generate_series(1, ${count}::int) as n where cluster_id = ${model.cluster_id}`.execute(
    db.sql,
  );
  await sql`
    insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at)
    select 'trig_' || ${prefix} || n, namespace_id, organization_id, 'clust_' || ${prefix} || n, trigger_type, schedule_config, ${status}, anchor_at
    from triggers, generate_series(1, ${count}::int) as n where trigger_id = ${model.trigger_id}`.execute(
    db.sql,
  );
  await sql`vacuum analyze`.execute(db.sql);
  return Array.from({ length: count }, (_, index) => `trig_${prefix}${index + 1}`);
}
