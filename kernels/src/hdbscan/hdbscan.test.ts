import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { adjustedRandIndex } from "../quality/adjusted-rand-index.ts";
import { Random } from "../random.ts";
import { estimateHdbscan } from "./estimate-hdbscan.ts";
import { hdbscan, type HdbscanResult } from "./hdbscan.ts";
import { predictHdbscan } from "./predict-hdbscan.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

/** `groups` groups of equal size, rows of the groups taking turns. */
function blobs(rows: number, cols: number, groups: number, spread: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  const centres = Array.from({ length: groups * cols }, () => random.uniform() * 10);
  const noise = (): number => (random.uniform() + random.uniform() + random.uniform() - 1.5) * spread;
  const data = Float32Array.from(
    { length: rows * cols },
    (_, p) => centres[(Math.floor(p / cols) % groups) * cols + (p % cols)]! + noise(),
  );
  return { data, rows, cols };
}

function permuted(x: Matrix, order: Int32Array): Matrix {
  return {
    ...x,
    data: x.data.map((_, p) => x.data[order[Math.floor(p / x.cols)]! * x.cols + (p % x.cols)]!),
  };
}

function bytesOf(result: HdbscanResult): string {
  const { tree, coreDistances } = result.model;
  return [result.labels, result.probabilities, coreDistances, tree.parents, tree.children, tree.lambdas]
    .map((array) => Buffer.from(array.buffer).toString("base64"))
    .join();
}

test("two groups on a line, by hand", async () => {
  const x = matrix([0], [1], [2], [3], [20], [21], [22], [24], [60]);
  const { labels, probabilities, nClusters, model } = await hdbscan(x, { minClusterSize: 3, minSamples: 2 });
  assert.equal(nClusters, 2);
  assert.deepEqual([labels[0], labels[1], labels[2], labels[3]], Array(4).fill(labels[0]));
  assert.deepEqual([labels[4], labels[5], labels[6], labels[7]], Array(4).fill(labels[4]));
  assert.notEqual(labels[0], labels[4]);
  assert.equal(labels[8], -1);
  // 24 leaves its group at distance 2, the group dies at distance 1.
  assert.deepEqual([...probabilities], [1, 1, 1, 1, 1, 1, 1, 0.5, 0]);
  assert.deepEqual([...model.coreDistances], [1, 1, 1, 1, 1, 1, 1, 2, 36]);
});

test("finds groups of any density, and says what is noise", async () => {
  const x = blobs(900, 12, 6, 0.5, 1);
  const truth = Array.from({ length: 900 }, (_, i) => i % 6);
  const { labels } = await hdbscan(x, { minClusterSize: 20 });
  assert.equal(adjustedRandIndex(labels, truth), 1);
});

test("threads and blocks change no byte, also where distances are equal", async () => {
  for (const x of [
    blobs(1100, 9, 5, 3, 2),
    { ...blobs(1100, 2, 5, 8, 3), data: blobs(1100, 2, 5, 8, 3).data.map((value) => Math.round(value * 2)) },
  ]) {
    const options = { minClusterSize: 6, minSamples: 4 };
    const expected = bytesOf(await hdbscan(x, { ...options, threads: 1 }));
    for (const more of [{ threads: 2 }, { blockRows: 256, threads: 1 }, { blockRows: 512, threads: 2 }]) {
      assert.equal(bytesOf(await hdbscan(x, { ...options, ...more })), expected);
    }
  }
});

describe("properties", () => {
  test("permuting rows permutes labels and probabilities", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 30, max: 400 }), fc.nat(1000), async (rows, seed) => {
        const x = blobs(rows, 3, 4, 4, seed);
        const order = Random.seeded(seed).distinct(rows, rows);
        const straight = await hdbscan(x, { minClusterSize: 5 });
        const shuffled = await hdbscan(permuted(x, order), { minClusterSize: 5 });
        assert.equal(
          adjustedRandIndex(
            shuffled.labels,
            Array.from(order, (row) => straight.labels[row]!),
          ),
          1,
        );
        for (const [i, row] of order.entries()) {
          assert.equal(shuffled.labels[i] === -1, straight.labels[row] === -1);
          assert.ok(Math.abs(shuffled.probabilities[i]! - straight.probabilities[row]!) < 1e-9);
        }
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  test("duplicates never split, and never keep it from ending", async () => {
    const value = fc.integer({ min: 0, max: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(value, value), { minLength: 4, maxLength: 60 }), async (points) => {
        const doubled = [...points, ...points];
        const { labels } = await hdbscan(matrix(...doubled), { minClusterSize: 3, minSamples: 2 });
        assert.deepEqual(labels.slice(0, points.length), labels.slice(points.length));
      }),
      { numRuns: 25, seed: 2 },
    );
  });

  test("scaling and turning all rows changes nothing; cosine does not see lengths", async () => {
    const x = blobs(400, 2, 4, 3, 7);
    const expected = (await hdbscan(x)).labels;
    const scaled = { ...x, data: x.data.map((value) => value * 8) };
    assert.deepEqual((await hdbscan(scaled)).labels, expected);
    const turned = { ...x, data: x.data.map((value, p) => (p % 2 === 0 ? -x.data[p + 1]! : x.data[p - 1]!)) };
    assert.deepEqual((await hdbscan(turned)).labels, expected);
    const cosine = (await hdbscan(x, { metric: "cosine" })).labels;
    const longer = { ...x, data: x.data.map((value, p) => value * 2 ** (Math.floor(p / 2) % 5)) };
    assert.deepEqual((await hdbscan(longer, { metric: "cosine" })).labels, cosine);
  });
});

