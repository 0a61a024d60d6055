import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { cloudRow, cloudSamples, normal, rotated, sampleOf } from "../../test/drift-samples.ts";
import { Random } from "../random.ts";
import { cosineDrift } from "./cosine-drift.ts";
import { euclideanDrift } from "./euclidean-drift.ts";

const near = (actual: number | null, expected: number, within = 1e-6) =>
  assert.ok(actual !== null && Math.abs(actual - expected) <= within, `${actual}, ${expected}`);

describe("cosine_drift", () => {
  test("by hand: means at 45 degrees, at a right angle, opposite", async () => {
    const along = (...row: number[]) => Array.from({ length: 20 }, () => row);
    near((await cosineDrift(sampleOf(along(2, 0)), sampleOf(along(3, 3), 20))).value, 1 - Math.SQRT1_2);
    near((await cosineDrift(sampleOf(along(1, 0)), sampleOf(along(0, 5), 20))).value, 1);
    const opposite = await cosineDrift(sampleOf(along(1, 0)), sampleOf(along(-1, 0), 20));
    near(opposite.value, 1);
    assert.ok(opposite.pValue! < 0.001);
  });

  test("equal samples are at 0, and so is a sample that is only less spread", async () => {
    const [a] = cloudSamples(1, { baseline: 50, current: 2 });
    assert.deepEqual(await cosineDrift(a, a), { value: 0, pValue: 1, noiseFloor: 0 });
    const wide = Array.from({ length: 40 }, (_, i) => [1, i % 2 === 0 ? 1 : -1]);
    const narrow = Array.from({ length: 40 }, (_, i) => [1, i % 2 === 0 ? 0.1 : -0.1]);
    const found = await cosineDrift(sampleOf(wide), sampleOf(narrow, 40));
    assert.ok(found.value === null || found.value < 1e-12);
  });

  test("is null where chance gives as much: no change, and means without a direction", async () => {
    let nulls = 0;
    for (let seed = 0; seed < 40; seed++) {
      const [a, b] = cloudSamples(seed, { baseline: 60, current: 60 });
      const { value, pValue, noiseFloor } = await cosineDrift(a, b, { threads: 1 });
      assert.ok(noiseFloor > 0 && noiseFloor < 0.1);
      assert.equal(value === null, pValue === null);
      if (value === null) nulls++;
      else assert.ok(value >= noiseFloor);
    }
    // The floor is the mean of chance, which is above it somewhat less than half of the time.
    assert.ok(nulls >= 12 && nulls <= 34, `${nulls} of 40`);

    const random = Random.seeded(2);
    const anywhere = () => Array.from({ length: 30 }, () => Array.from({ length: 40 }, () => normal(random)));
    const found = await cosineDrift(sampleOf(anywhere()), sampleOf(anywhere(), 30));
    assert.deepEqual([found.value, found.pValue], [null, null]);
    assert.ok(found.noiseFloor > 0.4, `${found.noiseFloor}`);
    const cancels = sampleOf([[1, 0], [-1, 0]]); // prettier-ignore
    assert.deepEqual(await cosineDrift(cancels, cancels), { value: null, pValue: null, noiseFloor: 1 });
  });

  test("does not depend on order, lengths and axes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(500), async (seed) => {
        const [a, b] = moved(seed);
        const { value, noiseFloor } = await cosineDrift(a, b);
        assert.ok(value !== null && value > 0 && value <= 1);
        const [ra, rb] = rotated([a, b], seed);
        for (const other of [await cosineDrift(b, a), await cosineDrift(ra!, rb!)]) {
          near(other.value, value, 1e-5);
          near(other.noiseFloor, noiseFloor, 1e-5);
        }
      }),
      { numRuns: 8, seed: 1 },
    );
  });
});

describe("euclidean", () => {
  test("by hand: a distance without noise, and noise without a distance", async () => {
    const along = (...row: number[]) => Array.from({ length: 10 }, () => row);
    const found = await euclideanDrift(sampleOf(along(4, 0)), sampleOf(along(0, 2), 10));
    near(found.distance, Math.SQRT2);
    // All rows lie √½ from the common mean: noise² = 10 · ½ / 10² on each side.
    near(found.noise, Math.sqrt(0.1));
    const moved = Math.sqrt(2 - 0.1);
    near(found.value, moved / (1 + moved));
    assert.ok(found.pValue! < 0.001);

    const [a] = cloudSamples(3, { baseline: 30, current: 2 });
    assert.deepEqual(await euclideanDrift(a, a), { value: 0, pValue: 1, distance: 0, noise: 0 });
  });

  test("without a change the distance is the noise, on average", async () => {
    let squared = 0;
    let noise = 0;
    for (let seed = 0; seed < 60; seed++) {
      const [a, b] = cloudSamples(seed, { baseline: 40, current: 70, shared: 20 });
      const found = await euclideanDrift(a, b, { threads: 1 });
      squared += found.distance ** 2;
      noise += found.noise ** 2;
    }
    assert.ok(Math.abs(squared / noise - 1) < 0.15, `${squared / noise}`);
  });

  test("does not depend on order and axes, and stays in its range", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(500), async (seed) => {
        const [a, b] = moved(seed);
        const found = await euclideanDrift(a, b);
        assert.ok(found.value > 0 && found.value <= 2 / 3);
        const [ra, rb] = rotated([a, b], seed);
        for (const other of [await euclideanDrift(b, a), await euclideanDrift(ra!, rb!)]) {
          near(other.value, found.value, 1e-5);
          near(other.noise, found.noise, 1e-5);
        }
      }),
      { numRuns: 8, seed: 1 },
    );
  });
});

test("the same bytes for equal seeds with any number of threads, more columns than permutations at once too", async () => {
  for (const cols of [40, 1100, 2100]) {
    const [a, b] = cloudSamples(4, { baseline: 80, current: 75, shared: 15, cols });
    for (const measure of [cosineDrift, euclideanDrift]) {
      const one = await measure(a, b, { seed: 3, threads: 1 });
      assert.deepEqual(await measure(a, b, { seed: 3, threads: 2 }), one);
    }
  }
});

/** Two clouds of which the second has moved along one axis. */
function moved(seed: number) {
  const random = Random.seeded(seed);
  const rows = (count: number, by: number) =>
    Array.from({ length: count }, () => cloudRow(random, 6).map((value, c) => value + (c === 4 ? by : 0)));
  return [sampleOf(rows(40, 0)), sampleOf(rows(50, 2), 40)] as const;
}
