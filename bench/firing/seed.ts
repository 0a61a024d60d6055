import { sql } from "kysely";

import type { Database } from "../../server/src/db/database.ts";
import type { Api } from "../../test/factories/api.ts";
import { seededRandom } from "../../test/factories/random.ts";
import { dueTogether } from "./fire.ts";
import { makeDue } from "./queue.ts";

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
 * says so. Returns their ids, which look as random as real ones: what sorts and finds them is as fast. Paused ones
 * are for the floor.
 */
export async function seedTriggers(
  db: Database,
  api: Api,
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
  const ids = sql`(
    select left(md5(${model.trigger_id} || n), 16) as id from generate_series(1, ${count}::int) as n) as ids`;
  await sql`
    insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    select 'clust_' || id, namespace_id, organization_id, 'bench ' || id, collection_ids, cluster_type, definition, wire_config
    from clusters, ${ids} where cluster_id = ${model.cluster_id}`.execute(db.sql);
  const { rows } = await sql<{ trigger_id: string }>`
    insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status, anchor_at)
    select 'trig_' || id, namespace_id, organization_id, 'clust_' || id, trigger_type, schedule_config, ${status}, anchor_at
    from triggers, ${ids} where trigger_id = ${model.trigger_id}
    returning trigger_id`.execute(db.sql);
  await sql`vacuum analyze`.execute(db.sql);
  return rows.map((row) => row.trigger_id);
}

const YEAR_MS = 365 * 86_400_000;

/** Active triggers that are due in a year. */
export async function seedSleepers(db: Database, api: Api, count: number): Promise<void> {
  const ids = await seedTriggers(db, api, count);
  await makeDue(db, await dueTogether(db, ids, YEAR_MS));
  await sql`vacuum analyze`.execute(db.sql);
}
