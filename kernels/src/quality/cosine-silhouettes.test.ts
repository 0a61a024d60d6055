import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { silhouette } from "./silhouette.ts";

function points(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.uniform() - 0.4), rows, cols };
}

/** The definition, pair by pair, in float64. */
function plain(x: Matrix, labels: Int32Array): number {
  const unit = Array.from({ length: x.rows }, (_, i) => {
    const row = Array.from(x.data.subarray(i * x.cols, (i + 1) * x.cols));
    return row.map((value) => value / Math.hypot(...row));
  });
  const kept = [...labels.keys()].filter((i) => labels[i]! >= 0);
  const mean = (i: number, others: number[]): number =>
    others.reduce(
      (sum, j) => sum + 1 - unit[i]!.reduce((dot, value, c) => dot + value * unit[j]![c]!, 0),
      0,
    ) / others.length;
  const names = [...new Set(kept.map((i) => labels[i]!))];
  const scores = kept.map((i) => {
    const own = kept.filter((j) => j !== i && labels[j] === labels[i]);
    if (own.length === 0) return 0;
    const b = Math.min(
      ...names
        .filter((name) => name !== labels[i])
        .map((name) => mean(i, kept.filter((j) => labels[j] === name))), // prettier-ignore
    );
    const a = mean(i, own);
    return (b - a) / Math.max(a, b);
  });
  return scores.reduce((sum, score) => sum + score, 0) / kept.length;
}

test("in rows times clusters is the silhouette by its definition, for any threads", async () => {
  for (const [rows, cols, clusters] of [
    [700, 6, 5],
    [400, 3, 300],
    [20, 30, 2],
  ] as const) {
    const x = points(rows, cols, rows);
    const labels = Int32Array.from({ length: rows }, (_, i) => (i % 13 === 5 ? -1 : (i * 7) % clusters));
    const result = await silhouette(x, labels, { metric: "cosine", threads: 1 });
    assert.ok(Math.abs(result.score - plain(x, labels)) < 1e-6, `${result.score}, ${plain(x, labels)}`);
    assert.equal(result.approximate, false);
    assert.match(result.method, /^cosine/);
    assert.equal((await silhouette(x, labels, { metric: "cosine", threads: 2 })).score, result.score);
  }
});

test("equal directions score 0, and rows of zeros are refused", async () => {
  const same = { data: Float32Array.of(1, 2, 3, 6, 0.1, 0.2, 7, 14), rows: 4, cols: 2 };
  assert.equal((await silhouette(same, [0, 0, 1, 1], { metric: "cosine" })).score, 0);
  const zero = { data: Float32Array.of(1, 2, 0, 0, 1, 1), rows: 3, cols: 2 };
  await assert.rejects(silhouette(zero, [0, 0, 1], { metric: "cosine" }), { code: "zero_vector" });
  await assert.rejects(silhouette(same, [0, 0, 1, 1], { metric: "manhattan" as "cosine" }), {
    code: "bad_parameter",
  });
});

test("of 60 samples, the interval of about 95 in 100 holds the silhouette of all rows", async () => {
  const x = points(3000, 3, 9);
  const labels = Int32Array.from({ length: 3000 }, (_, i) => (x.data[3 * i]! < 0.1 ? 0 : 1));
  for (const metric of ["euclidean", "cosine"] as const) {
    const { score, interval } = await silhouette(x, labels, { metric });
    assert.equal(interval, undefined);
    let inside = 0;
    for (let seed = 0; seed < 60; seed++) {
      const sample = await silhouette(x, labels, { metric, sampleSize: 400, seed });
      const [low, high] = sample.interval!;
      assert.ok(low < sample.score && sample.score < high && high - low < 0.12);
      if (low <= score && score <= high) inside++;
    }
    // Binomial: fewer than 51 of 60 at 0.95 happens once in 2,000 times.
    assert.ok(inside >= 51, `${inside} of 60, ${metric}`);
  }
});
