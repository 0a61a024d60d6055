import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { adjustedRandIndex } from "../quality/adjusted-rand-index.ts";
import { Random } from "../random.ts";
import { agglomerative } from "./agglomerative.ts";
import { estimateAgglomerative } from "./estimate-agglomerative.ts";
import { CONDENSED_MAX_ROWS } from "./options.ts";
import { predictAgglomerative } from "./predict-agglomerative.ts";

const LINKAGES = ["ward", "complete", "average", "single"] as const;

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

function uniform(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.uniform()), rows, cols };
}

/** The definition: merge the two nearest clusters again and again, each distance from the rows themselves. */
function plainHeights(x: Matrix, linkage: (typeof LINKAGES)[number]): number[] {
  const row = (i: number): number[] => [...x.data.subarray(i * x.cols, (i + 1) * x.cols)];
  const between = (a: number[], b: number[]): number => Math.hypot(...a.map((value, c) => value - b[c]!));
  const mean = (rows: number[]): number[] =>
    row(0).map((_, c) => rows.reduce((sum, i) => sum + row(i)[c]!, 0) / rows.length);
  const distance = (a: number[], b: number[]): number => {
    if (linkage === "ward") {
      return Math.sqrt((2 * a.length * b.length) / (a.length + b.length)) * between(mean(a), mean(b));
    }
    const pairs = a.flatMap((i) => b.map((j) => between(row(i), row(j))));
    if (linkage === "average") return pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
    return linkage === "complete" ? Math.max(...pairs) : Math.min(...pairs);
  };
  let clusters = Array.from({ length: x.rows }, (_, i) => [i]);
  const heights: number[] = [];
  while (clusters.length > 1) {
    let best: [number, number, number] = [Infinity, 0, 0];
    for (let b = 1; b < clusters.length; b++) {
      for (let a = 0; a < b; a++) {
        const height = distance(clusters[a]!, clusters[b]!);
        if (height < best[0]) best = [height, a, b];
      }
    }
    const [height, a, b] = best;
    heights.push(height);
    clusters = [...clusters.filter((_, i) => i !== a && i !== b), [...clusters[a]!, ...clusters[b]!]];
  }
  return heights;
}

test("on a line, by hand", async () => {
  const x = matrix([0], [1], [4], [6], [20]);
  const single = await agglomerative(x, { linkage: "single", nClusters: 2 });
  assert.deepEqual([...single.children], [0, 1, 2, 3, 5, 6, 4, 7]);
  assert.deepEqual([...single.distances], [1, 2, 3, 14]);
  assert.equal(adjustedRandIndex(single.labels, [0, 0, 0, 0, 1]), 1);
  const complete = await agglomerative(x, { linkage: "complete", nClusters: 3 });
  assert.deepEqual([...complete.distances], [1, 2, 6, 20]);
  assert.equal(adjustedRandIndex(complete.labels, [0, 0, 1, 1, 2]), 1);
  const average = await agglomerative(x, { linkage: "average" });
  assert.deepEqual([...average.distances], [1, 2, 4.5, 17.25]);
  const ward = await agglomerative(x, { distanceThreshold: 5 });
  // Means 0.5 and 5 of two rows each: sqrt(2 * 4 / 4) * 4.5.
  const heights = [1, 2, Math.SQRT2 * 4.5, Math.sqrt(8 / 5) * 17.25];
  for (const [m, height] of heights.entries()) assert.ok(Math.abs(ward.distances[m]! - height) < 1e-12);
  assert.equal(ward.nClusters, 3);
});

describe("merges at the heights of the definition", () => {
  for (const linkage of LINKAGES) {
    test(linkage, async () => {
      for (const [rows, cols] of [
        [40, 2],
        [30, 7],
        [2, 3],
      ] as const) {
        const x = uniform(rows, cols, rows);
        const { distances } = await agglomerative(x, { linkage, nClusters: 1 });
        for (const [m, height] of plainHeights(x, linkage).entries()) {
          assert.ok(Math.abs(distances[m]! - height) < 1e-9, `${linkage} merge ${m}`);
        }
      }
    });
  }

  test("of many merges, where centroids look at all others again", async () => {
    const x = uniform(1500, 3, 9);
    const { distances, children } = await agglomerative(x);
    assert.ok(distances.every((height, m) => m === 0 || height >= distances[m - 1]!));
    assert.equal(new Set(children).size, 2 * 1499);
    // The heights of Ward's merges add up to the spread of all rows.
    const mean = [0, 1, 2].map(
      (c) => x.data.reduce((sum, value, p) => (p % 3 === c ? sum + value : sum), 0) / 1500,
    );
    const spread = x.data.reduce((sum, value, p) => sum + (value - mean[p % 3]!) ** 2, 0);
    const sum = distances.reduce((total, height) => total + height ** 2 / 2, 0);
    assert.ok(Math.abs(sum / spread - 1) < 1e-9);
  });
});

