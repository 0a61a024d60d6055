import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { assignNoise } from "./assign-noise.ts";
import { clusterCentroids } from "./cluster-centroids.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

const ROWS = matrix([0, 0], [2, 0], [10, 9], [4, 3], [-1, 5], [7, 7]);
const LABELS = [4, 4, 4, 4, -1, 2];

describe("centroids by hand", () => {
  test("mean, median and medoid; labels with gaps, noise left out", async () => {
    const mean = await clusterCentroids(ROWS, LABELS);
    assert.deepEqual([...mean.labels], [2, 4]);
    assert.deepEqual([...mean.centroids.data], [7, 7, 4, 3]);
    assert.equal(mean.rows, undefined);
    const median = await clusterCentroids(ROWS, LABELS, { method: "median" });
    assert.deepEqual([...median.centroids.data], [7, 7, 3, 1.5]);
    const medoid = await clusterCentroids(ROWS, LABELS, { method: "medoid" });
    assert.deepEqual([[...medoid.rows!], [...medoid.centroids.data]], [[5, 3], [7, 7, 4, 3]]); // prettier-ignore
  });

  test("by direction: of length 1, and the medoid is the row as it was given", async () => {
    const x = matrix([2, 0], [0, 3], [5, 5]);
    const mean = await clusterCentroids(x, [0, 0, 0], { metric: "cosine" });
    mean.centroids.data.forEach((value) => assert.ok(Math.abs(value - Math.SQRT1_2) < 1e-7));
    const medoid = await clusterCentroids(x, [0, 0, 0], { method: "medoid", metric: "cosine" });
    assert.deepEqual([[...medoid.rows!], [...medoid.centroids.data]], [[2], [5, 5]]);
  });

  test("no cluster, a cluster of one, directions that cancel, and what is refused", async () => {
    const none = await clusterCentroids(ROWS, [-1, -1, -1, -1, -1, -1]);
    assert.deepEqual([none.centroids.rows, none.labels.length], [0, 0]);
    await assert.rejects(clusterCentroids(matrix([1, 0], [-1, 0]), [0, 0], { metric: "cosine" }), {
      code: "bad_clusters",
    });
    await assert.rejects(clusterCentroids(ROWS, LABELS, { metric: "cosine" }), { code: "zero_vector" });
    await assert.rejects(clusterCentroids(ROWS, LABELS, { method: "mode" as "mean" }), {
      code: "bad_parameter",
    });
    await assert.rejects(clusterCentroids(ROWS, [0]), { code: "shape_mismatch" });
    await assert.rejects(clusterCentroids(ROWS, LABELS, { signal: AbortSignal.abort() }), {
      code: "canceled",
    });
  });
});

test("medoids of large clusters are those of a search in float64, near ties and copies of rows included", async () => {
  const random = Random.seeded(3);
  for (const [rows, cols] of [
    [1500, 4],
    [900, 50],
  ] as const) {
    const data = Float32Array.from({ length: rows * cols }, () => Math.round(random.uniform() * 4) / 4);
    data.copyWithin((rows - 40) * cols, 0, 40 * cols);
    const x = { data, rows, cols };
    const { rows: found } = await clusterCentroids(x, new Int32Array(rows), { method: "medoid" });
    let best = 0;
    let least = Infinity;
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0; j < rows; j++) {
        let squared = 0;
        for (let c = 0; c < cols; c++) squared += (data[i * cols + c]! - data[j * cols + c]!) ** 2;
        sum += Math.sqrt(squared);
      }
      if (sum < least - 1e-9) [least, best] = [sum, i];
    }
    assert.deepEqual([...found!], [best]);
    const one = await clusterCentroids(x, new Int32Array(rows), { method: "medoid", threads: 1 });
    assert.deepEqual(one.rows, found);
  }
});

describe("noise", () => {
  test("goes to the nearest mean of the rows that had labels; the others keep theirs", async () => {
    const x = matrix([0], [2], [10], [5], [100]);
    const labels = Int32Array.of(3, 3, 7, -1, -1);
    // Means 1 and 10: 5 is nearer to the first.
    assert.deepEqual(await assignNoise(x, labels), { labels: Int32Array.of(3, 3, 7, 3, 7), assigned: 2 });
    assert.deepEqual([...labels], [3, 3, 7, -1, -1]);
    assert.deepEqual(await assignNoise(x, labels, { maxDistance: 4 }), {
      labels: Int32Array.of(3, 3, 7, 3, -1),
      assigned: 1,
    });
    const all = Int32Array.of(-1, -1, -1, -1, -1);
    assert.deepEqual(await assignNoise(x, all), { labels: all, assigned: 0 });
    await assert.rejects(assignNoise(x, labels, { maxDistance: NaN }), { code: "bad_parameter" });
  });

  test("permuting rows permutes what they get; by direction lengths do not matter", async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(500), async (seed) => {
        const random = Random.seeded(seed);
        const data = Float32Array.from({ length: 60 * 3 }, () => random.uniform() - 0.3);
        const labels = Array.from({ length: 60 }, (_, i) => (i % 3) - 1);
        const x = { data, rows: 60, cols: 3 };
        const { labels: straight } = await assignNoise(x, labels, { metric: "cosine" });
        const order = random.distinct(60, 60);
        const shuffled = data.map((_, p) => data[order[Math.floor(p / 3)]! * 3 + (p % 3)]! * 4);
        const { labels: permuted } = await assignNoise(
          { ...x, data: shuffled },
          Array.from(order, (i) => labels[i]!),
          { metric: "cosine" },
        );
        assert.deepEqual([...permuted], Array.from(order, (i) => straight[i]!)); // prettier-ignore
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});
