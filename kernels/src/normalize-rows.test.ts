import assert from "node:assert/strict";
import { test } from "node:test";
import { normalizeRows, normalizeRowsInPlace } from "./normalize-rows.ts";

test("divides rows by their length and leaves the input alone", () => {
  const x = { data: Float32Array.of(3, 4, 0, -2), rows: 2, cols: 2 };
  assert.deepEqual([...normalizeRows(x).data], [...Float32Array.of(0.6, 0.8, 0, -1)]);
  assert.deepEqual([...x.data], [3, 4, 0, -2]);
});

test("keeps the direction of values whose squares leave float32", () => {
  const x = { data: Float32Array.of(3e38, 0, 1e-44, 1e-44), rows: 2, cols: 2 };
  assert.deepEqual([...normalizeRows(x).data], [1, 0, Math.fround(Math.SQRT1_2), Math.fround(Math.SQRT1_2)]);
});

test("names the first row of zeros", () => {
  const x = { data: Float32Array.of(1, 0, 0, 0, 0, 0), rows: 3, cols: 2 };
  assert.throws(() => normalizeRows(x), { code: "zero_vector", message: /Row 1/ });
});

test("divides a stretch of columns by its own length, and leaves the others", () => {
  const x = { data: Float32Array.of(9, 3, 4, 0, 0, -2), rows: 2, cols: 3 };
  normalizeRowsInPlace(x, { from: 1, to: 3 });
  assert.deepEqual([...x.data], [...Float32Array.of(9, 0.6, 0.8, 0, 0, -1)]);
  assert.throws(() => normalizeRowsInPlace(x, { from: 0, to: 1 }), { code: "zero_vector", message: /Row 1/ });
  for (const columns of [
    { from: 1, to: 4 },
    { from: 1, to: 1 },
    { from: -1, to: 2 },
  ]) {
    assert.throws(() => normalizeRowsInPlace(x, columns), RangeError);
  }
});
