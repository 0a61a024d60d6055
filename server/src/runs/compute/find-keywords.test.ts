import assert from "node:assert/strict";
import { test } from "node:test";

import { findKeywords, labelFrom } from "./find-keywords.ts";
import type { Grouping } from "./grouping.ts";

const grouping = (labels: number[], parents: (number | null)[]): Grouping => ({
  labels: Int32Array.from(labels),
  distances: null,
  clusters: parents.map((parent) => ({ size: 0, parent, attributes: null, name: null, centre: null })),
  metrics: {
    silhouette_score: null,
    davies_bouldin_index: null,
    calinski_harabasz_score: null,
    approximate: false,
    notes: [],
  },
});

test("an outer group's keywords are those of all documents inside it, compared with the groups beside it", () => {
  // 0 and 1 at the top; 2 and 3 inside 0, 4 inside 1.
  const texts = ["cat red", "cat blue", "dog green"];
  assert.deepEqual(findKeywords(grouping([2, 3, 4], [null, null, 0, 0, 1]), texts), [
    ["cat", "blue", "red"],
    ["dog", "green"],
    ["red", "cat"],
    ["blue", "cat"],
    ["dog", "green"],
  ]);
});

test("noise and documents without text name nothing", () => {
  assert.deepEqual(findKeywords(grouping([-1, 0, 1], [null, null]), ["noise", null, "word"]), [[], ["word"]]);
  assert.deepEqual(findKeywords(grouping([-1], []), ["noise"]), []);
});

test("a label is the first three keywords", () => {
  assert.equal(labelFrom(["table", "column", "filter", "row"]), "table, column, filter");
  assert.equal(labelFrom([]), null);
});
