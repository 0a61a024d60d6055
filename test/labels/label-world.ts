import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult } from "#contract/executions.ts";
import { createWorker, type Worker, type WorkerOptions } from "../../server/src/runs/worker.ts";
import { createTestDatabase } from "../factories/database.ts";
import type { LabelServer } from "../factories/label-server.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

export interface LabelWorld {
  readonly whole: WholeApp;
  readonly worker: Worker;
  readonly tenant: TestTenant;
  call<T>(method: "GET" | "POST" | "PATCH", url: string, payload?: object): Promise<T>;
  /** A collection with one feature, `vector`. */
  fill(collection: string, dimensions: number, documents: readonly object[]): Promise<void>;
  create(collections: readonly string[], fields: object): Promise<string>;
  /** Runs the cluster now; its newest execution. */
  run(clusterId: string): Promise<ClusterExecutionResult>;
  close(): Promise<void>;
}

/** The whole server, whose language models are at `server` if one is given. */
export async function createLabelWorld(
  server: LabelServer | null,
  { env = {}, ...options }: WorkerOptions & { readonly env?: Record<string, string> } = {},
): Promise<LabelWorld> {
  const database = await createTestDatabase();
  const models: Record<string, string> = server
    ? { OPENAI_API_KEY: "key-0123456789abcdef", RECLUSTER_OPENAI_BASE_URL: server.urls.openai }
    : {};
  const whole = await createWholeApp(database.db, { env: { ...models, ...env } });
  const tenant = await createTenant(database.db);
  const worker = createWorker(whole.rooms.runs, options);
  const call: LabelWorld["call"] = async (method, url, payload) => {
    const answer = await whole.app.inject({
      ...{ method, url, headers: tenant.headers },
      ...(payload ? { payload } : {}),
    });
    if (answer.statusCode >= 300)
      throw new Error(`${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json();
  };
  return {
    ...{ whole, worker, tenant, call },
    fill: async (collection, dimensions, documents) => {
      const features = [{ name: "vector", dimensions }];
      await call("POST", "/v1/collections", { collection_name: collection, features });
      await call("POST", `/v1/collections/${collection}/documents/ingest`, { documents });
    },
    create: async (collection_ids, fields) =>
      (await call<ClusterMetadata>("POST", "/v1/clusters", { collection_ids, ...fields })).cluster_id,
    run: async (clusterId) => {
      await call("POST", `/v1/clusters/${clusterId}/execute`);
      await worker.runOnce();
      return call("GET", `/v1/clusters/${clusterId}/executions`);
    },
    close: async () => {
      await worker.stop();
      await whole.close();
      await database.close();
    },
  };
}

/** K-means by the collections' only feature. */
export function kmeans(n_clusters: number, fields: object = {}) {
  const vector_config = {
    clustering_method: "kmeans",
    algorithm_params: { n_clusters },
    coordinates: { method: "none" },
  };
  return { vector_config, ...fields };
}

/** Documents in tight groups far apart, in as many dimensions as there are groups; `at` is how far out they are. */
export function inGroups(
  each: number,
  payloads: readonly ((i: number) => object)[],
  { at = 10, id = "doc" } = {},
): object[] {
  return Array.from({ length: each * payloads.length }, (_, i) => {
    const group = i % payloads.length;
    // No two are equal.
    const spread = (j: number) => ((i * 0.618034 + j * 0.414214) % 1) * 0.2;
    return {
      document_id: `${id}-${i}`,
      payload: payloads[group]!(i),
      vectors: { vector: payloads.map((_, j) => (j === group ? at : 0) + spread(j)) },
    };
  });
}
