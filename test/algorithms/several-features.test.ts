import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import type { ClusterMetadata } from "#contract/clusters.ts";
import type { ClusterExecutionResult, ExecutionData } from "#contract/executions.ts";
import { createWorker, type Worker } from "../../server/src/runs/worker.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { createTenant, type TestTenant } from "../factories/tenant.ts";
import { createWholeApp, type WholeApp } from "../factories/whole-app.ts";

let database: TestDatabase;
let whole: WholeApp;
let tenant: TestTenant;
let worker: Worker;

const DOCUMENTS = 60;
const TEXT = { name: "text", dimensions: 3 };
const IMAGE = { name: "image", dimensions: 2 };

/** Three groups by text, two by image, six by both; what spreads is far smaller than what parts them. */
const documents = Array.from({ length: DOCUMENTS }, (_, i) => {
  const spread = (j: number) => ((i * 0.618034 + j * 0.414214) % 1) * 0.1;
  const vector = (length: number, group: number) =>
    Array.from({ length }, (_, j) => (j === group ? 5 : 0) + spread(j));
  return { document_id: `d-${i}`, vectors: { text: vector(3, i % 3), image: vector(2, i % 2) } };
});

before(async () => {
  database = await createTestDatabase();
  whole = await createWholeApp(database.db);
  tenant = await createTenant(database.db);
  worker = createWorker(whole.rooms.runs);
  await fill("both", [TEXT, IMAGE]);
  await fill("texts", [TEXT]);
});
after(async () => {
  await worker.stop();
  await whole.close();
  await database.close();
});

async function send(method: "GET" | "POST" | "PATCH", url: string, payload?: object) {
  return whole.app.inject({ method, url, headers: tenant.headers, ...(payload ? { payload } : {}) });
}

async function call<T>(...request: Parameters<typeof send>): Promise<T> {
  const answer = await send(...request);
  assert.ok(
    answer.statusCode < 300,
    `${request[0]} ${request[1]} answered ${answer.statusCode}: ${answer.body}`,
  );
  return answer.json<T>();
}

async function fill(collection: string, features: readonly { readonly name: string }[]): Promise<void> {
  await call("POST", "/v1/collections", { collection_name: collection, features });
  const own = documents.map(({ document_id, vectors }) => ({
    document_id,
    vectors: Object.fromEntries(
      Object.entries(vectors).filter(([of]) => features.some((f) => f.name === of)),
    ),
  }));
  await call("POST", `/v1/collections/${collection}/documents/ingest`, { documents: own });
}

const kmeans = (n_clusters: number, fields: object = {}) => ({
  ...{ clustering_method: "kmeans", algorithm_params: { n_clusters }, ...fields },
});

async function create(vector_config: object, collections = ["both"]): Promise<ClusterMetadata> {
  return call("POST", "/v1/clusters", { collection_ids: collections, vector_config });
}

async function run(clusterId: string) {
  await call("POST", `/v1/clusters/${clusterId}/execute`);
  await worker.runOnce();
  const result = await call<ClusterExecutionResult>("GET", `/v1/clusters/${clusterId}/executions`);
  assert.deepEqual([result.error_message, result.status], [null, "completed"]);
  const url = `/v1/clusters/${clusterId}/executions/${result.run_id}`;
  const data = await call<ExecutionData>("POST", `${url}/data`, { include_members: true });
  return { result, url, data, members: data.members!, centroids: data.centroids! };
}

test("a cluster without a named feature groups by the one that all its collections have", async () => {
  const { cluster_id } = await create(kmeans(3), ["texts", "both"]);
  const { result, centroids } = await run(cluster_id);
  assert.deepEqual([result.num_points, result.num_clusters], [2 * DOCUMENTS, 3]);
  assert.ok(centroids.every(({ vector }) => vector?.length === TEXT.dimensions));
});

const BOTH = { feature_uris: ["text", "image"] };
const lengthOf = (vector: readonly number[]) => Math.hypot(...vector);

/** The documents' vectors as the run has them: of length 1 each, times the root of its weight, beside each other. */
function beside(i: number, weights: { readonly text: number; readonly image: number }): number[] {
  const { text, image } = documents[i]!.vectors;
  return [
    ...text.map((value) => (value / lengthOf(text)) * Math.sqrt(weights.text)),
    ...image.map((value) => (value / lengthOf(image)) * Math.sqrt(weights.image)),
  ];
}

