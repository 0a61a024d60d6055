import type { Recluster } from "#client/client.ts";
import type { ClusterTrigger } from "#contract/triggers.ts";
import { showInstant } from "../output/answer.ts";
import { say, section } from "./say.ts";

export interface Made {
  readonly name: string;
  readonly clusterId: string;
  readonly trigger: ClusterTrigger;
}

/**
 * Reduce, then cluster: in 784 dimensions HDBSCAN calls most pictures noise. Nobody says how many digits there are, only
 * that a group has 500 pictures, half of what a digit has here; smaller groups, or `eom`, join 4 with 9 and 3 with 5 and 8.
 * The map is begun where the one before ended, so that two of them can be compared.
 */
const DIGITS = {
  clustering_method: "hdbscan",
  normalize_features: false,
  algorithm_params: { min_cluster_size: 500, min_samples: 6, cluster_selection_method: "leaf" },
  reduce: { method: "umap", dims: 10, n_neighbors: 15, min_dist: 0, metric: "cosine" },
  coordinates: { method: "umap", metric: "cosine", from_previous: true },
} as const;

/** Seconds between two looks at whether the digits are still those that were clustered. */
const CHECK_SECONDS = 10;

/** Three clusters and three kinds of trigger: an interval, a cron, and a condition. */
export async function makeClustersAndTriggers(client: Recluster): Promise<Made[]> {
  section("Clusters, and when to compute them again");
  const texts = await client.clusters.create({
    cluster_name: "topics",
    collection_ids: ["docs"],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 12 } },
  });
  const categories = await client.clusters.create({
    cluster_name: "categories",
    collection_ids: ["docs"],
    cluster_type: "attribute",
    attribute_config: { attributes: ["category"] },
  });
  const digits = await client.clusters.create({
    cluster_name: "digits",
    collection_ids: ["digits"],
    vector_config: DIGITS,
    place_new_documents: true,
  });
  return [
    await make(client, "topics", texts.cluster_id, "every hour, beginning now", {
      trigger_type: "interval",
      schedule_config: { interval_seconds: 3600, start_immediately: true },
    }),
    await make(client, "digits", digits.cluster_id, "when the pictures have drifted", {
      trigger_type: "conditional",
      schedule_config: {
        condition_type: "drift",
        threshold: 0.05,
        check_interval_seconds: CHECK_SECONDS,
      },
    }),
    await make(client, "categories", categories.cluster_id, "every ten seconds", {
      trigger_type: "cron",
      schedule_config: { cron_expression: "*/10 * * * * *", timezone: "Europe/Berlin" },
    }),
  ];
}

async function make(
  client: Recluster,
  name: string,
  clusterId: string,
  when: string,
  schedule: { trigger_type: "interval" | "cron" | "conditional"; schedule_config: Record<string, unknown> },
): Promise<Made> {
  const trigger = await client.clusterTriggers.create({
    cluster_id: clusterId,
    description: when,
    ...schedule,
  });
  say(
    `${name}: ${trigger.trigger_id} (${trigger.trigger_type}) ${when}; next ${showInstant(trigger.next_scheduled_at)}`,
  );
  return { name, clusterId, trigger };
}
