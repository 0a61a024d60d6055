import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { adjustedRandIndex } from "./adjusted-rand-index.ts";
import { calinskiHarabasz } from "./calinski-harabasz.ts";
import { daviesBouldin } from "./davies-bouldin.ts";
import { silhouette } from "./silhouette.ts";

const LINE: Matrix = { data: Float32Array.of(0, 2, 10, 12), rows: 4, cols: 1 };
const PAIRS = Int32Array.of(0, 0, 1, 1);

function near(actual: number, expected: number, tolerance = 1e-6): void {
  assert.ok(Math.abs(actual - expected) <= tolerance * Math.abs(expected), `${actual} is not ${expected}`);
}

function points(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.uniform()), rows, cols };
}

/** The definition, in float64, without products. */
function plainSilhouette(x: Matrix, labels: Int32Array): number {
  const kept = [...labels.keys()].filter((i) => labels[i]! >= 0);
  const distance = (i: number, j: number): number => {
    let sum = 0;
    for (let c = 0; c < x.cols; c++) sum += (x.data[i * x.cols + c]! - x.data[j * x.cols + c]!) ** 2;
    return Math.sqrt(sum);
  };
  const mean = (i: number, members: number[]): number =>
    members.reduce((sum, j) => sum + distance(i, j), 0) / members.length;
  const names = [...new Set(kept.map((i) => labels[i]!))];
  const scores = kept.map((i) => {
    const others = kept.filter((j) => j !== i && labels[j] === labels[i]);
    if (others.length === 0) return 0;
    const a = mean(i, others);
    const b = Math.min(
      ...names
        .filter((name) => name !== labels[i])
        .map((name) =>
          mean(
            i,
            kept.filter((j) => labels[j] === name),
          ),
        ),
    );
    return Math.max(a, b) === 0 ? 0 : (b - a) / Math.max(a, b);
  });
  return scores.reduce((sum, score) => sum + score, 0) / kept.length;
}

describe("two pairs on a line, by hand", () => {
  test("silhouette", async () => {
    // Outer rows: a = 2, b = 11; inner rows: a = 2, b = 9.
    const result = await silhouette(LINE, PAIRS);
    near(result.score, (9 / 11 + 7 / 9) / 2);
    assert.equal(result.approximate, false);
    assert.equal(result.sampled, 4);
  });
  test("davies-bouldin", () => near(daviesBouldin(LINE, PAIRS), 2 / 10));
  test("calinski-harabasz", () => near(calinskiHarabasz(LINE, PAIRS), 100 / (4 / 2)));
});

test("noise is left out, and labels may have gaps", async () => {
  const x = { data: Float32Array.of(0, 500, 2, 10, 12, -70), rows: 6, cols: 1 };
  const labels = Int32Array.of(7, -1, 7, 3, 3, -1);
  near((await silhouette(x, labels)).score, (await silhouette(LINE, PAIRS)).score);
  near(daviesBouldin(x, labels), 0.2);
  near(calinskiHarabasz(x, labels), 50);
});

test("the silhouette by tiles is the silhouette by its definition", async () => {
  for (const [rows, cols, clusters] of [
    [1100, 3, 4],
    [1025, 5, 1000],
    [50, 40, 3],
  ] as const) {
    const x = points(rows, cols, rows);
    const labels = Int32Array.from({ length: rows }, (_, i) => (i % 11 === 5 ? -1 : (i * 7) % clusters));
    const result = await silhouette(x, labels, { threads: 2 });
    assert.ok(Math.abs(result.score - plainSilhouette(x, labels)) < 1e-6, `${rows} x ${cols}`);
    assert.equal((await silhouette(x, labels, { threads: 1 })).score, result.score);
  }
});

test("the silhouette keeps its digits far from the origin and for near duplicates", async () => {
  const x = points(300, 4, 8);
  const data = x.data.map((value, p) => (Math.floor(p / 4) % 2 === 0 ? 1000 : 1100) + value * 0.5);
  const labels = Int32Array.from({ length: 300 }, (_, i) => (i % 4 < 2 ? i % 2 : 2 + (i % 2)));
  const result = await silhouette({ ...x, data }, labels);
  assert.ok(Math.abs(result.score - plainSilhouette({ ...x, data }, labels)) < 1e-6);
});

