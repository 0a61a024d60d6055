import assert from "node:assert/strict";
import { test } from "node:test";

import { kmeansDefinition } from "../../../test/factories/runs.ts";
import { toVectorMethod, type VectorAlgorithm } from "../clusters/methods/index.ts";
import { refuseTooLarge } from "./refuse-too-large.ts";

const MB = 1024 * 1024;
const CORES = 2;
type Definition = Parameters<typeof refuseTooLarge>[1];

const { method, featureName } = kmeansDefinition(["col_1"]);
const by = (algorithm: VectorAlgorithm, params: object = {}): Definition => ({
  method: toVectorMethod(algorithm, params as Record<string, unknown>),
  featureName,
});
/** The message, or undefined for what passes. */
const refusalOf = (documents: number, definition: Definition, limitBytes = 4096 * MB, runSeconds = 3600) => {
  try {
    const limits = { runMemoryBytes: limitBytes, runSeconds };
    refuseTooLarge({ documents, features: [{ name: "text", dimensions: 384 }] }, definition, limits, CORES);
    return undefined;
  } catch (error) {
    assert.equal((error as { code: string }).code, "too_large");
    return (error as Error).message;
  }
};
const refusal = (documents: number, sampleSize: number | null, limitBytes: number) =>
  refusalOf(documents, { method, featureName, sampleSize }, limitBytes);
const sampleAdvised = (message: string) =>
  Number(/Set sample_size to ([\d,]+) or less/.exec(message)![1]!.replaceAll(",", ""));

test("what fits passes, what does not is told the sample that would", () => {
  assert.equal(refusal(900_000, null, 4096 * MB), undefined);
  const message = refusal(2_000_000, null, 4096 * MB)!;
  assert.match(
    message,
    /^2,000,000 vectors of 384 dimensions, clustered all at once by kmeans, need about 7,0\d\d MB/,
  );
  assert.match(message, /a run may take 4,096 MB \(RECLUSTER_RUN_MEMORY_MB\)/);
  const largest = sampleAdvised(message);
  assert.equal(refusal(2_000_000, largest, 4096 * MB), undefined);
  assert.match(
    refusal(2_000_000, Math.ceil(largest * 1.1), 4096 * MB)!,
    /^A sample of [\d,]+ of 2,000,000 vectors/,
  );
  assert.equal(refusal(2_000_000, 3_000_000, 4096 * MB)?.startsWith("2,000,000 vectors"), true);
  assert.match(refusal(2_000_000, 100, 1024 * MB)!, /Raise the limit; no sample_size would do/);
});

test("what would take far longer than a run may is refused with what would do", () => {
  const message = refusalOf(1_000_000, by("hdbscan"), 64 * 1024 * MB)!;
  assert.match(
    message,
    /by hdbscan, need about \d+ h on 2 cores, and a run may take 3,600 s \(RECLUSTER_RUN_SECONDS\)/,
  );
  const sampleSize = sampleAdvised(message);
  assert.ok(sampleSize > 60_000, `${sampleSize}`);
  assert.equal(refusalOf(1_000_000, { ...by("hdbscan"), sampleSize }, 64 * 1024 * MB, 3600 / 3), undefined);
  assert.equal(refusalOf(100_000, by("hdbscan")), undefined, "what is done in one run");
  const reduced = { ...by("hdbscan"), reduce: { ...pca, dims: 50 } };
  const fewer = refusalOf(700_000, by("hdbscan"), 64 * 1024 * MB)!;
  assert.match(fewer, /Or set reduce to \{"method": "pca", "dims": 50\}\./);
  assert.equal(refusalOf(700_000, reduced, 64 * 1024 * MB, 3600 / 3), undefined);
  assert.doesNotMatch(message, /reduce/, "what would take longer than the limit is not advised");
});

test("each setting that alone would do is named, and does", () => {
  for (const [documents, definition, advice, changed] of [
    [100_000, { ...by("kmeans"), coordinates: umapMap }, /coordinates by pca/, by("kmeans")],
    [100_000, { ...by("kmeans"), reduce: umapReduce }, /reduce by pca/, { ...by("kmeans"), reduce: pca }],
    [
      30_000,
      by("gaussian_mixture", { n_components: 50 }),
      /covariance_type to 'diag'/,
      by("gaussian_mixture", { n_components: 50, covariance_type: "diag" }),
    ],
    [
      30_000,
      by("gaussian_mixture", { n_components: 20, n_init: 50 }),
      /n_init to 1/,
      by("gaussian_mixture", { n_components: 20 }),
    ],
    [
      30_000,
      by("gaussian_mixture", { n_components: 20, max_iter: 5000 }),
      /max_iter to 100/,
      by("gaussian_mixture", { n_components: 20 }),
    ],
    [500_000, by("kmeans", { n_clusters: 500 }), /n_init to 1/, by("kmeans", { n_clusters: 500, n_init: 1 })],
    [
      400_000,
      { ...by("kmeans", { n_init: 1 }), centroid: "medoid" },
      /the mean for effective_feature_method/,
      by("kmeans", { n_init: 1 }),
    ],
  ] as const) {
    // As little time as the changed definition needs, to the second: what takes up to three times the limit is tried.
    let seconds = 3;
    while (refusalOf(documents, changed, 64 * 1024 * MB, seconds / 3) !== undefined) seconds++;
    assert.match(refusalOf(documents, definition, 64 * 1024 * MB, seconds)!, advice);
  }
});

