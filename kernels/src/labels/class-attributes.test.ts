import assert from "node:assert/strict";
import { test } from "node:test";
import { classAttributes } from "./class-attributes.ts";

const rows = (...groups: [times: number, ...values: unknown[]][]) =>
  groups.flatMap(([times, ...values]) => Array.from({ length: times }, () => values));

test("share, lift and order, computed by hand", () => {
  // Cluster 0: 8 red, 2 blue; cluster 1: 1 red, 9 blue; cluster 2: 10 green. 10 documents each, A = 10.
  const values = rows([8, "red"], [2, "blue"], [1, "red"], [9, "blue"], [10, "green"]);
  const labels = [...Array<number>(10).fill(0), ...Array<number>(10).fill(1), ...Array<number>(10).fill(2)];
  assert.deepEqual(classAttributes(values, labels).found, [
    // Red elsewhere: 1 of 20. Blue here 2 of 10, elsewhere 9 of 20: not over-represented.
    [{ attribute: 0, value: "red", count: 8, share: 0.8, lift: 0.8 / (1 / 20) }],
    [{ attribute: 0, value: "blue", count: 9, share: 0.9, lift: 0.9 / (2 / 20) }],
    [{ attribute: 0, value: "green", count: 10, share: 1, lift: Infinity }],
  ]);
});

test("a value weighs more the rarer it is: share * ln(1 + A / f), by hand", () => {
  // Two clusters of 10, A = 10. In cluster 0 all have x = 1 (f = 14), 9 have y = 2 (f = 9).
  // x: 1 * ln(1 + 10/14) = 0.539; y: 0.9 * ln(1 + 10/9) = 0.672.
  const values = rows([9, 1, 2], [1, 1, null], [4, 1, null], [6, 3, null]);
  const labels = [...Array<number>(10).fill(0), ...Array<number>(10).fill(1)];
  const [first] = classAttributes(values, labels).found;
  assert.deepEqual(
    first!.map(({ attribute, value, lift }) => [attribute, value, lift]),
    [
      [1, 2, Infinity],
      [0, 1, 2.5],
    ],
  );
  assert.equal(classAttributes(values, labels, { topN: 1 }).found[0]!.length, 1);
  assert.deepEqual(
    classAttributes(values, labels, { minLift: 3 }).found[0]!.map(({ value }) => value),
    [2],
  );
  assert.deepEqual(
    classAttributes(values, labels, { minShare: 0.95, minLift: 1.1 }).found[0]!.map(({ value }) => value),
    [1],
  );
});

test("what chance makes in a small cluster is no name", () => {
  // 2 of 5 where a tenth of 1,000 have it: 1.5 more than expected, deviation 0.67, less than three of them.
  const values = rows([2, "a"], [3, "b"], [100, "a"], [900, "c"]);
  const labels = [...Array<number>(5).fill(0), ...Array<number>(1000).fill(1)];
  assert.deepEqual(
    classAttributes(values, labels).found[0]!.map(({ value }) => value),
    ["b"],
  );
});

test("1, '1' and true are three values; null, objects and lists are none", () => {
  const values = rows([3, 1], [3, "1"], [3, true], [2, null], [2, { a: 1 }], [2, [1]]);
  const labels = [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5];
  assert.deepEqual(
    classAttributes(values, labels).found.map((found) => found.map(({ value }) => value)),
    [[1], ["1"], [true], [], [], []],
  );
});

test("one cluster alone has nothing to stand out from; noise is nobody's other", () => {
  assert.deepEqual(classAttributes(rows([5, "a"]), [0, 0, 0, 0, 0]).found, [[]]);
  assert.deepEqual(classAttributes(rows([3, "a"], [3, "b"]), [0, 0, 0, -1, -1, -1]).found, [[]]);
  assert.deepEqual(classAttributes([], []).found, []);
  assert.deepEqual(classAttributes(rows([4, "__proto__"], [4, "b"]), [0, 0, 0, 0, 2, 2, 2, 2]).found[1], []);
});

test("names of object members are values like others", () => {
  const { found } = classAttributes(rows([4, "__proto__"], [4, "constructor"]), [0, 0, 0, 0, 1, 1, 1, 1]);
  assert.deepEqual(
    found.map(([first]) => first!.value),
    ["__proto__", "constructor"],
  );
});

test("refuses lengths that differ, labels that are none, bounds of nothing", () => {
  assert.throws(() => classAttributes([["a"]], []), { code: "shape_mismatch" });
  assert.throws(() => classAttributes([["a"]], [-2]), { code: "bad_parameter" });
  assert.throws(() => classAttributes([["a"]], [0], { minLift: 0 }), { code: "bad_parameter" });
  assert.throws(() => classAttributes([["a"]], [0], { topN: NaN }), { code: "bad_parameter" });
});
