import assert from "node:assert/strict";
import { test } from "node:test";

import type { Matrix } from "#kernels/index.ts";
import { turnMap } from "./turn-map.ts";

const matrix = (...rows: number[][]): Matrix => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  cols: rows[0]!.length,
});

const before = matrix([0, 0], [1, 0], [0, 2], [NaN, NaN], [5, 5]);
/** The same places turned by a quarter, mirrored and moved; the fourth document is new. */
const now = matrix([7, 3], [7, 4], [9, 3], [8, 3], [12, 8]);

test("a map that was turned, mirrored and moved comes back to where it was, and takes new documents along", () => {
  const { coordinates, shared } = turnMap(now, before);
  assert.equal(shared, 4);
  const expected = [0, 0, 1, 0, 0, 2, 0, 1, 5, 5];
  for (const [i, value] of expected.entries())
    assert.ok(Math.abs(coordinates.data[i]! - value) < 1e-5, `${i}`);
});

test("with no document in common the map stays as it is", () => {
  const none = matrix(...Array.from({ length: 5 }, () => [NaN, NaN]));
  assert.deepEqual(turnMap(now, none), { coordinates: now, shared: 0 });
});
