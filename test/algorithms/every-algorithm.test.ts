import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";

import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import { adjustedRandIndex } from "#kernels/index.ts";
import { type DemoDocument, readDigits, readTexts } from "../../server/src/cli/demo/demo-data.ts";
import { createWorker, type Worker } from "../../server/src/runs/worker.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let worker: Worker;
let texts: DemoDocument[];
let digits: DemoDocument[];

const DIGITS = 1000;

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db);
  tenant = await createTenant(database.db);
  worker = createWorker(whole.rooms.runs);
  texts = await readTexts();
  digits = (await readDigits()).slice(0, DIGITS);
  await fill("texts", { name: "text", dimensions: 384 }, texts);
  await fill("digits", { name: "pixels", dimensions: 784 }, digits);
});
after(async () => {
  await worker.stop();
  await whole.close();
  await database.close();
});

async function call<T>(method: "GET" | "POST", url: string, payload?: object): Promise<T> {
  const answer = await whole.app.inject({
    ...{ method, url, headers: tenant.headers },
    ...(payload ? { payload } : {}),
  });
  assert.ok(answer.statusCode < 300, `${method} ${url} answered ${answer.statusCode}: ${answer.body}`);
  return answer.json<T>();
}

async function fill(collection: string, feature: object, documents: readonly DemoDocument[]): Promise<void> {
  await call("POST", "/v1/collections", { collection_name: collection, features: [feature] });
  await call("POST", `/v1/collections/${collection}/documents/ingest`, { documents });
}

async function create(collection: string, vector_config: object): Promise<string> {
  const body = { collection_ids: [collection], vector_config };
  return (await call<ClusterMetadata>("POST", "/v1/clusters", body)).cluster_id;
}

interface Run {
  readonly result: ClusterExecutionResult;
  readonly metrics: NonNullable<ClusterExecutionResult["metrics"]>;
  readonly notes: string;
  readonly members: NonNullable<ExecutionData["members"]>;
  readonly centroids: NonNullable<ExecutionData["centroids"]>;
  /** The label of each document, in the order they came; -1 for noise. */
  readonly labels: number[];
}

/** Runs the cluster now and reads it back on every route, and from the files. */
async function run(clusterId: string, documents: readonly DemoDocument[]): Promise<Run> {
  await call("POST", `/v1/clusters/${clusterId}/execute`);
  await worker.runOnce();
  const result = await call<ClusterExecutionResult>("GET", `/v1/clusters/${clusterId}/executions`);
  assert.equal(result.error_message, null);
  assert.equal(result.status, "completed");
  const url = `/v1/clusters/${clusterId}/executions/${result.run_id}`;
  const artifacts = await call<ExecutionData>("GET", `${url}/artifacts?include_members=true&limit=10000`);
  const { members, centroids } = artifacts as Required<Pick<Run, "members" | "centroids">>;
  const { metrics } = result as { metrics: Run["metrics"] };

  const { artifact_path } = await database.db.sql
    .selectFrom("executions")
    .select("artifact_path")
    .where("run_id", "=", result.run_id)
    .executeTakeFirstOrThrow();
  const folder = join(whole.rooms.runs.storageFolder, artifact_path!);
  const fromFile = async (name: string) =>
    parquetReadObjects({ file: await asyncBufferFromFile(join(folder, `${name}.parquet`)) });
  assert.deepEqual(
    (await fromFile("members")).map((row) => ({ ...row, coordinates: row.coordinates ?? null })),
    members,
  );
  assert.deepEqual(
    (await fromFile("centroids")).map(({ cluster_id, vector }) => ({ cluster_id, vector })),
    centroids.map(({ cluster_id, vector }) => ({ cluster_id, vector })),
  );

  assert.equal(result.num_points, documents.length, "noise counts");
  assert.equal(members.length, documents.length);
  assert.deepEqual([result.num_clusters, centroids.length], [centroids.length, result.centroids!.length]);
  const noise = members.filter((member) => member.cluster_id === null);
  assert.equal(Math.round(metrics.noise_share! * documents.length), noise.length);
  assert.ok(noise.every(({ distance }) => distance === null));
  assert.deepEqual(members.slice(members.length - noise.length), noise, "noise comes last");
  for (const { cluster_id, num_members } of centroids) {
    const own = await call<ExecutionData>("POST", `${url}/data`, { cluster_id, include_members: true });
    assert.equal(own.total, num_members);
    assert.ok(own.members!.every((member) => member.cluster_id === cluster_id && member.distance! >= 0));
  }
  const sizes = centroids.map(({ num_members }) => num_members);
  assert.deepEqual(
    sizes,
    sizes.toSorted((a, b) => b - a),
    "largest first",
  );
  const stats = await clusterStats(clusterId);
  assert.deepEqual([stats.num_clusters, stats.noise_points], [result.num_clusters, noise.length]);

  const clusterOf = new Map(members.map((member) => [member.document_id, member.cluster_id]));
  const labels = documents.map(({ document_id }) => Number(clusterOf.get(document_id)?.slice(3) ?? -1));
  return { result, metrics, notes: metrics.notes.join("\n"), members, centroids, labels };
}

