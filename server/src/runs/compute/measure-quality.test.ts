import assert from "node:assert/strict";
import { test } from "node:test";

import { Random } from "../../../../kernels/src/random.ts";
import { measureQuality } from "./measure-quality.ts";

const control = { metric: "euclidean", seed: 1, onProgress: () => undefined } as const;

/** Rows of two groups of normal spread, and their labels. */
function groups(rows: number) {
  const random = Random.seeded(3);
  const labels = Int32Array.from({ length: rows }, (_, row) => row % 2);
  const data = Float32Array.from(
    { length: 2 * rows },
    (_, p) => 3 * labels[Math.floor(p / 2)]! + random.uniform(),
  );
  return { x: { data, rows, cols: 2 }, labels };
}

test("noise is left out of every measure", async () => {
  const { x, labels } = groups(100);
  const clean = await measureQuality(x, labels, control);
  assert.ok(clean.silhouette_score! > 0.8 && clean.notes.length === 1, clean.notes.join());
  const data = Float32Array.of(...x.data, 500, 500, -500, 3);
  const noisy = { data, rows: 102, cols: 2 };
  const found = await measureQuality(noisy, Int32Array.of(...labels, -1, -1), control);
  // The silhouette's products are about another mean.
  assert.ok(Math.abs(found.silhouette_score! - clean.silhouette_score!) < 1e-5);
  assert.equal(found.davies_bouldin_index, clean.davies_bouldin_index);
  assert.equal(found.calinski_harabasz_score, clean.calinski_harabasz_score);
});

test("for one cluster, or none, measures are null and a note says why", async () => {
  const { x } = groups(10);
  for (const label of [0, -1]) {
    const found = await measureQuality(x, new Int32Array(10).fill(label), control);
    assert.deepEqual(
      [found.silhouette_score, found.davies_bouldin_index, found.calinski_harabasz_score],
      [null, null, null],
    );
    assert.match(
      found.notes.join(),
      /^Not every measure of separation is defined here: There are [01] clusters/,
    );
  }
});

test("a silhouette of a sample says so, with the interval that the whole lies in", async () => {
  const { x, labels } = groups(20_001);
  const found = await measureQuality(x, labels, control);
  assert.equal(found.approximate, true);
  const [, low, high] =
    /of a seeded sample of 20000 of 20001 rows, with 95 % confidence between (\S+) and (\S+)/.exec(
      found.notes.join(),
    ) ?? [];
  assert.ok(Number(low) <= found.silhouette_score! + 1e-4 && found.silhouette_score! <= Number(high) + 1e-4);
});

test("by cosine rows of one direction are one, however long", async () => {
  const x = { data: Float32Array.of(1, 0, 9, 0, 0, 1, 0, 7), rows: 4, cols: 2 };
  const labels = Int32Array.of(0, 0, 1, 1);
  const { silhouette_score, notes } = await measureQuality(x, labels, { ...control, metric: "cosine" });
  assert.equal(silhouette_score, 1);
  assert.match(notes.join(), /cosine silhouette/);
});
