import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudSamples, normal, sampleOf } from "../../test/drift-samples.ts";
import { calinskiHarabasz } from "../quality/calinski-harabasz.ts";
import { Random } from "../random.ts";
import { qualityDegradation } from "./quality-degradation.ts";

const indices = ["silhouette", "davies_bouldin", "calinski_harabasz"] as const;
const axes = sampleOf([[1, 0, 0], [0, 1, 0], [0, 0, 1]]).vectors; // prettier-ignore

/** So many rows along each axis, `spread` around it. */
function groups(seed: number, spread: number): number[][] {
  const random = Random.seeded(seed);
  return Array.from({ length: 60 }, (_, i) =>
    [0, 1, 2].map((c) => (c === i % 3 ? 1 : 0) + spread * normal(random)),
  );
}

test("by hand: the share of the variance between two places, each of two points", async () => {
  const centroids = sampleOf([[1, 0], [0, 1]]).vectors; // prettier-ignore
  const tight = sampleOf([[3, 0], [5, 0], [0, 1], [0, 2]]); // prettier-ignore
  // At ±30° around the axes: inside 4 · sin² 30°, and the means are cos 30° long, so between 4 · cos² 30° / 2.
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const loose = sampleOf([[c, s], [c, -s], [s, c], [-s, c]], 4); // prettier-ignore
  const found = await qualityDegradation(tight, loose, centroids, { index: "calinski_harabasz" });
  assert.equal(found.baselineQuality, 1);
  assert.ok(Math.abs(found.currentQuality - 1.5 / 2.5) < 1e-6, `${found.currentQuality}`);
  assert.ok(Math.abs(found.value - 0.4) < 1e-6);
});

test("R² is Calinski–Harabasz without its degrees of freedom", async () => {
  const rows = groups(1, 0.2);
  const { baselineQuality } = await qualityDegradation(sampleOf(rows), sampleOf(rows), axes, { index: "calinski_harabasz" }); // prettier-ignore
  const unit = rows.map((row) => row.map((value) => value / Math.hypot(...row)));
  const ratio = calinskiHarabasz(sampleOf(unit).vectors, rows.map((_, i) => i % 3)); // prettier-ignore
  assert.ok(Math.abs(baselineQuality - (ratio * 2) / (ratio * 2 + 57)) < 1e-6);
});

test("equal samples have lost nothing, better ones too; looser groups have, by every index", async () => {
  for (const index of indices) {
    const [tight, loose] = [sampleOf(groups(2, 0.1)), sampleOf(groups(3, 0.4), 60)];
    assert.equal((await qualityDegradation(tight, tight, axes, { index })).value, 0);
    assert.equal((await qualityDegradation(loose, tight, axes, { index })).value, 0);
    const worse = await qualityDegradation(tight, loose, axes, { index });
    assert.ok(worse.value > 0.15 && worse.value < 1, `${index}: ${worse.value}`);
    assert.ok(worse.baselineQuality <= 1 && worse.currentQuality > 0);
  }
});

test("nothing is left where all fall to one centroid; a baseline like that cannot be measured", async () => {
  for (const index of indices) {
    const [good, one] = [sampleOf(groups(4, 0.1)), sampleOf([[1, 0, 0], [1, 0.1, 0], [1, 0, 0.1]], 60)]; // prettier-ignore
    const found = await qualityDegradation(good, one, axes, { index });
    assert.deepEqual([found.value, found.currentQuality], [1, 0]);
    await assert.rejects(qualityDegradation(one, good, axes, { index }), { code: "bad_clusters" });
  }
});

test("the same bytes for any number of threads; refuses an index it does not know", async () => {
  const [a, b] = cloudSamples(5, { baseline: 400, current: 300, shared: 100, cols: 3 });
  for (const index of indices) {
    const one = await qualityDegradation(a, b, axes, { index, threads: 1 });
    assert.deepEqual(await qualityDegradation(a, b, axes, { index, threads: 2 }), one);
  }
  await assert.rejects(qualityDegradation(a, b, axes, { index: "dunn" as never }), { code: "bad_parameter", message: /index is "dunn"/ }); // prettier-ignore
});