test("threads and blocks change nothing; permuting rows permutes labels", async () => {
  const x = uniform(700, 4, 3);
  const order = Random.seeded(1).distinct(700, 700);
  const data = x.data.map((_, p) => x.data[order[Math.floor(p / 4)]! * 4 + (p % 4)]!);
  for (const linkage of LINKAGES) {
    const options = { linkage, nClusters: 9 };
    const expected = await agglomerative(x, options);
    for (const more of [{ threads: 1 }, { threads: 2, blockRows: 256 }]) {
      assert.deepEqual(await agglomerative(x, { ...options, ...more }), expected, linkage);
    }
    const shuffled = await agglomerative({ ...x, data }, options);
    const moved = Array.from(order, (row) => expected.labels[row]!);
    assert.equal(adjustedRandIndex(shuffled.labels, moved), 1, linkage);
  }
});

test("duplicates never split while there are other clusters to part; equal rows merge at 0", async () => {
  const value = fc.integer({ min: 0, max: 9 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(value, value), { minLength: 3, maxLength: 30 }),
      fc.constantFrom(...LINKAGES),
      async (points, linkage) => {
        const different = new Set(points.map(String)).size;
        const options = { linkage, nClusters: Math.min(4, different) };
        const { labels } = await agglomerative(matrix(...points, ...points), options);
        assert.deepEqual(labels.slice(0, points.length), labels.slice(points.length));
      },
    ),
    { numRuns: 30, seed: 3 },
  );
  for (const linkage of LINKAGES) {
    const { distances } = await agglomerative(
      { data: new Float32Array(600).fill(2), rows: 300, cols: 2 },
      { linkage },
    );
    assert.deepEqual(new Set(distances), new Set([0]));
  }
});

test("cosine sees directions only", async () => {
  const x = matrix([1, 0], [9, 1], [0, 2], [1, 30], [-5, 0], [-1, 0.1]);
  for (const linkage of ["complete", "average", "single"] as const) {
    const { labels, distances } = await agglomerative(x, { linkage, metric: "cosine", nClusters: 3 });
    assert.equal(adjustedRandIndex(labels, [0, 0, 1, 1, 2, 2]), 1);
    assert.ok(distances.at(-1)! <= 2);
  }
});

test("predicts the nearest mean's cluster, or the nearest row's", async () => {
  const x = matrix([0], [4], [10], [11], [12]);
  const labels = Int32Array.of(1, 1, 0, 0, 0);
  const queries = matrix([6.4], [6.9], [-5]);
  assert.deepEqual([...(await predictAgglomerative(queries, x, labels))], [1, 0, 1]);
  assert.deepEqual([...(await predictAgglomerative(queries, x, labels, { linkage: "single" }))], [1, 1, 1]);
  await assert.rejects(predictAgglomerative(queries, x, labels.subarray(1)), { code: "shape_mismatch" });
});

test("refuses what it cannot do, and says what could be done", async () => {
  const x = matrix([0, 1], [2, 3], [4, 4]);
  const refused = (options: object, code: string, data = x) =>
    assert.rejects(agglomerative(data, options), { name: "KernelError", code });
  for (const nClusters of [0, 1.5]) await refused({ nClusters }, "bad_parameter");
  await refused({ nClusters: 4 }, "too_few_points");
  await refused({}, "too_few_points", matrix([1, 2]));
  await refused({ distanceThreshold: -1 }, "bad_parameter");
  await refused({ distanceThreshold: 1, nClusters: 2 }, "bad_parameter");
  await refused({ linkage: "median" }, "bad_parameter");
  await refused({ metric: "cosine" }, "bad_parameter");
  await refused({ metric: "cosine", linkage: "single" }, "zero_vector", matrix([0, 0], [1, 1]));
  await refused({}, "not_finite", matrix([0, 1], [Infinity, 1]));
  await refused({ signal: AbortSignal.abort() }, "canceled");
  const rows = CONDENSED_MAX_ROWS + 1;
  const many = { data: new Float32Array(rows), rows, cols: 1 };
  await assert.rejects(agglomerative(many, { linkage: "average" }), {
    code: "bad_parameter",
    message: /"single"/,
  });
  assert.ok(estimateAgglomerative(many, { linkage: "average" }).bytes > 1.6e9);
  assert.ok(estimateAgglomerative(many).bytes < 1e8);
});
