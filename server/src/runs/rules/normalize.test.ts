import assert from "node:assert/strict";
import { test } from "node:test";

import { normalizer, refuseReducedToZero } from "./normalize.ts";

const nameOf = (document: number) => `document 'd${document}'`;
const rows = () => ({ data: Float32Array.of(3, 4, 0, 0), rows: 2, cols: 2 });
const parts = [{ feature: "text", cols: 2, factor: 1 }];
const documentOf = (row: number) => row + 10;

test("a vector without a direction is named where one is needed, with what to do about it", () => {
  assert.throws(
    () => normalizer({ normalize: true, parts, byCosine: false, nameOf })(rows(), documentOf),
    /document 'd11' is all zeros.*turn normalize_features off/,
  );
  const x = rows();
  assert.throws(() => normalizer({ normalize: false, parts, byCosine: true, nameOf })(x, documentOf), {
    code: "zero_vector",
    message: /document 'd11' is all zeros.*take the metric 'euclidean'/,
  });
  normalizer({ normalize: false, parts, byCosine: false, nameOf })(x, documentOf);
  assert.deepEqual([...x.data], [3, 4, 0, 0], "nothing is divided that need not be");
});

test("features beside each other are each divided by their own length and count by their weight", () => {
  const beside = [
    { feature: "text", cols: 2, factor: 1 },
    { feature: "image", cols: 1, factor: Math.sqrt(0.25) },
  ];
  const x = { data: Float32Array.of(3, 4, 9, 0, 2, -1), rows: 2, cols: 3 };
  normalizer({ normalize: true, parts: beside, byCosine: false, nameOf })(x, documentOf);
  assert.deepEqual([...x.data], [...Float32Array.of(0.6, 0.8, 0.5, 0, 1, -0.5)]);
  const zero = { data: Float32Array.of(3, 4, 9, 1, 2, 0), rows: 2, cols: 3 };
  assert.throws(
    () => normalizer({ normalize: true, parts: beside, byCosine: false, nameOf })(zero, documentOf),
    { code: "zero_vector", message: /^The vector of 'image' of document 'd11' is all zeros/ },
  );
  const half = { data: Float32Array.of(3, 4, 0), rows: 1, cols: 3 };
  normalizer({ normalize: false, parts: beside, byCosine: true, nameOf })(half, documentOf);
  assert.deepEqual([...half.data], [3, 4, 0], "beside each other they have a direction");
});

test("the way out of a zero vector is one that leads out", () => {
  assert.throws(
    () => normalizer({ normalize: true, parts, byCosine: true, nameOf })(rows(), documentOf),
    /or turn normalize_features off and take the metric 'euclidean'\.$/,
  );
});

test("a vector that is zero once it is reduced is named with its document", () => {
  refuseReducedToZero({ data: Float32Array.of(1, 0, 0, -1), rows: 2, cols: 2 }, documentOf, nameOf);
  assert.throws(() => refuseReducedToZero(rows(), documentOf, nameOf), {
    name: "RunRefused",
    code: "zero_vector",
    message: /^Reduced to 2 dimensions, the vector of document 'd11' is all zeros.*leave reduce out/,
  });
});
