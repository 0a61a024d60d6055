import assert from "node:assert/strict";
import { test } from "node:test";

import { toVectorMethod } from "../../clusters/methods/index.ts";
import { clusteringNotes } from "./clustering-notes.ts";
import type { Found } from "./find-clusters.ts";

const found: Found = {
  ...{ labels: new Int32Array(0), clusters: 3, figures: {}, ruleInWords: "went home" },
  rule: {
    kind: "centres",
    centres: { data: new Float32Array(0), rows: 0, cols: 1 },
    labels: new Int32Array(0),
  },
};
const outcome = {
  ...{ method: toVectorMethod("kmeans", {}), found, clusters: 3, documents: 90 },
  ...{ sampled: null, settled: null, noise: 0, seed: 4 },
};

test("what went as asked needs no words", () => {
  assert.deepEqual(clusteringNotes(outcome), []);
  assert.deepEqual(clusteringNotes({ ...outcome, settled: 0 }), []);
});

test("fewer clusters than asked for, or none, say why and what to do", () => {
  assert.match(
    clusteringNotes({ ...outcome, clusters: 2 })[0]!,
    /^3 clusters .* only 2 different groups of vectors/,
  );
  const mixture = toVectorMethod("gaussian_mixture", {});
  assert.match(
    clusteringNotes({ ...outcome, method: mixture, clusters: 2 })[0]!,
    /only 2 are the likeliest component/,
  );
  for (const [algorithm, advice] of [
    ["dbscan", /every document is noise\. Raise eps/],
    ["hdbscan", /every document is noise\. Lower min_cluster_size/],
  ] as const) {
    const none = {
      ...outcome,
      method: toVectorMethod(algorithm, {}),
      found: { ...found, clusters: 0 },
      clusters: 0,
    };
    assert.match(clusteringNotes(none)[0]!, advice);
  }
});

test("a sample says how it was drawn, what became of the others, and which figures are its own", () => {
  const notes = (figures: object) =>
    clusteringNotes({ ...outcome, sampled: 30, settled: 5, found: { ...found, figures } }).join("\n");
  const all = notes({ inertia: 1 });
  assert.match(all, /^5 of the 30 documents of the sample were noise/);
  assert.match(all, /sample of 30 of 90 documents, seed 4; the others went home\./);
  assert.match(all, /inertia is over all documents/);
  assert.doesNotMatch(notes({}), /inertia/);
  assert.match(notes({ log_likelihood: -2 }), /log_likelihood, silhouette_score.* of the sample/);
});

test("how much of the sample is noise, and of the others, is told where any is", () => {
  const method = toVectorMethod("dbscan", {});
  const labels = Int32Array.from({ length: 30 }, (_, row) => (row < 3 ? -1 : 0));
  const some = { ...outcome, method, found: { ...found, labels }, sampled: 30, noise: 48 };
  assert.match(
    clusteringNotes(some).join("\n"),
    /^Noise are 10\.0 % of the sample and 75\.0 % of the others\.$/m,
  );
  const settled = clusteringNotes({ ...some, settled: 3, noise: 0 }).join("\n");
  assert.doesNotMatch(settled, /Noise are/);
  assert.doesNotMatch(clusteringNotes({ ...some, sampled: null }).join("\n"), /Noise are/);
});
