import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { normalizeRows } from "../normalize-rows.ts";
import { Random } from "../random.ts";
import { NearestCentres } from "./assign-to-centres.ts";
import { kmeans } from "./kmeans.ts";

function scattered(rows: number, cols: number, seed: number, spread = 1, offset = 0): Matrix {
  const random = Random.seeded(seed);
  const data = Float32Array.from({ length: rows * cols }, () => offset + spread * (random.uniform() - 0.5));
  return { data, rows, cols };
}

/** Lloyd's iterations as they are written down, in float64, without products or bounds. */
function plainLloyd(x: Matrix, init: Matrix, iterations: number): number[] {
  const { rows, cols } = x;
  let centres = Float64Array.from(init.data);
  const nearest = () =>
    Array.from({ length: rows }, (_, i) => {
      let best = 0;
      let least = Infinity;
      for (let j = 0; j < init.rows; j++) {
        let squared = 0;
        for (let c = 0; c < cols; c++) squared += (x.data[i * cols + c]! - centres[j * cols + c]!) ** 2;
        if (squared < least) [least, best] = [squared, j];
      }
      return best;
    });
  for (let iteration = 0; iteration < iterations; iteration++) {
    const labels = nearest();
    const sums = new Float64Array(centres.length);
    const sizes = new Int32Array(init.rows);
    for (const [i, label] of labels.entries()) {
      sizes[label]!++;
      for (let c = 0; c < cols; c++) sums[label * cols + c]! += x.data[i * cols + c]!;
    }
    centres = sums.map((sum, p) => {
      const size = sizes[Math.floor(p / cols)]!;
      return size === 0 ? centres[p]! : sum / size;
    });
  }
  return nearest();
}

test("labels are those of plain iterations in float64, however few rows are looked at again", async () => {
  // Groups of centres from one (k = 16) over a last one that is filled up (17, 60, 331) to many.
  for (const [rows, cols, k, offset] of [
    [1500, 7, 3, 0],
    [2000, 24, 16, 0],
    [2000, 24, 17, 0.2],
    [1500, 40, 60, 0],
    [1200, 9, 331, 50],
  ] as const) {
    const x = scattered(rows, cols, rows + k, 1, offset);
    const init = { data: x.data.slice(0, k * cols), rows: k, cols };
    for (const maxIter of [1, 4, 12]) {
      const { labels } = await kmeans(x, { nClusters: k, init, maxIter, tol: 0 });
      assert.deepEqual([...labels], plainLloyd(x, init, maxIter), `${k} clusters, ${maxIter} iterations`);
    }
  }
});

test("a tie goes to the lower centre, and centres a rounding apart are told apart", async () => {
  const x = { data: Float32Array.of(0, 0, 1000, 0, 0, 1000), rows: 3, cols: 2 };
  const centres = { data: Float32Array.of(-1, 0, 1, 0, 0, 1, 1, 0), rows: 4, cols: 2 };
  const labels = new Int32Array(3);
  await NearestCentres.use(centres, {}, (nearest) => nearest.assign(x, labels, new Float32Array(3)));
  assert.deepEqual([...labels], [0, 1, 2]);

  // 300 rows near 1 whose two centres differ in the last bit of one column of 200: float32 products cannot see it.
  const cols = 200;
  const step = 2 ** -23;
  const pair = { data: new Float32Array(2 * cols).fill(1), rows: 2, cols };
  pair.data[cols] = 1 + 2 * step;
  const rows = { data: new Float32Array(300 * cols).fill(1), rows: 300, cols };
  for (let i = 0; i < 300; i++) rows.data[i * cols] = 1 + (i % 2 === 0 ? 0 : 2 * step);
  const told = new Int32Array(300);
  await NearestCentres.use(pair, {}, (nearest) => nearest.assign(rows, told, new Float32Array(300)));
  told.forEach((label, i) => assert.equal(label, i % 2));
});

test("cosine: labels by angle, centres of length 1, distances 1 - cos; lengths of rows do not matter", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), fc.integer({ min: 1, max: 6 }), async (seed, nClusters) => {
      const x = scattered(300, 5, seed);
      const random = Random.seeded(seed);
      const lengths = Array.from({ length: 300 }, () => 2 ** (random.below(9) - 4));
      const stretched = { ...x, data: x.data.map((value, p) => value * lengths[Math.floor(p / 5)]!) };
      const options = { nClusters, metric: "cosine", seed } as const;
      const result = await kmeans(stretched, options);
      assert.deepEqual((await kmeans(x, options)).labels, result.labels);
      const unit = normalizeRows(x);
      let inertia = 0;
      for (let i = 0; i < 300; i++) {
        const cosines = Array.from({ length: nClusters }, (_, j) =>
          [0, 1, 2, 3, 4].reduce(
            (sum, c) => sum + unit.data[i * 5 + c]! * result.centers.data[j * 5 + c]!,
            0,
          ),
        );
        const own = cosines[result.labels[i]!]!;
        assert.ok(own > Math.max(...cosines) - 1e-6);
        assert.ok(Math.abs(result.distances[i]! - (1 - own)) < 1e-6);
        inertia += 1 - own;
      }
      assert.ok(Math.abs(inertia - result.inertia) < 1e-4);
      for (let j = 0; j < nClusters; j++) {
        const length = Math.hypot(...result.centers.data.subarray(j * 5, j * 5 + 5));
        assert.ok(Math.abs(length - 1) < 1e-6);
      }
      const labels = new Int32Array(300);
      const far = new Float32Array(300);
      await NearestCentres.use(result.centers, { metric: "cosine" }, (nearest) =>
        nearest.assign(stretched, labels, far),
      );
      const differ = labels.filter((label, i) => label !== result.labels[i]).length;
      assert.ok(differ <= 1);
      far.forEach((distance, i) => assert.ok(Math.abs(distance - result.distances[i]!) < 1e-6));
    }),
    { numRuns: 15, seed: 4 },
  );
  await assert.rejects(
    kmeans({ data: new Float32Array(6), rows: 3, cols: 2 }, { nClusters: 1, metric: "cosine" }),
    { code: "zero_vector" },
  );
});

test("a warm start from the centres of a run before is that run's end", async () => {
  const x = scattered(2000, 12, 8);
  const first = await kmeans(x, { nClusters: 20, seed: 3 });
  const again = await kmeans(x, { nClusters: 20, init: first.centers });
  assert.ok(again.iterations <= 2);
  assert.ok(Math.abs(again.inertia / first.inertia - 1) < 1e-4);
});
