import assert from "node:assert/strict";
import { test } from "node:test";
import { classTfIdf } from "./class-tf-idf.ts";
import { ENGLISH_STOP_WORDS } from "./stop-words.ts";
import { isKeyword, wordsOf } from "./words.ts";

test("weighs by the formula, computed by hand", () => {
  // Cluster 0: cat x2, dog x1; cluster 1: dog x3, fish x2. A = 4.
  // cat 2/3 ln(1+4/2) = 0.732, dog 1/3 ln(1+4/4) = 0.231; dog 3/5 ln 2 = 0.416, fish 2/5 ln 3 = 0.439.
  const texts = ["cat dog", "cat", "dog fish dog", "fish dog"];
  assert.deepEqual(classTfIdf(texts, Int32Array.of(0, 0, 1, 1)).keywords, [
    ["cat", "dog"],
    ["fish", "dog"],
  ]);
});

test("ties go to the word that comes first, topN cuts", () => {
  assert.deepEqual(classTfIdf(["pear apple zebra fig"], [0], { topN: 3 }).keywords, [
    ["apple", "fig", "pear"],
  ]);
});

test("noise counts nowhere; clusters without words are empty; null is no text", () => {
  const texts = ["alpha beta", "alpha alpha alpha", null, "the 12 a"];
  const { keywords } = classTfIdf(texts, [3, -1, 1, 0]);
  assert.deepEqual(keywords, [[], [], [], ["alpha", "beta"]]);
  assert.deepEqual(classTfIdf([], []).keywords, []);
  assert.deepEqual(classTfIdf(["alpha"], [-1]).keywords, []);
});

test("a function gives the texts, asked only for rows that count", () => {
  const texts = ["red red", "noise", null, "blue"];
  const asked: number[] = [];
  const textOf = (row: number) => {
    asked.push(row);
    return texts[row]!;
  };
  const labels = [1, -1, 0, 0];
  assert.deepEqual(classTfIdf(textOf, labels), classTfIdf(texts, labels));
  assert.deepEqual(asked, [2, 3, 0]);
});

test("minDocFreq counts texts, not occurrences; stop words can be given", () => {
  const texts = ["rare rare rare usual", "usual other"];
  assert.deepEqual(classTfIdf(texts, [0, 0], { minDocFreq: 2 }).keywords, [["usual"]]);
  assert.deepEqual(classTfIdf(["the usual"], [0], { stopWords: ["usual"] }).keywords, [["the"]]);
});

test("words: any script, lower case, no single characters, digits or stop words", () => {
  const words = wordsOf("Don't STOP: L'Été à Zürich 2024, 3D x мир 東京_タワー");
  assert.deepEqual(
    words.filter((word) => isKeyword(word, ENGLISH_STOP_WORDS)),
    ["stop", "été", "zürich", "3d", "мир", "東京", "タワー"],
  );
  assert.deepEqual(wordsOf("cafe\u0301 café"), ["café", "café"]);
});

test("words that are names of object members are words", () => {
  assert.deepEqual(classTfIdf(["constructor __proto__ constructor"], [0]).keywords, [
    ["constructor", "proto"],
  ]);
});

test("refuses lengths that differ and labels that are none", () => {
  assert.throws(() => classTfIdf(["a"], []), { code: "shape_mismatch" });
  assert.throws(() => classTfIdf(["a"], [-2]), { code: "bad_parameter" });
  assert.throws(() => classTfIdf(["a"], [0.5]), { code: "bad_parameter" });
  assert.throws(() => classTfIdf(["a"], [0], { topN: 0 }), { code: "bad_parameter" });
  assert.throws(() => classTfIdf(["a"], [0], { minDocFreq: NaN }), { code: "bad_parameter" });
});
