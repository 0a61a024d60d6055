import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  adjustedMutualInformation,
  noiseShare,
  normalizedMutualInformation,
  vMeasure,
} from "./mutual-information.ts";

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);
}

test("by hand", () => {
  // a splits six rows into halves, b into pairs: each pair but the middle one lies in one half.
  const a = [0, 0, 0, 1, 1, 1];
  const b = [0, 0, 1, 1, 2, 2];
  const shared = (2 / 3) * Math.log(2);
  near(normalizedMutualInformation(a, b), shared / ((Math.log(2) + Math.log(3)) / 2));
  const { homogeneity, completeness, vMeasure: v } = vMeasure(a, b);
  near(homogeneity, 2 / 3);
  near(completeness, shared / Math.log(3));
  near(v, (2 * homogeneity * completeness) / (homogeneity + completeness));
  // Of two pairs in random places a third agree wholly and the others say nothing: expected ln 2 / 3.
  near(adjustedMutualInformation([0, 0, 1, 1], [0, 1, 0, 1]), -1 / 2);
  near(noiseShare([-1, 0, 2, -1]), 0.5);
  assert.equal(noiseShare([]), 0);
});

test("the ends: nothing to tell apart, one group beside several, all rows alone", () => {
  assert.equal(adjustedMutualInformation([], []), 1);
  assert.equal(adjustedMutualInformation([3, 3], [1, 1]), 1);
  assert.equal(adjustedMutualInformation([0, 0, 0, 0], [0, 1, 2, 3]), 0);
  assert.equal(normalizedMutualInformation([], []), 1);
  assert.equal(normalizedMutualInformation([0, 0], [0, 1]), 0);
  assert.deepEqual(vMeasure([], []), { homogeneity: 1, completeness: 1, vMeasure: 1 });
  assert.deepEqual(vMeasure([0, 0], [0, 1]), { homogeneity: 1, completeness: 0, vMeasure: 0 });
  near(adjustedMutualInformation([0, 1, 2, 3], [5, 6, 7, 8]), 1);
  for (const measure of [adjustedMutualInformation, normalizedMutualInformation, vMeasure])
    assert.throws(() => measure([0], []), { code: "shape_mismatch" });
});

test("names do not count, sides may change places, and chance gives about 0 after its correction", () => {
  const label = fc.integer({ min: -1, max: 4 });
  fc.assert(
    fc.property(fc.array(fc.tuple(label, label), { minLength: 1, maxLength: 60 }), (pairs) => {
      const a = pairs.map(([first]) => first);
      const b = pairs.map(([, second]) => second);
      for (const measure of [adjustedMutualInformation, normalizedMutualInformation]) {
        const value = measure(a, b);
        assert.ok(Math.abs(measure(b, a) - value) < 1e-9);
        assert.ok(Math.abs(measure(a.map((one) => 7 - one), b) - value) < 1e-9); // prettier-ignore
        assert.ok(value <= 1 + 1e-9);
        assert.ok(Math.abs(measure(a, a) - 1) < 1e-9);
      }
      const there = vMeasure(a, b);
      const back = vMeasure(b, a);
      assert.ok(Math.abs(there.homogeneity - back.completeness) < 1e-12);
      assert.ok(Math.abs(there.vMeasure - normalizedMutualInformation(a, b)) < 1e-9 || there.vMeasure === 0 || new Set(a).size === 1); // prettier-ignore
    }),
    { seed: 3 },
  );
  const rows = Array.from({ length: 2000 }, (_, i) => i);
  const a = rows.map((i) => (i * 7919) % 13);
  const b = rows.map((i) => Math.floor(((i * 104_729) % 2000) / 100));
  assert.ok(Math.abs(adjustedMutualInformation(a, b)) < 0.02);
  assert.ok(normalizedMutualInformation(a, b) > adjustedMutualInformation(a, b));
});
