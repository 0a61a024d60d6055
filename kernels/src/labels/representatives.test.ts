import assert from "node:assert/strict";
import { test } from "node:test";
import { representatives } from "./representatives.ts";

const hundred = Int32Array.from({ length: 100 }, (_, i) => 1000 + i);
const own = (row: number) => String(row);

test("half are the nearest, half spread evenly over the rest", () => {
  assert.deepEqual(representatives(hundred, 8, own), [1000, 1001, 1002, 1003, 1016, 1040, 1064, 1088]);
  assert.deepEqual(representatives(hundred, 1, own), [1000]);
  assert.deepEqual(representatives(hundred, 2, own), [1000, 1050]);
});

test("all rows where there are no more", () => {
  assert.deepEqual(representatives([5, 3, 9], 20, own), [5, 3, 9]);
  assert.deepEqual(representatives([], 3, own), []);
});

test("equal contents are shown once, rows that show nothing not at all", () => {
  assert.deepEqual(
    representatives([1, 2, 3, 4, 5, 6], 4, (row) => (row < 4 ? "same" : String(row))),
    [1, 4, 5, 6],
  );
  assert.deepEqual(
    representatives([1, 2, 3, 4], 4, (row) => (row % 2 ? null : String(row))),
    [2, 4],
  );
  assert.deepEqual(
    representatives(hundred, 8, () => "same"),
    [1000],
  );
});

test("looks at a bounded number of rows however many are equal", () => {
  let asked = 0;
  const many = Int32Array.from({ length: 1_000_000 }, (_, i) => i);
  representatives(many, 10, () => (asked++, "same"));
  assert.ok(asked <= 64 * 20, `${asked}`);
});

test("refuses a count that is none", () => {
  assert.throws(() => representatives([1], 0, own), { code: "bad_parameter" });
});
