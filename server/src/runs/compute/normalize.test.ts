import assert from "node:assert/strict";
import { test } from "node:test";

import { normalizer } from "./normalize.ts";

const nameOf = (document: number) => `document 'd${document}'`;
const rows = () => ({ data: Float32Array.of(3, 4, 0, 0), rows: 2, cols: 2 });
const documentOf = (row: number) => row + 10;

test("a vector without a direction is named where one is needed, with what to do about it", () => {
  assert.throws(
    () => normalizer({ normalize: true, byCosine: false, nameOf })(rows(), documentOf),
    /document 'd11' is all zeros.*turn normalize_features off/,
  );
  const x = rows();
  assert.throws(() => normalizer({ normalize: false, byCosine: true, nameOf })(x, documentOf), {
    code: "zero_vector",
    message: /document 'd11' is all zeros.*take the metric 'euclidean'/,
  });
  normalizer({ normalize: false, byCosine: false, nameOf })(x, documentOf);
  assert.deepEqual([...x.data], [3, 4, 0, 0], "nothing is divided that need not be");
});
