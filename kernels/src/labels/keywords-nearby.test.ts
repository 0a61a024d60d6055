import assert from "node:assert/strict";
import { test } from "node:test";
import { keywordsNearby } from "./keywords-nearby.ts";

const TEXTS = ["cat sofa", "cat garden", "cat the sofa", "dog garden", "dog lead", null];
const textOf = (text: number) => TEXTS[text]!;
const ALL = [0, 1, 2, 3, 4, 5];

test("weighs by the formula, computed by hand", () => {
  // N = 6. Near the first place texts 0, 1, 2 with weights 0.5, 0.3, 0.2, all 1.
  // cat 1 * ln(1 + 6/3) = 1.099; sofa 0.7 * ln(1 + 6/2) = 0.970; garden is in one text of those near only.
  // Near the second 3, 4: dog 1 * ln(1 + 6/2).
  const places = [
    { texts: [0, 1, 2], weights: [0.5, 0.3, 0.2] },
    { texts: [3, 4], weights: [0.9, 0.1] },
  ];
  assert.deepEqual(keywordsNearby(places, textOf, ALL).keywords, [["cat", "sofa"], ["dog"]]);
  // garden 0.3 * ln 4 = 0.416; garden 0.9 * ln 4 and lead 0.1 * ln 7.
  assert.deepEqual(keywordsNearby(places, textOf, ALL, { minTexts: 1 }).keywords, [
    ["cat", "sofa", "garden"],
    ["dog", "garden", "lead"],
  ]);
  assert.deepEqual(keywordsNearby(places, textOf, ALL, { topN: 1 }).keywords, [["cat"], ["dog"]]);
});

test("a nearer text's words come first", () => {
  const words = (weights: number[]) =>
    keywordsNearby([{ texts: [1, 3], weights }], textOf, ALL, { minTexts: 1, topN: 2 }).keywords[0];
  assert.deepEqual(words([0.9, 0.1]), ["garden", "cat"]);
  assert.deepEqual(words([0.1, 0.9]), ["garden", "dog"]);
});

test("no texts nearby, or texts without words, give no keywords; each text is asked for once", () => {
  const asked: number[] = [];
  const { keywords } = keywordsNearby(
    [
      { texts: [], weights: [] },
      { texts: [5], weights: [1] },
      { texts: [0], weights: [1] },
      { texts: [0], weights: [0.2] },
    ],
    (text) => {
      asked.push(text);
      return textOf(text);
    },
    [0, 1],
  );
  assert.deepEqual(keywords, [[], [], ["sofa", "cat"], ["sofa", "cat"]]);
  assert.deepEqual(asked.sort(), [0, 1, 5]);
});

test("refuses weights that are none", () => {
  assert.throws(() => keywordsNearby([{ texts: [0], weights: [] }], textOf, []), { code: "shape_mismatch" });
  assert.throws(() => keywordsNearby([{ texts: [0], weights: [0] }], textOf, []), { code: "bad_parameter" });
  assert.throws(() => keywordsNearby([], textOf, [], { topN: 0.5 }), { code: "bad_parameter" });
});