/** Which documents are together, whatever their clusters are called: sorted lists of positions. */
function partsOf(members: NonNullable<ExecutionData["members"]>): number[][] {
  const byCluster = Map.groupBy(members, (member) => member.cluster_id);
  const parts = [...byCluster.values()].map((part) =>
    part.map((member) => Number(member.document_id.slice(2))).sort((a, b) => a - b),
  );
  return parts.sort((a, b) => a[0]! - b[0]!);
}

/** Documents by the remainder of their position. */
const groupsOf = (count: number) =>
  Array.from({ length: count }, (_, group) =>
    Array.from({ length: DOCUMENTS / count }, (_, i) => group + i * count),
  );

test("features beside each other part what each alone does not, also for documents beyond a sample", async () => {
  for (const more of [{}, { sample_size: 30 }]) {
    const made = await create(kmeans(6, { ...BOTH, ...more }));
    assert.deepEqual(
      [made.feature_uris, made.multi_feature_strategy, made.feature_weights],
      [["text", "image"], "concatenate", null],
    );
    const { members, centroids, result } = await run(made.cluster_id);
    assert.deepEqual(partsOf(members), groupsOf(6));
    assert.equal(result.num_points, DOCUMENTS);
    for (const { document_id, cluster_id, distance } of members) {
      const own = beside(Number(document_id.slice(2)), { text: 1, image: 1 });
      const centre = centroids.find((centroid) => centroid.cluster_id === cluster_id)!.vector!;
      const expected = lengthOf(own.map((value, j) => value - centre[j]!));
      assert.ok(Math.abs(distance! - expected) < 1e-6, `${document_id}: ${distance}, not ${expected}`);
    }
  }
});

test("a feature counts by its weight, in the order of feature_uris", async () => {
  for (const [strategy, weights, clusters] of [
    ["weighted", { text: 1, image: 1e-4 }, 3],
    ["concatenate", { image: 4, text: 1e-4 }, 2],
  ] as const) {
    const config = { ...BOTH, multi_feature_strategy: strategy, feature_weights: weights };
    const made = await create(kmeans(clusters, config));
    assert.deepEqual([made.multi_feature_strategy, made.feature_weights], [strategy, weights]);
    const patched = await call<{ vector_config: object }>("PATCH", `/v1/clusters/${made.cluster_id}`, {});
    assert.deepEqual(
      { ...patched.vector_config, ...config, feature_uri: null },
      patched.vector_config,
      "the vector_config makes the same cluster again",
    );
    const { members, centroids } = await run(made.cluster_id);
    assert.deepEqual(partsOf(members), groupsOf(clusters));
    for (const { cluster_id, vector } of centroids) {
      const own = members.filter((member) => member.cluster_id === cluster_id);
      const rows = own.map(({ document_id }) => beside(Number(document_id.slice(2)), weights));
      const mean = vector!.map((_, j) => rows.reduce((sum, row) => sum + row[j]!, 0) / rows.length);
      const off = vector!.map((value, j) => Math.abs(value - mean[j]!));
      assert.ok(Math.max(...off) < 1e-6, `${vector!.join()} is not ${mean.join()}`);
    }
  }
});

/** With one more document, which is alone by its text and not by its image. */
async function fillOdd(): Promise<void> {
  await fill("odd", [TEXT, IMAGE]);
  await call("POST", "/v1/collections/odd/documents/ingest", {
    documents: [{ document_id: `d-${DOCUMENTS}`, vectors: { text: [1, 1, 1], image: [1, 0] } }],
  });
}