async function clusterStats(clusterId: string) {
  const answer = await whole.app.inject({
    ...{ method: "PATCH", url: `/v1/clusters/${clusterId}`, headers: tenant.headers, payload: {} },
  });
  return answer.json<{ cluster_stats: { num_clusters: number; noise_points: number } }>().cluster_stats;
}

const isPlace = (dims: number) => (place: number[] | null) =>
  place?.length === dims && place.every((value) => Number.isFinite(value));

const SAMPLE = 500;
const AVERAGE = { linkage: "average", affinity: "cosine", distance_threshold: 0.5 };
const MIXTURE = { n_components: 12, covariance_type: "diag" };
/** Each with how far a sample's clusters agree with those of all texts at least (measured: 0.46 to 0.71). */
const BY: readonly [config: { clustering_method: string }, agreement: number, rule: RegExp][] = [
  [
    { clustering_method: "kmeans", ...{ kmeans_parameters: { n_clusters: 12, n_init: 1 } } },
    0.3,
    /others were assigned to the nearest centre/,
  ],
  [
    { clustering_method: "dbscan", ...{ dbscan_parameters: { eps: 0.18, metric: "cosine" } } },
    0.4,
    /nearest core document within eps/,
  ],
  [
    { clustering_method: "hdbscan", ...{ hdbscan_parameters: { min_cluster_size: 8 } } },
    0.4,
    /nearest by mutual reachability/,
  ],
  [
    { clustering_method: "agglomerative", ...{ algorithm_params: { n_clusters: 12 } } },
    0.3,
    /the cluster with the nearest mean/,
  ],
  [
    { clustering_method: "hierarchical", ...{ algorithm_params: AVERAGE } },
    0.4,
    /the cluster of the nearest document/,
  ],
  [
    {
      clustering_method: "gaussian_mixture",
      ...{ reduce: { method: "pca", dims: 20 }, algorithm_params: MIXTURE },
    },
    0.3,
    /the likeliest component/,
  ],
];

describe("texts through HTTP", () => {
  for (const [config, agreement, rule] of BY) {
    it(`${config.clustering_method}: all at once and on a sample`, async () => {
      const all = await run(await create("texts", config), texts);
      assert.ok(all.result.num_clusters >= 2, `${all.result.num_clusters} clusters: ${all.notes}`);
      assert.ok(all.members.every(({ coordinates }) => isPlace(2)(coordinates)));
      assert.ok(all.metrics.silhouette_score! > 0 && all.metrics.davies_bouldin_index! > 0, all.notes);
      checkCentroids(all);
      const some = await run(await create("texts", { ...config, sample_size: SAMPLE }), texts);
      assert.equal(some.metrics.approximate, true);
      assert.match(some.notes, new RegExp(`Fitted on a sample of ${SAMPLE} of ${texts.length} documents`));
      assert.match(some.notes, rule);
      assert.ok(some.members.every(({ coordinates }) => isPlace(2)(coordinates)));
      const same = adjustedRandIndex(all.labels, some.labels);
      assert.ok(same > agreement, `${same}`);
    });
  }
});

/** Each centroid is the mean of its members' vectors, divided by their length, and they lie as far from it as is said. */
function checkCentroids({ centroids, members }: Run): void {
  const vectorOf = new Map(texts.map(({ document_id, vectors }) => [document_id, unit(vectors.text!)]));
  for (const { cluster_id, vector } of centroids) {
    const own = members.filter((member) => member.cluster_id === cluster_id);
    const vectors = own.map(({ document_id }) => vectorOf.get(document_id)!);
    for (const [i, value] of vector!.entries()) {
      const mean = vectors.reduce((sum, one) => sum + one[i]!, 0) / vectors.length;
      assert.ok(Math.abs(mean - value) < 1e-5);
    }
    for (const [at, { distance }] of own.entries()) {
      const away = Math.hypot(...vectors[at]!.map((value, i) => value - vector![i]!));
      assert.ok(Math.abs(away - distance!) < 1e-5);
    }
  }
}

const unit = (vector: readonly number[]) => vector.map((value) => value / Math.hypot(...vector));

