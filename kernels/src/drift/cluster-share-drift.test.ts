import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cloudRow, cloudSamples, sampleOf } from "../../test/drift-samples.ts";
import { Random } from "../random.ts";
import { clusterShareDrift, shareDistance } from "./cluster-share-drift.ts";

const axes = sampleOf([[5, 0, 0], [0, 2, 0], [0, 0, 9]]).vectors; // prettier-ignore
const along = (...counts: number[]) =>
  counts.flatMap((count, axis) =>
    Array.from({ length: count }, () => [0, 0, 0].map((_, c) => (c === axis ? 3 : 0.1))),
  );

test("by hand: half of two clusters beside half of another two", async () => {
  // Equal shares of clusters 0 and 1, then of 1 and 2: the divergence is ½, in bits.
  const found = await clusterShareDrift(sampleOf(along(20, 20, 0)), sampleOf(along(0, 20, 20), 40), axes);
  assert.ok(Math.abs(found.value - Math.SQRT1_2) < 1e-12);
  assert.deepEqual([...found.baselineShares], [0.5, 0.5, 0]);
  assert.deepEqual([...found.currentShares], [0, 0.5, 0.5]);
  assert.ok(found.pValue < 0.001);
});

test("all elsewhere is 1, equal shares are 0, also of other documents; one centroid says nothing", async () => {
  assert.equal(
    (await clusterShareDrift(sampleOf(along(9, 9, 0)), sampleOf(along(0, 0, 5), 18), axes)).value,
    1,
  );
  const same = await clusterShareDrift(sampleOf(along(9, 6, 3)), sampleOf(along(6, 4, 2), 18), axes);
  assert.ok(same.value < 1e-12 && same.pValue === 1);
  const one = { data: Float32Array.of(1, 1, 1), rows: 1, cols: 3 };
  const found = await clusterShareDrift(sampleOf(along(9, 0, 0)), sampleOf(along(0, 9, 0), 9), one);
  assert.deepEqual([found.value, found.pValue], [0, 1]);
});

test("the distance is symmetric, from 0 to 1, and a triangle's sides add up", () => {
  const shares = fc
    .array(fc.nat(20), { minLength: 4, maxLength: 4 })
    .filter((counts) => counts.some((count) => count > 0))
    .map((counts) => Float64Array.from(counts, (count) => count / counts.reduce((a, b) => a + b)));
  fc.assert(
    fc.property(shares, shares, shares, (p, q, r) => {
      const pq = shareDistance(p, q);
      assert.ok(pq >= 0 && pq <= 1 && Math.abs(pq - shareDistance(q, p)) < 1e-12);
      assert.ok(pq <= shareDistance(p, r) + shareDistance(r, q) + 1e-9);
      assert.equal(shareDistance(p, p), 0);
    }),
    { seed: 1 },
  );
});

test("with nothing changed p-values are as rare as they say, and chance alone gives a value above 0", async () => {
  const draws = 250;
  const random = Random.seeded(7);
  const centroids = sampleOf(Array.from({ length: 12 }, () => cloudRow(random, 8))).vectors;
  for (const [at, kind] of [{ baseline: 40, current: 40 }, { baseline: 60, current: 80, shared: 55 }].entries()) {
    let below = 0;
    let values = 0;
    for (let draw = 0; draw < draws; draw++) {
      const [a, b] = cloudSamples(700 * at + draw, kind);
      const { value, pValue } = await clusterShareDrift(a, b, centroids, { seed: draw });
      values += value;
      if (pValue <= 0.1) below++;
    }
    assert.ok(below <= 44, `${JSON.stringify(kind)}: ${below} of ${draws} below 0.1`);
    assert.ok(values / draws > 0.05, `${values / draws}`);
  } // prettier-ignore
});

test("the same bytes for any number of threads; refuses centroids of another kind", async () => {
  const [a, b] = cloudSamples(2, { baseline: 300, current: 280, shared: 100 });
  const random = Random.seeded(8);
  const centroids = sampleOf(Array.from({ length: 9 }, () => cloudRow(random, 8))).vectors;
  const one = await clusterShareDrift(a, b, centroids, { threads: 1, seed: 1 });
  assert.deepEqual(await clusterShareDrift(a, b, centroids, { threads: 2, seed: 1 }), one);
  await assert.rejects(clusterShareDrift(a, b, axes), { code: "shape_mismatch", message: /centroids have 3 dimensions, the samples 8/ }); // prettier-ignore
  await assert.rejects(clusterShareDrift(a, b, { ...centroids, data: centroids.data.map(() => 0) }), { code: "zero_vector" }); // prettier-ignore
});
