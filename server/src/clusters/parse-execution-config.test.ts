import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { AppError, ValidationFailed } from "../platform/app-error.ts";
import type { ClusterDefinition } from "./definition.ts";
import { executionConfigOf } from "./execution-config.ts";
import { parseExecutionConfig } from "./parse-execution-config.ts";

const DEFAULTS = {
  n_clusters: 8,
  max_iter: 300,
  random_state: 42,
  n_init: 10,
  tol: 0.0001,
  init: "k-means++",
};

function faultsOf(config: Record<string, unknown>) {
  try {
    parseExecutionConfig(config);
  } catch (error) {
    assert.ok(error instanceof ValidationFailed, String(error));
    return error.faults.map((fault) => `${fault.loc.join(".")} ${fault.type}: ${fault.msg}`);
  }
  throw new Error("it was accepted");
}

function codeOf(config: Record<string, unknown>) {
  try {
    parseExecutionConfig(config);
  } catch (error) {
    assert.ok(error instanceof AppError, String(error));
    return `${error.code}: ${error.message}`;
  }
  throw new Error("it was accepted");
}

describe("execution_config.config", () => {
  it("means k-means at the contract's defaults", () => {
    assert.deepEqual(parseExecutionConfig({ algorithm: "kmeans" }), {
      method: { algorithm: "kmeans", params: DEFAULTS },
      featureName: null,
      normalizeFeatures: true,
      sampleSize: null,
      reduce: null,
      coordinates: { method: "pca", dims: 2, from_previous: false },
      reassignNoise: false,
      warmStart: false,
      centroid: "mean",
      filters: null,
      labelPaths: null,
    });
  });

  it("takes a sample to fit on, of at least as many documents as there are to be clusters", () => {
    const sampleSize = (config: object) =>
      parseExecutionConfig({ algorithm: "kmeans", n_clusters: 20, ...config }).sampleSize;
    assert.equal(sampleSize({ sample_size: 20 }), 20);
    assert.equal(sampleSize({ sample_size: null }), null);
    assert.match(
      codeOf({ algorithm: "kmeans", n_clusters: 20, sample_size: 19 }),
      /^invalid_value: sample_size is 19, but 20 clusters/,
    );
    assert.match(
      codeOf({ algorithm: "hdbscan", min_cluster_size: 50, sample_size: 49 }),
      /^invalid_value: sample_size is 49, but hdbscan needs at least 50 .* or lower min_cluster_size\.$/,
    );
    const one = { algorithm: "dbscan", sample_size: 1 };
    assert.equal(parseExecutionConfig(one).sampleSize, 1);
    assert.match(
      codeOf({ ...one, reduce: { method: "umap" } }),
      /^invalid_value: sample_size is 1, but one document alone cannot be reduced/,
    );
    assert.match(
      codeOf({ algorithm: "attribute_based", attributes: ["a"], sample_size: 100 }),
      /^invalid_value: sample_size is 100, but a sample makes no sense for grouping by attributes/,
    );
    assert.deepEqual(faultsOf({ algorithm: "kmeans", sample_size: 0 }), [
      "body.execution_config.config.sample_size greater_than_equal: Input should be greater than or equal to 1",
    ]);
  });

  it("takes parameters flat, under algorithm_params, and the latter over the former", () => {
    for (const config of [
      { algorithm: "kmeans", n_clusters: 3, tol: 0.5 },
      { algorithm: "kmeans", algorithm_params: { n_clusters: 3, tol: 0.5, algorithm: "lloyd" } },
      { algorithm: "kmeans", n_clusters: 9, tol: 0.5, algorithm_params: { n_clusters: 3 } },
    ]) {
      const { method } = parseExecutionConfig(config);
      assert.deepEqual(method, { algorithm: "kmeans", params: { ...DEFAULTS, n_clusters: 3, tol: 0.5 } });
    }
  });

  it("groups by attributes", () => {
    const { method } = parseExecutionConfig({
      algorithm: "attribute_based",
      attributes: ["brand", "meta.color"],
      hierarchical_grouping: true,
    });
    assert.deepEqual(method, {
      algorithm: "attribute_based",
      attributes: ["brand", "meta.color"],
      hierarchicalGrouping: true,
    });
    assert.deepEqual(faultsOf({ algorithm: "attribute_based" }), [
      "body.execution_config.config.attributes missing: Field required",
    ]);
    assert.deepEqual(faultsOf({ algorithm: "attribute_based", attributes: [] }), [
      "body.execution_config.config.attributes list_type: Input should be a list of one or more texts that are not empty",
    ]);
    for (const attributes of [
      ["a", "a"],
      ["brand", "meta.color", "meta.color"],
    ]) {
      assert.match(
        codeOf({ algorithm: "attribute_based", algorithm_params: { attributes } }),
        /^invalid_value: attributes names '(a|meta\.color)' twice; .* Name each attribute once\.$/,
      );
    }
    // Spelt otherwise they are others.
    const { method: others } = parseExecutionConfig({
      algorithm: "attribute_based",
      attributes: ["a", "A", "a.a"],
    });
    assert.deepEqual(others, {
      algorithm: "attribute_based",
      attributes: ["a", "A", "a.a"],
      hierarchicalGrouping: false,
    });
  });

  it("reads the label paths of labeling inputs", () => {
    const llm_labeling = {
      enabled: false,
      labeling_inputs: { input_mappings: [{ input_key: "t", source_type: "payload", path: "meta.name" }] },
    };
    assert.deepEqual(parseExecutionConfig({ algorithm: "kmeans", llm_labeling }).labelPaths, ["meta.name"]);
  });

  it("lists every unknown key with the nearest known name, and every wrong value", () => {
    assert.deepEqual(
      faultsOf({
        algorithm: "kmeans",
        n_cluster: 4,
        max_iter: "50",
        n_init: 0,
        algorithm_params: { n_clusters: 1, tol: 0, temperature: 1, random_state: null },
      }),
      [
        "body.execution_config.config.n_cluster extra_forbidden: Unknown field; did you mean 'n_clusters'?",
        "body.execution_config.config.max_iter integer_type: Input should be a valid integer",
        "body.execution_config.config.n_init greater_than_equal: Input should be greater than or equal to 1",
        "body.execution_config.config.algorithm_params.n_clusters greater_than_equal: Input should be greater than or equal to 2",
        "body.execution_config.config.algorithm_params.tol greater_than: Input should be greater than 0",
        "body.execution_config.config.algorithm_params.temperature extra_forbidden: Unknown field; known are: " +
          "n_clusters, max_iter, random_state, n_init, tol, init, verbose, copy_x, algorithm",
      ],
    );
    assert.deepEqual(faultsOf({ algorithm: "kmeanss" }), [
      "body.execution_config.config.algorithm enum: Unknown algorithm 'kmeanss'; did you mean 'kmeans'?",
    ]);
    assert.deepEqual(faultsOf({}), ["body.execution_config.config.algorithm missing: Field required"]);
    assert.deepEqual(faultsOf({ algorithm: "kmeans", n_clusters: null }), [
      "body.execution_config.config.n_clusters integer_type: Input should be a valid integer",
    ]);
    assert.match(faultsOf({ algorithm: "kmeans", constructor: 1 })[0]!, /extra_forbidden/);
  });

  it("refuses by code what is known but not built", () => {
    const there =
      /not_supported: .*There are: kmeans, dbscan, hdbscan, agglomerative, gaussian_mixture, attribute_based\./;
    for (const algorithm of ["mean_shift", "optics", "spectral"]) assert.match(codeOf({ algorithm }), there);
    for (const unbuilt of [
      { feature_uris: ["a", "b"], multi_feature_strategy: "weighted" },
      { llm_labeling: { enabled: true, response_shape: "category and confidence" } },
      { verbose: 1 },
      { copy_x: false },
      { algorithm_params: { algorithm: "elkan" } },
    ]) {
      assert.match(codeOf({ algorithm: "kmeans", ...unbuilt }), /^not_supported/, JSON.stringify(unbuilt));
    }
    assert.match(codeOf({ algorithm: "kmeans", init: "pca" }), /^invalid_value: .*'k-means\+\+' or 'random'/);
  });

  it("takes steps with the defaults of their methods, and lists what is wrong with them", () => {
    const { reduce, coordinates } = parseExecutionConfig({
      algorithm: "hdbscan",
      reduce: { method: "pca" },
      coordinates: { method: "umap" },
    });
    assert.deepEqual(reduce, { method: "pca", dims: 50, whiten: false });
    const umap = { method: "umap", n_neighbors: 15, metric: "euclidean" };
    assert.deepEqual(coordinates, { ...umap, dims: 2, min_dist: 0.1, from_previous: false });
    const at = "body.execution_config.config";
    assert.deepEqual(faultsOf({ algorithm: "kmeans", reduce: { method: "tsne" } }), [
      `${at}.reduce.method enum: method is "tsne"; it is one of pca, umap`,
    ]);
    assert.deepEqual(faultsOf({ algorithm: "kmeans", reduce: { method: "pca", dim: 3 } }), [
      `${at}.reduce.dim extra_forbidden: Unknown field; did you mean 'dims'?`,
    ]);
    assert.deepEqual(faultsOf({ algorithm: "kmeans", coordinates: { method: "pca", dims: 4 } }), [
      `${at}.coordinates.dims less_than_equal: Input should be less than or equal to 3`,
    ]);
    const metric = { method: "umap", metric: "manhattan" };
    assert.match(
      codeOf({ algorithm: "kmeans", reduce: metric }),
      /^invalid_value: metric of umap is 'manhattan'/,
    );
  });

  it("starts k-means from the run before only where its centroids lie in the same space", () => {
    assert.equal(parseExecutionConfig({ algorithm: "kmeans", warm_start: true }).warmStart, true);
    assert.match(
      codeOf({ algorithm: "kmeans", warm_start: true, reduce: { method: "pca" } }),
      /^invalid_value: warm_start begins with the centroids/,
    );
    assert.match(
      codeOf({ algorithm: "hdbscan", warm_start: true }),
      /^invalid_value: warm_start is for k-means/,
    );
    assert.match(
      codeOf({ algorithm: "gaussian_mixture", warm_start: true }),
      /^not_supported: warm_start=true/,
    );
  });

  it("is the same definition again after a round trip through a derived config", () => {
    for (const config of [
      {
        algorithm: "kmeans",
        n_clusters: 5,
        feature_uris: ["text", "image"],
        multi_feature_strategy: "weighted",
        feature_weights: { text: 0.7, image: 0.3 },
        normalize_features: false,
        random_state: null,
        sample_size: 500,
        filters: { AND: [{ field: "a", value: 1 }] },
      },
      {
        algorithm: "hdbscan",
        min_cluster_size: 20,
        reduce: { method: "umap", dims: 8, metric: "cosine" },
        coordinates: { method: "umap", dims: 3, from_previous: true },
        reassign_noise: true,
        effective_feature_method: "median",
      },
      { algorithm: "agglomerative", distance_threshold: 3, coordinates: { method: "none" } },
      {
        algorithm: "gaussian_mixture",
        n_components: 4,
        warm_start: false,
        reduce: { method: "pca", whiten: true },
      },
      { algorithm: "dbscan", eps: 0.3, metric: "cosine" },
      { algorithm: "kmeans", warm_start: true },
      { algorithm: "attribute_based", attributes: ["a.b"], hierarchical_grouping: true },
    ]) {
      const definition: ClusterDefinition = { collectionIds: ["col_1"], ...parseExecutionConfig(config) };
      const derived = executionConfigOf({
        collection_ids: ["col_1"],
        definition,
        wire_config: { config: null, llm_labeling: null },
      });
      assert.deepEqual(
        { collectionIds: derived.collection_ids, ...parseExecutionConfig(derived.config) },
        definition,
      );
    }
  });
});