test("each feature by itself: every document is a member once for each", async () => {
  await fillOdd();
  const config = { ...BOTH, multi_feature_strategy: "independent" };
  const dbscan = { clustering_method: "dbscan", algorithm_params: { eps: 0.1, metric: "cosine" }, ...config };
  const made = await create(dbscan, ["odd"]);
  assert.equal(made.multi_feature_strategy, "independent");
  const { result, url, data, members, centroids } = await run(made.cluster_id);
  assert.deepEqual(
    [result.num_points, result.num_clusters, data.total],
    [DOCUMENTS + 1, 5, 2 * DOCUMENTS + 2],
  );
  const of = (feature: string) => members.filter((member) => member.feature === feature);
  const noise = members.filter((member) => member.cluster_id === null);
  assert.deepEqual(
    noise.map(({ document_id, feature, distance }) => [document_id, feature, distance]),
    [[`d-${DOCUMENTS}`, "text", null]],
  );
  assert.equal(members.at(-1), noise[0], "noise comes last");
  assert.deepEqual(partsOf(of("text")), [...groupsOf(3), [DOCUMENTS]]);
  const [even, odd] = groupsOf(2);
  assert.deepEqual(partsOf(of("image")), [[...even!, DOCUMENTS], odd]);
  assert.deepEqual(
    centroids.map(({ feature, num_members, vector }) => [feature, num_members, vector!.length]),
    [...[20, 20, 20].map((size) => ["text", size, 3]), ["image", 31, 2], ["image", 30, 2]],
  );
  assert.deepEqual(
    result.centroids!.map(({ cluster_id, feature }) => [cluster_id, feature]),
    centroids.map(({ cluster_id, feature }) => [cluster_id, feature]),
  );
  for (const { cluster_id, num_members, feature } of centroids) {
    const own = await call<ExecutionData>("POST", `${url}/data`, { cluster_id, include_members: true });
    assert.equal(own.total, num_members);
    assert.ok(own.members!.every((member) => member.cluster_id === cluster_id && member.feature === feature));
    assert.ok(own.members!.every((member) => member.coordinates?.length === 2));
  }
  const rest = { include_members: true, offset: DOCUMENTS, limit: 10_000 };
  const page = await call<ExecutionData>("POST", `${url}/data`, rest);
  assert.deepEqual(page.members, members.slice(DOCUMENTS));
  const { silhouette_score, features } = result.metrics!;
  assert.deepEqual(
    [silhouette_score, features!.map(({ feature, num_clusters }) => [feature, num_clusters])],
    [null, [["text", 3], ["image", 2]]],
  ); // prettier-ignore
  assert.ok(features!.every((feature) => feature.silhouette_score! > 0.9));
  assert.deepEqual(
    features!.map(({ noise_share }) => noise_share),
    [1 / (DOCUMENTS + 1), 0],
  );
});

test("each feature by itself is what a cluster of that feature alone finds, with a sample and from the run before", async () => {
  const config = { warm_start: true, coordinates: { method: "pca", from_previous: true }, sample_size: 40 };
  const made = await create(kmeans(3, { ...config, ...BOTH, multi_feature_strategy: "independent" }));
  const first = await run(made.cluster_id);
  const again = await run(made.cluster_id);
  const notes = again.result.metrics!.notes;
  for (const feature of ["text", "image"]) {
    const alone = await create(kmeans(3, { ...config, feature_uri: feature }));
    const single = await run(alone.cluster_id);
    const own = first.members.filter((member) => member.feature === feature);
    const without = (members: typeof own) =>
      members.map(({ document_id, distance, coordinates }) => [document_id, distance, coordinates]);
    assert.deepEqual(without(own), without(single.members));
    assert.deepEqual(
      first.centroids.filter((centroid) => centroid.feature === feature).map(({ vector }) => vector),
      single.centroids.map(({ vector }) => vector),
    );
    const {
      feature: _name,
      num_clusters: _clusters,
      ...figures
    } = first.result.metrics!.features!.find((metrics) => metrics.feature === feature)!;
    assert.deepEqual({ ...single.result.metrics, ...figures }, single.result.metrics);
    assert.ok(
      notes.includes(`${feature}: K-means starts from the 3 centroids of the run ${first.result.run_id}.`),
    );
    assert.ok(
      notes.some((note) =>
        note.startsWith(`${feature}: The map is turned onto that of the run before by the 60`),
      ),
    );
  }
});