test("a sampled silhouette says so, repeats, and is near the exact one", async () => {
  const x = points(3000, 2, 1);
  const labels = Int32Array.from({ length: 3000 }, (_, i) => (x.data[2 * i]! < 0.5 ? 0 : 1));
  const exact = await silhouette(x, labels);
  const sampled = await silhouette(x, labels, { sampleSize: 1000, seed: 4 });
  assert.equal(sampled.approximate, true);
  assert.equal(sampled.sampled, 1000);
  assert.match(sampled.method, /sample of 1000 of 3000/);
  assert.ok(Math.abs(sampled.score - exact.score) < 0.02);
  assert.deepEqual(await silhouette(x, labels, { sampleSize: 1000, seed: 4 }), sampled);
  assert.notEqual((await silhouette(x, labels, { sampleSize: 1000, seed: 5 })).score, sampled.score);
  assert.equal((await silhouette(x, labels, { sampleSize: 5000 })).approximate, false);
});

test("coinciding rows: the values scikit-learn gives", async () => {
  const x = { data: Float32Array.of(1, 1, 1, 1), rows: 4, cols: 1 };
  assert.equal((await silhouette(x, PAIRS)).score, 0);
  assert.equal(daviesBouldin(x, PAIRS), 0);
  assert.equal(calinskiHarabasz(x, PAIRS), 1);
});

test("refuses labels without separation and bad input", async () => {
  for (const measure of [silhouette, daviesBouldin, calinskiHarabasz]) {
    const refused = (x: Matrix, labels: Int32Array | number[], code: string) =>
      assert.rejects(async () => measure(x, labels), { name: "KernelError", code });
    await refused(LINE, [0, 0, 0, 0], "bad_clusters");
    await refused(LINE, [0, 1, 2, 3], "bad_clusters");
    await refused(LINE, [-1, -1, -1, -1], "bad_clusters");
    await refused(LINE, [0, 1, -1, -1], "bad_clusters");
    await refused(LINE, [0, 1], "shape_mismatch");
    await refused(LINE, [0, 1, -2, 0], "bad_parameter");
    await refused(LINE, [0, 1, 0.5, 0], "bad_parameter");
    await refused({ ...LINE, data: Float32Array.of(0, NaN, 1, 2) }, PAIRS, "not_finite");
  }
  await assert.rejects(silhouette(LINE, PAIRS, { sampleSize: 2 }), { code: "bad_parameter" });
  await assert.rejects(silhouette(LINE, PAIRS, { signal: AbortSignal.abort() }), { code: "canceled" });
});

describe("adjusted Rand index", () => {
  test("by hand", () => {
    // Pairs in both 2, only in a 4, only in b 1, neither 8.
    assert.equal(
      adjustedRandIndex([0, 0, 0, 1, 1, 1], [0, 0, 1, 1, 2, 2]),
      (2 * (2 * 8 - 4 * 1)) / (6 * 12 + 3 * 9),
    );
  });

  test("1 for the same groups under other names, negative for worse than chance, 1 where nothing can differ", () => {
    assert.equal(adjustedRandIndex([0, 0, 1, 1], [5, 5, -1, -1]), 1);
    assert.equal(adjustedRandIndex([0, 0, 1, 1], [0, 1, 0, 1]), -0.5);
    assert.equal(adjustedRandIndex([], []), 1);
    assert.equal(adjustedRandIndex([3], [4]), 1);
    assert.equal(adjustedRandIndex([0, 0, 0], [0, 1, 2]), 0);
    assert.throws(() => adjustedRandIndex([0], []), { code: "shape_mismatch" });
  });

  test("is symmetric and does not depend on names", () => {
    const labels = fc.array(fc.tuple(fc.integer({ min: -1, max: 4 }), fc.integer({ min: -1, max: 4 })));
    fc.assert(
      fc.property(labels, (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const index = adjustedRandIndex(a, b);
        assert.equal(adjustedRandIndex(b, a), index);
        assert.equal(
          adjustedRandIndex(
            a.map((label) => 10 - label),
            b,
          ),
          index,
        );
        assert.ok(index >= -0.5 && index <= 1);
      }),
    );
  });
});
