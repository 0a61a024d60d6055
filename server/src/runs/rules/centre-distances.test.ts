import assert from "node:assert/strict";
import { test } from "node:test";

import { centreDistances } from "./centre-distances.ts";

test("each row is measured to the centre of its own cluster, noise to none", () => {
  const x = { data: Float32Array.of(0, 0, 3, 4, 1, 1), rows: 3, cols: 2 };
  const centres = { data: Float32Array.of(1, 1, 0, 0), rows: 2, cols: 2 };
  assert.deepEqual([...centreDistances(x, Int32Array.of(1, 1, -1), centres)], [0, 5, NaN]);
  assert.deepEqual(
    [...centreDistances(x, Int32Array.of(0, -1, 0), centres)],
    [Math.fround(Math.SQRT2), NaN, 0],
  );
});
