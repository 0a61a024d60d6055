import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { volumeChange } from "./volume-change.ts";

test("by hand", () => {
  assert.deepEqual(volumeChange({ baseline: 100, current: 125, shared: 100 }), { value: 0.2, growth: 0.25, churn: 0.2 });
  assert.deepEqual(volumeChange({ baseline: 100, current: 75, shared: 75 }), { value: 0.25, growth: -0.25, churn: 0.25 });
  assert.deepEqual(volumeChange({ baseline: 100, current: 100, shared: 0 }), { value: 0, growth: 0, churn: 1 });
  assert.deepEqual(volumeChange({ baseline: 0, current: 0, shared: 0 }), { value: 0, growth: 0, churn: 0 });
  assert.deepEqual(volumeChange({ baseline: 0, current: 7, shared: 0 }), { value: 1, growth: 7, churn: 1 });
}); // prettier-ignore

test("stays in its range and does not depend on the order but by sign", () => {
  fc.assert(
    fc.property(
      fc.nat(1e6),
      fc.nat(1e6),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (baseline, current, part) => {
        const shared = Math.floor(part * Math.min(baseline, current));
        const { value, growth, churn } = volumeChange({ baseline, current, shared });
        const back = volumeChange({ baseline: current, current: baseline, shared });
        assert.ok(value >= 0 && value <= 1 && churn >= 0 && churn <= 1);
        assert.deepEqual([back.value, back.churn], [value, churn]);
        assert.equal(Math.sign(back.growth), -Math.sign(growth) + 0);
        // A change of the number is a change of the documents.
        assert.ok(churn >= value - 1e-12);
      },
    ),
    { seed: 1 },
  );
});

test("refuses counts that are none, and more in both than in one", () => {
  for (const counts of [
    { baseline: -1, current: 1, shared: 0 },
    { baseline: 1, current: 0.5, shared: 0 },
    { baseline: 3, current: NaN, shared: 0 },
    { baseline: 3, current: 2, shared: 3 },
  ]) {
    assert.throws(() => volumeChange(counts), { name: "KernelError", code: "bad_parameter" });
  }
});