describe("selection", () => {
  const x = blobs(300, 2, 3, 0.8, 4);

  test("leaf finds at least as many clusters as eom, a large epsilon joins them", async () => {
    const eom = await hdbscan(x, { minClusterSize: 5, minSamples: 3 });
    const leaf = await hdbscan(x, { minClusterSize: 5, minSamples: 3, clusterSelectionMethod: "leaf" });
    assert.ok(leaf.nClusters > eom.nClusters);
    const joined = await hdbscan(x, {
      minClusterSize: 5,
      minSamples: 3,
      clusterSelectionMethod: "leaf",
      clusterSelectionEpsilon: 1,
    });
    assert.equal(adjustedRandIndex(joined.labels, eom.labels), 1);
  });

  test("all as one cluster only where that is allowed", async () => {
    const one = blobs(60, 2, 1, 1, 5);
    assert.equal((await hdbscan(one, { minClusterSize: 25 })).nClusters, 0);
    const allowed = await hdbscan(one, { minClusterSize: 25, allowSingleCluster: true });
    assert.equal(allowed.nClusters, 1);
    assert.ok(allowed.labels.includes(0));
  });

  test("maxClusterSize splits what is larger", async () => {
    const { labels } = await hdbscan(x, { minClusterSize: 5, minSamples: 3, maxClusterSize: 50 });
    const sizes = new Map<number, number>();
    for (const label of labels) sizes.set(label, (sizes.get(label) ?? 0) + 1);
    sizes.delete(-1);
    assert.ok(sizes.size > 0 && Math.max(...sizes.values()) <= 50);
  });
});

test("equal rows and few rows", async () => {
  const equal = await hdbscan(
    { data: new Float32Array(600).fill(3), rows: 300, cols: 2 },
    { allowSingleCluster: true },
  );
  assert.deepEqual(new Set(equal.labels), new Set([0]));
  assert.deepEqual(new Set(equal.probabilities), new Set([1]));
  const two = await hdbscan(matrix([1], [2]), { minClusterSize: 2 });
  assert.deepEqual([...two.labels], [-1, -1]);
});

test("predicts: rows of a group join it, rows far away are noise, rows of the run keep their label", async () => {
  const x = blobs(300, 2, 3, 0.8, 4);
  const run = await hdbscan(x, { minClusterSize: 10 });
  const predicted = await predictHdbscan(x, x, run.model);
  assert.equal(adjustedRandIndex(predicted.labels, run.labels), 1);
  const far = await predictHdbscan(matrix([500, 500]), x, run.model);
  assert.deepEqual([far.labels[0], far.probabilities[0]], [-1, 0]);
  assert.deepEqual(
    (await predictHdbscan({ data: new Float32Array(0), rows: 0, cols: 2 }, x, run.model)).labels.length,
    0,
  );
  await assert.rejects(predictHdbscan(x, x, run.model, { metric: "cosine" }), { code: "bad_parameter" });
  await assert.rejects(predictHdbscan(matrix([1]), x, run.model), { code: "shape_mismatch" });
});

test("refuses what it cannot do", async () => {
  const x = matrix([0, 1], [2, 3], [4, 5]);
  const refused = (options: object, code: string, data = x) =>
    assert.rejects(hdbscan(data, { minClusterSize: 2, ...options }), { name: "KernelError", code });
  for (const minClusterSize of [1, 0, 2.5]) await refused({ minClusterSize, minSamples: 1 }, "bad_parameter");
  for (const minSamples of [0, 1.5]) await refused({ minSamples }, "bad_parameter");
  await refused({ minSamples: 4 }, "too_few_points");
  await refused({}, "too_few_points", matrix([1, 2]));
  await refused({ clusterSelectionMethod: "best" }, "bad_parameter");
  await refused({ clusterSelectionEpsilon: -1 }, "bad_parameter");
  await refused({ maxClusterSize: 0 }, "bad_parameter");
  await refused({ alpha: 0 }, "bad_parameter");
  await refused({ metric: "l1" }, "bad_parameter");
  await refused({}, "not_finite", matrix([0, 1], [NaN, 1]));
  await refused({ metric: "cosine" }, "zero_vector", matrix([0, 0], [1, 1]));
  await refused({ signal: AbortSignal.abort() }, "canceled");
});

test("progress grows to 1, a signal ends it, the estimate is linear in the rows", async () => {
  const x = blobs(900, 3, 3, 1, 1);
  const fractions: number[] = [];
  await hdbscan(x, { blockRows: 256, onProgress: (fraction) => fractions.push(fraction) });
  assert.equal(fractions.at(-1), 1);
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  const controller = new AbortController();
  const onProgress = (fraction: number): void => {
    if (fraction > 0.2) controller.abort();
  };
  await assert.rejects(hdbscan(x, { blockRows: 256, signal: controller.signal, onProgress }), {
    code: "canceled",
  });
  const { bytes } = estimateHdbscan({ rows: 100_000, cols: 384 }, {});
  assert.ok(bytes > 1e8 && bytes < 1e9);
});