describe("digits through HTTP", () => {
  const truth = () => digits.map(({ payload }) => payload.digit as number);
  const pipeline = {
    clustering_method: "hdbscan",
    hdbscan_parameters: { min_cluster_size: 25, min_samples: 3 },
    normalize_features: false,
    reduce: { method: "umap", dims: 10, metric: "cosine" },
  };

  it("are found by UMAP and HDBSCAN, and noise goes to the nearest cluster when asked for", async () => {
    const found = await run(await create("digits", pipeline), digits);
    assert.match(found.notes, /Reduced by UMAP from 784 to 10 dimensions: exact neighbours/);
    // Measured: 0.54 and 0.6 % noise.
    assert.ok(adjustedRandIndex(found.labels, truth()) > 0.4 && found.metrics.noise_share! < 0.1);
    assert.equal(found.metrics.approximate, true);
    const settled = await run(await create("digits", { ...pipeline, reassign_noise: true }), digits);
    assert.equal(settled.metrics.noise_share, 0);
    const noise = found.labels.filter((label) => label < 0).length;
    assert.match(
      settled.notes,
      new RegExp(`${noise} documents were noise and got the cluster with the nearest mean`),
    );
    // Who was in a cluster is in the same one.
    const kept = found.labels.flatMap((label, i) => (label < 0 ? [] : [i]));
    const of = ({ labels }: Run) => kept.map((i) => labels[i]!);
    assert.equal(adjustedRandIndex(of(found), of(settled)), 1);
    const sampled = { ...pipeline, reassign_noise: true, sample_size: 600, coordinates: { method: "none" } };
    const some = await run(await create("digits", sampled), digits);
    assert.equal(some.metrics.noise_share, 0);
    assert.ok(some.members.every(({ coordinates }) => coordinates === null));
    assert.ok(adjustedRandIndex(some.labels, truth()) > 0.4);
  });

  it("get a map in three dimensions that goes on from the one before, by either method", async () => {
    for (const method of ["umap", "pca"]) {
      const coordinates = { method, dims: 3, from_previous: true };
      const config = {
        clustering_method: "kmeans",
        normalize_features: false,
        warm_start: true,
        coordinates,
      };
      const clusterId = await create("digits", {
        ...config,
        algorithm_params: { n_clusters: 10, n_init: 1 },
      });
      const first = await run(clusterId, digits);
      assert.match(first.notes, /The map begins afresh: no run before/);
      assert.match(first.notes, /K-means starts afresh: no run before/);
      const second = await run(clusterId, digits);
      assert.match(
        second.notes,
        new RegExp(`K-means starts from the 10 centroids of the run ${first.result.run_id}`),
      );
      assert.ok(second.metrics.iterations! <= first.metrics.iterations!);
      assert.match(
        second.notes,
        method === "umap" ? /starts from the places of 1000/ : /turned onto .* 1000 documents/,
      );
      const placeOf = new Map(
        first.members.map(({ document_id, coordinates: place }) => [document_id, place!]),
      );
      const moved = second.members.map(({ document_id, coordinates: place }) =>
        Math.hypot(...place!.map((value, i) => value - placeOf.get(document_id)![i]!)),
      );
      const size = Math.max(...first.members.map(({ coordinates: place }) => Math.hypot(...place!)));
      const mean = moved.reduce((sum, one) => sum + one, 0) / moved.length;
      assert.ok(mean < (method === "umap" ? 0.2 : 1e-3) * size, `${mean} of ${size}`);
      const url = `/v1/clusters/${clusterId}/executions/${second.result.run_id}/artifacts?include_members=true`;
      await call("GET", `${url}&projection_method=3d`);
      const flat = await whole.app.inject({
        method: "GET",
        url: `${url}&projection_method=2d`,
        headers: tenant.headers,
      });
      assert.equal(flat.json<{ error: { code: string } }>().error.code, "invalid_value");
    }
  });

  it("are in a trigger's history like any other run", async () => {
    const trigger = await call<{ trigger_id: string }>("POST", "/v1/clusters/triggers", {
      trigger_type: "interval",
      schedule_config: { interval_seconds: 86_400 },
      execution_config: {
        collection_ids: ["digits"],
        config: {
          algorithm: "dbscan",
          eps: 1e-6,
          normalize_features: false,
          coordinates: { method: "none" },
        },
      },
    });
    await call("POST", `/v1/triggers/${trigger.trigger_id}/execute`);
    await worker.runOnce();
    const history = await call<{
      executions: { status: string; num_clusters: number; num_documents: number }[];
    }>("POST", `/v1/clusters/triggers/${trigger.trigger_id}/history`);
    const [row] = history.executions;
    assert.deepEqual(
      [row!.status, row!.num_clusters, row!.num_documents],
      ["completed", 0, DIGITS],
      "all noise",
    );
  });
});