test("a trigger's config takes the same, and is derived from a cluster that has them", async () => {
  const config = { ...BOTH, multi_feature_strategy: "weighted", feature_weights: { text: 0.7, image: 0.3 } };
  const schedule = { trigger_type: "interval", schedule_config: { interval_seconds: 3600 } };
  interface Answer {
    readonly cluster_id: string;
    readonly execution_config: { readonly config: object };
  }
  const own = await call<Answer>("POST", "/v1/clusters/triggers", {
    ...schedule,
    execution_config: {
      collection_ids: ["both"],
      config: { algorithm: "kmeans", n_clusters: 6, ...config },
    },
  });
  const { members } = await run(own.cluster_id);
  assert.deepEqual(partsOf(members), groupsOf(6));
  const { cluster_id } = await create(kmeans(6, config));
  const derived = await call<Answer>("POST", "/v1/clusters/triggers", { ...schedule, cluster_id });
  assert.deepEqual({ ...derived.execution_config.config, ...config }, derived.execution_config.config);
});

test("what does not fit together is refused, and says what would", async () => {
  for (const [fields, code, message] of [
    [{ feature_uris: ["text", "sound"] }, "unknown_feature", /no feature 'sound'; it has: text, image/],
    [{}, "unknown_feature", /has 2: text, image\. Name the one to use, or several/],
    [{ ...BOTH, feature_uri: "text" }, "invalid_value", /feature_uri is 'text'/],
    [{ feature_uri: "text", feature_weights: { text: 1 } }, "invalid_value", /names 'text' only/],
    [{ ...BOTH, multi_feature_strategy: "weighted" }, "not_supported", /such as \{"text":1,"image":1\}/],
    [{ feature_uri: "text", multi_feature_strategy: "independent" }, "invalid_value", /Name two or more/],
    [
      { ...BOTH, multi_feature_strategy: "independent", feature_weights: { text: 1, image: 1 } },
      "invalid_value",
      /by itself, so feature_weights would change nothing/,
    ],
    [
      { ...BOTH, weight_learning_config: { method: "bayesian" } },
      "not_supported",
      /Give the feature_weights/,
    ],
    [{ ...BOTH, output_strategy: "per_feature" }, "not_supported", /one output/],
  ] as const) {
    const answer = await send("POST", "/v1/clusters", {
      collection_ids: ["both"],
      vector_config: kmeans(2, fields),
    });
    const { error } = answer.json<{ error: { code: string; message: string } }>();
    assert.deepEqual([answer.statusCode, error.code], [400, code], answer.body);
    assert.match(error.message, message);
  }
  for (const [feature_weights, field, type] of [
    [{ text: 1 }, "image", "missing"],
    [{ text: 1, image: 0 }, "image", "greater_than"],
    [{ text: 1, image: 1, images: 1 }, "images", "extra_forbidden"],
  ] as const) {
    const config = kmeans(2, { ...BOTH, feature_weights });
    const answer = await send("POST", "/v1/clusters", { collection_ids: ["both"], vector_config: config });
    const { detail } = answer.json<{ detail: { loc: string[]; type: string }[] }>();
    assert.deepEqual(
      detail.map((fault) => [fault.loc, fault.type]),
      [[["body", "vector_config", "feature_weights", field], type]],
    );
  }
});

test("a note says how many documents have no vector of what a run groups by", async () => {
  await fill("gaps", [TEXT, IMAGE]);
  const more = Array.from({ length: 9 }, (_, i) => ({
    document_id: `gap-${i}`,
    vectors: i < 6 ? { text: [1, 2, i] } : {},
  }));
  await call("POST", "/v1/collections/gaps/documents/ingest", { documents: more });
  const told = async (config: object) => {
    const { cluster_id } = await create(kmeans(2, config), ["gaps"]);
    const { result } = await run(cluster_id);
    const notes = result.metrics!.notes.filter((note) => note.includes("left out"));
    return [result.num_points, ...notes];
  };
  assert.deepEqual(await told({ feature_uris: ["text"] }), [
    DOCUMENTS + 6,
    "3 of 69 documents have no vector of 'text' and were left out.",
  ]);
  for (const strategy of ["concatenate", "independent"]) {
    assert.deepEqual(await told({ ...BOTH, multi_feature_strategy: strategy }), [
      DOCUMENTS,
      "9 of 69 documents have no vector of 'text' or none of 'image' and were left out.",
    ]);
  }
  // All documents of the other collections have one.
  const { cluster_id } = await create(kmeans(2, BOTH));
  assert.ok(!JSON.stringify((await run(cluster_id)).result.metrics).includes("left out"));
});
