/**
 * Placing new documents: 9,000 handwritten digits are clustered by each method, 1,000 more arrive, the next run settles
 * them. How long the prediction of those 1,000 takes, alone and beside a run that uses every core; how long from an
 * acknowledged ingest until they are all on record; and how many the next run puts where they were predicted, beside how
 * many of the other 9,000 it leaves where they were. `--only METHOD,METHOD`; `--runs 20`; `--database postgres`.
 */
import { glob } from "node:fs/promises";
import { dirname, join } from "node:path";

import { askChild } from "../../server/src/runs/process/ask-child.ts";
import { ProcessPool } from "../../server/src/runs/process/process-pool.ts";
import type { PlaceJob } from "../../server/src/runs/rules/place-documents.ts";
import type { Api } from "../../test/factories/api.ts";
import { followRun } from "../at-scale/follow-run.ts";
import { withServer } from "../ingest/server.ts";
import { DIGIT_COLS, digits } from "../kernels/digits.ts";
import { median, percentile, row, timed, type BenchRow } from "../result.ts";

const BEFORE = 9_000;
const NEW = 1_000;
/** Milliseconds that the prediction of a thousand may take beside a run. */
const AIM_MS = 50;

const plain = { feature_uri: "pixels", coordinates: { method: "none" } };
const METHODS: Record<string, object> = {
  kmeans: { clustering_method: "kmeans", algorithm_params: { n_clusters: 12 }, warm_start: true },
  gaussian_mixture: {
    clustering_method: "gaussian_mixture",
    algorithm_params: { n_components: 10, covariance_type: "diag" },
    reduce: { method: "pca", dims: 20 },
  },
  ward: { clustering_method: "agglomerative", algorithm_params: { n_clusters: 10 } },
  hdbscan: {
    clustering_method: "hdbscan",
    algorithm_params: { min_cluster_size: 100, min_samples: 5 },
    reduce: { method: "pca", dims: 20 },
  },
  "hdbscan-after-umap": {
    clustering_method: "hdbscan",
    algorithm_params: { min_cluster_size: 500, min_samples: 6, cluster_selection_method: "leaf" },
    reduce: { method: "umap", dims: 10, n_neighbors: 15, min_dist: 0, metric: "cosine" },
  },
};

export async function bench(options: Record<string, string | undefined>): Promise<BenchRow[]> {
  const times = Number(options.runs ?? 20);
  const database = options.database ?? "pglite";
  if (database !== "pglite" && database !== "postgres")
    throw new Error(`--database is ${database}; it takes postgres or pglite.`);
  const names = options.only?.split(",") ?? Object.keys(METHODS);
  const rows: BenchRow[] = [];
  for (const name of names) {
    const config = METHODS[name];
    if (!config)
      throw new Error(`--only names '${name}'; placement has: ${Object.keys(METHODS).join(", ")}.`);
    rows.push(...(await withServer(database, (server) => measure(server, name, config, times))));
  }
  return rows;
}

async function measure(
  { api, folder }: { readonly api: Api; readonly folder: string },
  name: string,
  config: object,
  times: number,
): Promise<BenchRow[]> {
  const data = Float32Array.from(digits(BEFORE + NEW).x.data);
  await api.call("POST", "/v1/collections", {
    collection_name: "digits",
    features: [{ name: "pixels", dimensions: DIGIT_COLS }],
  });
  await ingest(api, data, 0, BEFORE);
  const cluster = await create(api, { ...plain, ...config }, true);
  const first = await followRun(api, cluster, {});
  await untilPlaced(api, cluster, first.runId, 0);

  const job = await placeJob(folder, data);
  const pool = new ProcessPool({ size: 1, memoryBytes: 4e9, inForeground: true });
  const place = () => askChild(pool, AbortSignal.timeout(600_000), (child) => child.place(job));
  const alone = await repeated(times, place);
  const run = await busy(api);
  const beside = await repeated(times, place);
  await run.stop();
  await pool.stop();

  const started = performance.now();
  await ingest(api, data, BEFORE, NEW);
  const acknowledged = performance.now();
  await untilPlaced(api, cluster, first.runId, NEW);
  const placedMs = performance.now() - acknowledged;
  const { placement } = await api.call("GET", `/v1/clusters/${cluster}`);
  const second = await followRun(api, cluster, {});
  const settled = await untilSettled(api, cluster, second.runId);
  const changes = await api.call("GET", `/v1/clusters/${cluster}/executions/${second.runId}/changes`);
  const { shared, moved } = changes.documents as { shared: number; moved: number };
  const what = `${NEW.toLocaleString("en-US")} digits by ${name}`;
  return [
    row(`predicting ${what}, beside a run`, "ms", median(beside), median(alone), {
      ...{ aim_ms: AIM_MS, p95: Math.round(percentile(beside, 95)) },
    }),
    row(`placing ${what}, from the acknowledged ingest until on record`, "ms", placedMs, null, {
      ingest_ms: Math.round(acknowledged - started),
    }),
    row(`predicted as settled, ${what}`, "share", settled.as_predicted / settled.documents, (shared - moved) / shared, {
      ...{ unplaced_share: Number((placement.unplaced_share as number).toFixed(4)), aim: 0.98 },
      noise_share: Number((changes.quality?.after?.noise_share ?? 0).toFixed(4)),
    }),
  ];
} // prettier-ignore

