import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { groupByAttributes } from "./group-by-attributes.ts";

const PLACES = [
  ["fr", "paris"],
  ["de", "berlin"],
  ["fr", "lyon"],
  ["fr", "paris"],
  ["de", null],
  ["de", undefined],
];

test("flat: a group for each tuple, the larger first, then by key with missing last", () => {
  const { labels, groups } = groupByAttributes(PLACES, { hierarchical: false });
  assert.deepEqual(groups, [
    { key: ["de", null], size: 2, parent: null, level: 0 },
    { key: ["fr", "paris"], size: 2, parent: null, level: 0 },
    { key: ["de", "berlin"], size: 1, parent: null, level: 0 },
    { key: ["fr", "lyon"], size: 1, parent: null, level: 0 },
  ]);
  assert.deepEqual([...labels], [1, 2, 3, 1, 0, 0]);
});

test("hierarchical: a group for each prefix, with its parent", () => {
  const { labels, groups } = groupByAttributes(PLACES, { hierarchical: true });
  assert.deepEqual(groups, [
    { key: ["de"], size: 3, parent: null, level: 0 },
    { key: ["fr"], size: 3, parent: null, level: 0 },
    { key: ["de", null], size: 2, parent: 0, level: 1 },
    { key: ["fr", "paris"], size: 2, parent: 1, level: 1 },
    { key: ["de", "berlin"], size: 1, parent: 0, level: 1 },
    { key: ["fr", "lyon"], size: 1, parent: 1, level: 1 },
  ]);
  assert.deepEqual([...labels], [3, 4, 5, 3, 2, 2]);
});

test("kinds of values stay apart, equal values meet", () => {
  const values = [
    1,
    "1",
    true,
    "true",
    [1, 2],
    "1,2",
    { a: 1, b: 2 },
    { b: 2, a: 1 },
    NaN,
    NaN,
    0,
    -0,
    "",
    null,
    "null",
    10n,
    "a\nb",
  ];
  const { groups, labels } = groupByAttributes(
    values.map((value) => [value]),
    { hierarchical: false },
  );
  assert.equal(groups.length, 14);
  assert.equal(labels[6], labels[7]);
  assert.equal(labels[8], labels[9]);
  assert.equal(labels[10], labels[11]);
});

test("numbers are ordered by size", () => {
  const { groups } = groupByAttributes([[10], [9], [-1], ["x"], [null]], { hierarchical: false });
  assert.deepEqual(
    groups.map((group) => group.key[0]),
    [-1, 9, 10, "x", null],
  );
});

test("no rows give no groups; no attributes and uneven rows are refused", () => {
  assert.deepEqual(groupByAttributes([], { hierarchical: true }), { labels: new Int32Array(0), groups: [] });
  assert.throws(() => groupByAttributes([[]], { hierarchical: false }), { code: "bad_parameter" });
  assert.throws(() => groupByAttributes([[1], [1, 2]], { hierarchical: false }), {
    code: "shape_mismatch",
    message: /Row 1/,
  });
  assert.throws(() => groupByAttributes([[() => 1]], { hierarchical: false }), { code: "bad_parameter" });
});

test("sizes add up, parents come first, the order of rows does not matter", () => {
  const value = fc.constantFrom("a", "b", 1, 2, null, undefined, true);
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(rows, (tuples) => {
      const { groups, labels } = groupByAttributes(tuples, { hierarchical: true });
      for (const level of [0, 1, 2]) {
        const sizes = groups.filter((group) => group.level === level).map((group) => group.size);
        assert.equal(
          sizes.reduce((a, b) => a + b),
          tuples.length,
        );
      }
      for (const [index, group] of groups.entries()) {
        if (group.parent !== null) {
          assert.ok(group.parent < index);
          assert.deepEqual(groups[group.parent]!.key, group.key.slice(0, -1));
        }
      }
      for (const [row, label] of labels.entries()) {
        assert.deepEqual(
          groups[label]!.key,
          tuples[row]!.map((attribute) => attribute ?? null),
        );
      }
      assert.deepEqual(groupByAttributes(tuples.toReversed(), { hierarchical: true }).groups, groups);
    }),
  );
});
