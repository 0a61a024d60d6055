import assert from "node:assert/strict";
import { test } from "node:test";

import * as kernels from "../src/index.ts";

const x: kernels.Matrix = { data: Float32Array.of(0, 1, 0, 2, 1, 1, 9, 8, 8, 9, 9, 9), rows: 6, cols: 2 };
const labels = [0, 0, 0, 1, 1, 1];
/** Calls as JavaScript makes them, without a look at types. */
const call = (name: keyof typeof kernels, ...args: unknown[]): Promise<unknown> =>
  Promise.resolve().then(() => (kernels[name] as (...all: unknown[]) => unknown)(...args));

test("an option of another kind is refused, not taken for a number", async () => {
  for (const [name, options] of [
    ["kmeans", { nClusters: 2, tol: "3" }],
    ["kmeans", { nClusters: 2, tol: null }],
    ["kmeans", { nClusters: 2, init: null }],
    ["gaussianMixture", { nComponents: 2, regCovar: "3" }],
    ["gaussianMixture", { nComponents: 2, seed: "3" }],
    ["gaussianMixture", { nComponents: 2, init: null }],
    ["gaussianMixture", { nComponents: 2, init: 5 }],
    ["pca", { seed: NaN }],
    ["dbscan", { eps: "3" }],
    ["hdbscan", { minClusterSize: 2, clusterSelectionEpsilon: null }],
    ["hdbscan", { minClusterSize: 2, alpha: "1" }],
    ["agglomerative", { distanceThreshold: null }],
    ["umap", { minDist: null }],
    ["umap", { init: null }],
    ["umap", { learningRate: 1e300 }],
  ] as const) {
    await assert.rejects(
      call(name, x, options),
      { name: "KernelError", code: "bad_parameter" },
      `${name} ${JSON.stringify(options)}`,
    );
  }
  await assert.rejects(call("assignNoise", x, labels, { maxDistance: null }), { code: "bad_parameter" });
});

test("labels that do not fit into what is given back are refused", async () => {
  for (const name of ["clusterCentroids", "assignNoise", "silhouette", "daviesBouldin"] as const) {
    await assert.rejects(call(name, x, [...labels.slice(1), 2 ** 31]), {
      code: "bad_parameter",
      message: /Label 2147483648 of row 5 is not a whole number from 0 to 2147483647/,
    });
  }
});

test("rows of another kind are refused by whatever takes rows", async () => {
  const others = { ...x, data: Float64Array.from(x.data) };
  for (const [name, ...args] of [
    ["kmeans", { nClusters: 2 }],
    ["gaussianMixture"],
    ["pca"],
    ["whitenRows"],
    ["dbscan"],
    ["hdbscan"],
    ["agglomerative"],
    ["nearestNeighbours", { k: 1 }],
    ["umap"],
    ["silhouette", labels],
    ["clusterCentroids", labels],
    ["assignNoise", labels],
    ["normalizeRows"],
  ] as const) {
    await assert.rejects(call(name, others, ...args), {
      code: "bad_parameter",
      message: /^x\.data is Float64Array; give/,
    });
  }
});