async function create(api: Api, vector_config: object, placing: boolean): Promise<string> {
  const { cluster_id } = await api.call("POST", "/v1/clusters", {
    ...{ collection_ids: ["digits"], vector_config, place_new_documents: placing },
  });
  return cluster_id as string;
}

async function ingest(api: Api, data: Float32Array, from: number, count: number): Promise<void> {
  for (let at = from; at < from + count; at += NEW) {
    const documents = Array.from({ length: NEW }, (_, i) => ({
      document_id: `digit-${at + i}`,
      vectors: { pixels: [...data.subarray((at + i) * DIGIT_COLS, (at + i + 1) * DIGIT_COLS)] },
    }));
    await api.call("POST", "/v1/collections/digits/documents/ingest", { documents });
  }
}

/** What the placer sends for the new documents, by the rules that the only run with rules has left. */
async function placeJob(folder: string, data: Float32Array): Promise<PlaceJob> {
  const found: string[] = [];
  for await (const path of glob("**/rules.bin", { cwd: folder })) found.push(dirname(path));
  if (found.length !== 1) throw new Error(`There are ${found.length} rules, not one.`);
  const values = data.subarray(BEFORE * DIGIT_COLS, (BEFORE + NEW) * DIGIT_COLS);
  return {
    ...{ storageFolder: folder, artifactPath: join(found[0]!), documents: NEW },
    vectors: [{ feature: "pixels", dimensions: DIGIT_COLS, values }],
  };
}

/** After one uncounted time, which starts the process and reads the rules. */
async function repeated(times: number, work: () => Promise<unknown>): Promise<number[]> {
  await work();
  const found: number[] = [];
  for (let at = 0; at < times; at++) found.push(await timed(work));
  return found;
}

/** A run that computes until it is stopped. */
async function busy(api: Api): Promise<{ stop(): Promise<void> }> {
  const config = {
    ...{ feature_uri: "pixels", clustering_method: "kmeans", coordinates: { method: "none" } },
    algorithm_params: { n_clusters: 500, n_init: 1_000, init: "random" },
  };
  const cluster = await create(api, config, false);
  const task = await api.call("POST", `/v1/clusters/${cluster}/execute`);
  for (;;) {
    const { status, additional_data, error } = await api.call("GET", `/v1/tasks/${task.task_id}`);
    if (additional_data.progress?.stage === "clustering") break;
    if (status !== "PENDING" && status !== "PROCESSING")
      throw new Error(`The run beside ended ${status}: ${error}`);
    await pause();
  }
  return {
    stop: async () => {
      await api.call("DELETE", `/v1/clusters/${cluster}`);
      await pause();
    },
  };
}

async function untilPlaced(api: Api, cluster: string, runId: string, count: number): Promise<void> {
  for (;;) {
    const { placement } = await api.call("GET", `/v1/clusters/${cluster}`);
    if (placement.state === "unavailable") throw new Error(placement.message);
    const { run_id, state, placed, unplaced } = placement;
    if (run_id === runId && state === "current" && placed + unplaced === count) return;
    await pause();
  }
}

async function untilSettled(api: Api, cluster: string, runId: string) {
  for (;;) {
    const { placement } = await api.call("GET", `/v1/clusters/${cluster}`);
    if (placement.settled?.run_id === runId && placement.settled.documents === NEW) {
      return placement.settled as { documents: number; as_predicted: number };
    }
    await pause();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 10));
}