test("memory that grows with a parameter is saved by a lower one, which is named and does", () => {
  const advised = (text: RegExp, message: string) => Number(text.exec(message)![1]!.replaceAll(",", ""));
  for (const [documents, definition, advice, changed] of [
    [
      50_000,
      by("hdbscan", { min_cluster_size: 20_000 }),
      /[Ss]et min_samples to (\d+)\./,
      (min_samples: number) => by("hdbscan", { min_cluster_size: 20_000, min_samples }),
    ],
    [
      100_000,
      by("dbscan", { min_samples: 50_000 }),
      /[Ll]ower min_samples to (\d+)\./,
      (min_samples: number) => by("dbscan", { min_samples }),
    ],
    [
      20_000,
      by("gaussian_mixture", { n_components: 2000, max_iter: 1 }),
      /[Ll]ower n_components to ([\d,]+)\./,
      (n_components: number) => by("gaussian_mixture", { n_components, max_iter: 1 }),
    ],
  ] as const) {
    const limits = [2048 * MB, 1e6] as const;
    const message = refusalOf(documents, definition, ...limits)!;
    assert.match(message, /RECLUSTER_RUN_MEMORY_MB\)\. [A-Z]/);
    assert.equal(refusalOf(documents, changed(advised(advice, message)), ...limits), undefined, message);
  }
});

test("of too few documents nothing is estimated: the run says how many it wants", () => {
  for (const definition of [
    by("hdbscan", { min_cluster_size: 1e15 }),
    by("gaussian_mixture", { n_components: 1e15 }),
    by("agglomerative", { n_clusters: 1e15 }),
    by("dbscan", { min_samples: 1e15 }),
  ]) {
    assert.equal(refusalOf(30, definition), undefined);
  }
});

const umap = { method: "umap", n_neighbors: 15, min_dist: 0, metric: "euclidean" } as const;
const umapMap = { ...umap, dims: 2, from_previous: false };
const umapReduce = { ...umap, dims: 10 };
const pca = { method: "pca", dims: 10, whiten: false } as const;

test("linkages that hold all distances take no more rows than they can", () => {
  assert.equal(refusalOf(20_000, by("agglomerative", { linkage: "average" })), undefined);
  const message = refusalOf(20_001, by("agglomerative", { linkage: "average" }))!;
  assert.match(message, /^20,001 vectors .* are too many for linkage 'average'.* takes 20,000 at most/);
  assert.equal(sampleAdvised(message), 20_000);
  assert.match(message, /Or take linkage 'ward'\.$/);
  assert.equal(refusalOf(20_001, by("agglomerative", { linkage: "single" })), undefined);
});

test("the process itself is part of what a run takes", () => {
  assert.equal(refusalOf(60, by("kmeans"), 256 * MB), undefined);
  const message = refusalOf(60, by("kmeans"), 160 * MB)!;
  assert.match(message, /^60 vectors .* need about \d{3} MB.* Raise the limit; no sample_size would do\.$/);
  // 12,000 rows' distances are 576 MB, which reached 705 MB with the rest.
  const average = by("agglomerative", { linkage: "average" });
  const refused = refusalOf(30_000, average, 700 * MB)!;
  assert.ok(sampleAdvised(refused) <= 11_000, refused);
});

test("a definition of before there were reductions and maps is estimated like any other", () => {
  assert.equal(refusalOf(1000, { method, featureName }), undefined);
});

test("of a snapshot with more features only those that the run reads count", () => {
  const features = [
    { name: "text", dimensions: 384 },
    { name: "image", dimensions: 4096 },
  ];
  const limits = { runMemoryBytes: 4096 * MB, runSeconds: 3600 };
  const refuse = (featureName: string) =>
    refuseTooLarge({ documents: 800_000, features }, { method, featureName }, limits, CORES);
  refuse("text");
  const both = { names: ["text", "image"], strategy: "concatenate", weights: null } as const;
  assert.throws(
    () =>
      refuseTooLarge(
        { documents: 300_000, features },
        { method, featureName: null, several: both },
        limits,
        CORES,
      ),
    /^RunRefused: 300,000 vectors of 4480 dimensions/,
  );
  // One after the other they take the memory of the larger, and the time of both.
  const independent = { ...both, strategy: "independent" } as const;
  const refuseEach = (runMemoryBytes: number, runSeconds: number) =>
    refuseTooLarge(
      { documents: 200_000, features },
      { method, featureName: null, several: independent },
      { runMemoryBytes, runSeconds },
      CORES,
    );
  refuseEach(16_384 * MB, 3600);
  assert.throws(
    () => refuseEach(4096 * MB, 3600),
    /^RunRefused: 200,000 vectors of 384 and of 4096 dimensions, clustered all at once by kmeans, need about 7,\d\d\d MB/,
  );
  assert.throws(() => refuse("image"), /^RunRefused: 800,000 vectors of 4096 dimensions/);
});

test("groups of attributes need no vectors", () => {
  const attributes = {
    algorithm: "attribute_based",
    attributes: ["a"],
    hierarchicalGrouping: false,
  } as const;
  const limits = { runMemoryBytes: 128 * MB, runSeconds: 1 };
  refuseTooLarge({ documents: 1e9, features: [] }, { method: attributes, featureName }, limits);
});
