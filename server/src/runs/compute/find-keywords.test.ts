import assert from "node:assert/strict";
import { test } from "node:test";

import { findKeywords, labelFrom } from "./find-keywords.ts";

const grouping = (labels: number[], parents: (number | null)[]) => ({
  labels: Int32Array.from(labels),
  clusters: parents.map((parent) => ({ size: 0, parent, attributes: null, name: null, centre: null })),
});

const textsOf = (texts: readonly string[]) => ({
  length: texts.length,
  get: (document: number) => texts[document]!,
});

test("an outer group's keywords are those of all documents inside it, compared with the groups beside it", () => {
  // 0 and 1 at the top; 2 and 3 inside 0, 4 inside 1.
  const texts = ["cat red", "cat blue", "dog green"];
  assert.deepEqual(findKeywords(grouping([2, 3, 4], [null, null, 0, 0, 1]), textsOf(texts)).keywords, [
    ["cat", "blue", "red"],
    ["dog", "green"],
    ["red", "cat"],
    ["blue", "cat"],
    ["dog", "green"],
  ]);
});

test("noise and documents without text name nothing", () => {
  const { keywords } = findKeywords(grouping([-1, 0, 1], [null, null]), textsOf(["noise", "", "word"]));
  assert.deepEqual(keywords, [[], ["word"]]);
  assert.deepEqual(findKeywords(grouping([-1], []), textsOf(["noise"])).keywords, []);
});

test("a label is the first three keywords", () => {
  assert.equal(labelFrom(["table", "column", "filter", "row"]), "table, column, filter");
  assert.equal(labelFrom([]), null);
});

test("of many texts an even draw is counted, all of small clusters, and a note says so", () => {
  // 900 documents in cluster 0, 90 in 1, 10 in 2; each text is a word of its own and its cluster's.
  const labels = Array.from({ length: 1000 }, (_, i) => (i % 100 === 99 ? 2 : i % 10 === 9 ? 1 : 0));
  const asked = new Set<number>();
  const texts = {
    length: 1000,
    get: (document: number) => {
      asked.add(document);
      return `word${labels[document]} own${document}`;
    },
  };
  const { keywords, note } = findKeywords(grouping(labels, [null, null, null]), texts, 60);
  assert.deepEqual(
    keywords.map((words) => words[0]),
    ["word0", "word1", "word2"],
  );
  const counted = [0, 1, 2].map((cluster) => [...asked].filter((i) => labels[i] === cluster));
  assert.deepEqual(
    counted.map((documents) => documents.length),
    [25, 25, 10],
  );
  const gaps = counted[0]!.sort((a, b) => a - b).map((document, i, all) => document - (all[i - 1] ?? 0));
  assert.ok(Math.max(...gaps) < 60, `evenly: ${gaps.join()}`);
  assert.match(note!, /60 of 1000 texts/);
  assert.equal(findKeywords(grouping(labels, [null, null, null]), texts).note, null);
});
