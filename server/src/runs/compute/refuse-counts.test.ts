import assert from "node:assert/strict";
import { test } from "node:test";

import { toVectorMethod, type VectorAlgorithm } from "../../clusters/methods/index.ts";
import { refuseTooFew } from "./refuse-counts.ts";

const refusalOf = (documents: number, algorithm: VectorAlgorithm, params = {}, reduce = false): string => {
  const method = toVectorMethod(algorithm, params);
  const definition = {
    normalizeFeatures: true,
    reduce: reduce ? ({ method: "pca", dims: 2, whiten: false } as const) : null,
  };
  try {
    refuseTooFew({ vectors: { documents }, method, definition, featureName: "text", filters: null });
    return "";
  } catch (error) {
    assert.equal((error as { code: string }).code, "too_few_documents");
    return (error as Error).message;
  }
};

test("too few documents are told the parameter that was given, and that would help", () => {
  assert.match(
    refusalOf(30, "hdbscan", { min_cluster_size: 40 }),
    /at least 40 .* or lower min_cluster_size\.$/,
  );
  assert.match(refusalOf(30, "hdbscan", { min_samples: 40 }), /at least 40 .* or lower min_samples\.$/);
  assert.match(refusalOf(30, "kmeans", { n_clusters: 31 }), /^31 clusters need .* or lower n_clusters\.$/);
  assert.match(refusalOf(30, "gaussian_mixture", { n_components: 31 }), /or lower n_components\.$/);
  assert.equal(refusalOf(30, "hdbscan", { min_cluster_size: 30 }), "");
});

test("where no parameter would help none is named", () => {
  assert.match(refusalOf(1, "hdbscan", { min_samples: 1 }), /at least 2 documents .* Add documents\.$/);
  assert.match(refusalOf(1, "dbscan", {}, true), /at least 2 documents .* Add documents\.$/);
  assert.equal(refusalOf(1, "dbscan"), "");
});
