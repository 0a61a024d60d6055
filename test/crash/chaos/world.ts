import type { Api } from "../../factories/api.ts";
import type { SentDocuments } from "../sent-documents.ts";
import type { Random } from "./fleet.ts";

export const COLLECTIONS = ["points-0", "points-1", "points-2", "points-3"] as const;
export const DOCUMENTS = 100;
const DIMENSIONS = 8;
const CLUSTERS = 50;
/** A collection that stays empty: what clusters it fails each time. */
const EMPTY = "nothing";

const TYPES = ["cron", "interval", "event", "conditional"] as const;
type TriggerType = (typeof TYPES)[number];
/** Each measures every ten seconds or so. */
const CONDITIONAL = 12;

export interface World {
  readonly clusters: readonly string[];
  readonly triggers: Readonly<Record<TriggerType, readonly string[]>>;
}

/** Collections with documents, clusters, and `each` triggers of each type (a dozen with conditions), several to a cluster. */
export async function createWorld(
  api: Api,
  each: number,
  sent: SentDocuments,
  random: Random,
): Promise<World> {
  const collectionIds: string[] = [];
  for (const name of [...COLLECTIONS, EMPTY]) {
    const features = [{ name: "v", dimensions: DIMENSIONS }];
    const collection = await api.call("POST", "/v1/collections", { collection_name: name, features });
    collectionIds.push(collection.collection_id);
  }
  for (const name of COLLECTIONS) {
    const documents = Array.from({ length: DOCUMENTS }, (_, index) => pointOf(`${name}-${index}`, random));
    await api.call("POST", `/v1/collections/${name}/documents/ingest`, { documents });
    for (const { document_id } of documents) sent.acknowledged.add(document_id);
  }
  const clusters: string[] = [];
  for (let index = 0; index < CLUSTERS; index++)
    clusters.push(await createCluster(api, COLLECTIONS[index % COLLECTIONS.length]!));
  const hopeless = await createCluster(api, EMPTY);
  const triggers: Record<TriggerType, string[]> = { cron: [], interval: [], event: [], conditional: [] };
  for (const type of TYPES) {
    for (let index = 0; index < (type === "conditional" ? CONDITIONAL : each); index++) {
      // Two of each type on the cluster that always fails.
      const isHopeless = index < 2;
      const cluster = isHopeless ? hopeless : clusters[random.integer(0, CLUSTERS - 1)]!;
      // What the hopeless cluster computes gets no documents, so its event triggers watch others.
      const watched = type === "event" && isHopeless ? { collection_id: collectionIds[index] } : {};
      const trigger = await api.call("POST", "/v1/clusters/triggers", {
        cluster_id: cluster,
        trigger_type: type,
        schedule_config: { ...SCHEDULES[type](random, index), ...boundOf(type, index), ...watched },
      });
      triggers[type].push(trigger.trigger_id);
    }
  }
  return { clusters, triggers };
}

export function pointOf(id: string, random: Random) {
  return { document_id: id, vectors: { v: Array.from({ length: DIMENSIONS }, () => random.next()) } };
}

async function createCluster(api: Api, collection: string): Promise<string> {
  const cluster = await api.call("POST", "/v1/clusters", {
    collection_ids: [collection],
    vector_config: { clustering_method: "kmeans", algorithm_params: { n_clusters: 2, n_init: 1 } },
  });
  return cluster.cluster_id;
}

const EVENT_TYPES = ["documents_added", "documents_added", "documents_updated", "batch_completed"] as const;

/** Met now and then by what arrives; of the first two, on the cluster that always fails, there is nothing to measure. */
const CONDITIONS = [
  { condition_type: "volume", threshold: 0.02 },
  { condition_type: "drift", threshold: 0.001 },
  { condition_type: "quality", threshold: 0.001 },
  { condition_type: "drift", metric: "cosine_drift", threshold: 0, clear_threshold: 0 },
  { condition_type: "volume", threshold: 0.01, consecutive_breaches: 2 },
] as const;

const SCHEDULES = {
  cron: (random: Random) => ({ cron_expression: cronOf(random) }),
  interval: (random: Random, index: number) => ({
    interval_seconds: random.integer(2, 30),
    start_immediately: index % 5 === 0,
  }),
  event: (random: Random, index: number) => ({
    event_type: EVENT_TYPES[index % EVENT_TYPES.length],
    event_threshold: random.integer(1, 25),
    cooldown_seconds: random.integer(0, 12),
  }),
  conditional: (random: Random, index: number) => ({
    ...CONDITIONS[index % CONDITIONS.length],
    check_interval_seconds: random.integer(10, 15),
    min_documents: 20,
  }),
};

function cronOf(random: Random): string {
  const some = [
    `*/${random.integer(2, 30)} * * * * *`,
    `*/${random.integer(5, 30)} */2 * * * *`,
    `${random.integer(0, 19)},${random.integer(20, 39)},${random.integer(40, 59)} * * * * *`,
    "* * * * *",
    `*/${random.integer(2, 3)} * * * *`,
  ];
  return some[random.integer(0, some.length - 1)]!;
}

/** A few come to an end while servers die. */
function boundOf(type: string, index: number): Record<string, unknown> {
  return type !== "event" && index % 20 === 7 ? { max_executions: 1 + (index % 3) } : {};
}
