import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { dbscan } from "./dbscan.ts";
import { estimateDbscan } from "./estimate-dbscan.ts";
import { predictDbscan } from "./predict-dbscan.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

function uniform(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.uniform()), rows, cols };
}

/** The definition, row by row, with scikit-learn's order of clusters. */
function plain(x: Matrix, eps: number, minSamples: number): number[] {
  const near = (i: number, j: number): boolean => {
    let sum = 0;
    for (let c = 0; c < x.cols; c++) sum += (x.data[i * x.cols + c]! - x.data[j * x.cols + c]!) ** 2;
    return Math.sqrt(sum) <= eps;
  };
  const all = [...Array(x.rows).keys()];
  const neighbours = all.map((i) => all.filter((j) => near(i, j)));
  const labels = all.map(() => -1);
  let next = 0;
  for (const start of all) {
    if (labels[start] !== -1 || neighbours[start]!.length < minSamples) continue;
    const stack = [start];
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      if (labels[i] !== -1) continue;
      labels[i] = next;
      if (neighbours[i]!.length >= minSamples) stack.push(...neighbours[i]!);
    }
    next++;
  }
  return labels;
}

test("on a line, by hand: eps counts, the row counts itself, a row between two clusters goes to the first", async () => {
  const x = matrix([0], [1], [2], [3.5], [5], [6], [7], [20]);
  const { labels, coreRows, nClusters } = await dbscan(x, { eps: 1.5, minSamples: 3 });
  assert.deepEqual([...labels], [0, 0, 0, 0, 0, 0, 0, -1]);
  const between = await dbscan(matrix([9], [9], [9], [8], [6], [4], [3], [3], [3]), {
    eps: 2,
    minSamples: 4,
  });
  assert.deepEqual([...between.labels], [0, 0, 0, 0, 0, 1, 1, 1, 1]);
  assert.deepEqual([...between.coreRows], [0, 1, 2, 3, 5, 6, 7, 8]);
  assert.deepEqual([...coreRows], [1, 2, 3, 4, 5]);
  assert.equal(nClusters, 1);
});

describe("as by definition", () => {
  for (const [rows, cols, eps, minSamples] of [
    [700, 2, 0.03, 3],
    [700, 2, 0.2, 5],
    [600, 8, 0.5, 4],
    [300, 2, 5, 5],
    [300, 2, 0.05, 1],
  ] as const) {
    test(`${rows} x ${cols}, eps ${eps}, minSamples ${minSamples}`, async () => {
      const x = uniform(rows, cols, rows);
      assert.deepEqual([...(await dbscan(x, { eps, minSamples })).labels], plain(x, eps, minSamples));
    });
  }

  test("for any rows, distances of exactly eps and duplicates included", async () => {
    const value = fc.integer({ min: 0, max: 6 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 40 }),
        fc.constantFrom(1, Math.SQRT2, 2),
        fc.integer({ min: 1, max: 6 }),
        async (points, eps, minSamples) => {
          const x = matrix(...points);
          assert.deepEqual([...(await dbscan(x, { eps, minSamples })).labels], plain(x, eps, minSamples));
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });

  test("with so many pairs that they cannot be kept", async () => {
    const x = uniform(1100, 2, 4);
    assert.deepEqual(
      [...(await dbscan(x, { eps: 0.3, minSamples: 300, blockRows: 256 })).labels],
      plain(x, 0.3, 300),
    );
  });
});

test("cosine is euclidean between directions, eps in its own units", async () => {
  const x = matrix([1, 0], [5, 0.1], [2, 0.1], [0, 3], [0.1, 9], [0, 1], [-4, 0]);
  const { labels } = await dbscan(x, { eps: 0.01, minSamples: 3, metric: "cosine" });
  assert.deepEqual([...labels], [0, 0, 0, 1, 1, 1, -1]);
});

test("threads and blocks change nothing; permuting rows permutes clusters; scaling with eps changes nothing", async () => {
  const x = uniform(900, 3, 5);
  const options = { eps: 0.08, minSamples: 4 };
  const expected = await dbscan(x, options);
  for (const more of [{ threads: 1 }, { blockRows: 256, threads: 2 }, { blockRows: 512 }]) {
    assert.deepEqual(await dbscan(x, { ...options, ...more }), expected);
  }
  const scaled = await dbscan({ ...x, data: x.data.map((value) => value * 4) }, { eps: 0.32, minSamples: 4 });
  assert.deepEqual(scaled, expected);
  const order = Random.seeded(1).distinct(x.rows, x.rows);
  const data = x.data.map((_, p) => x.data[order[Math.floor(p / 3)]! * 3 + (p % 3)]!);
  const shuffled = await dbscan({ ...x, data }, options);
  const core = new Set(expected.coreRows);
  const names = new Map<number, number>();
  for (const [i, row] of order.entries()) {
    if (!core.has(row)) continue;
    const name = names.get(expected.labels[row]!) ?? shuffled.labels[i]!;
    names.set(expected.labels[row]!, name);
    assert.equal(shuffled.labels[i], name);
  }
  assert.equal(names.size, expected.nClusters);
});

test("degenerate data", async () => {
  assert.deepEqual(await dbscan(matrix([1, 2])), {
    labels: Int32Array.of(-1),
    coreRows: new Int32Array(0),
    nClusters: 0,
  });
  assert.deepEqual([...(await dbscan(matrix([1, 2]), { minSamples: 1 })).labels], [0]);
  const equal = await dbscan({ data: new Float32Array(900).fill(3), rows: 300, cols: 3 });
  assert.deepEqual([equal.nClusters, new Set(equal.labels)], [1, new Set([0])]);
});

test("predicts the label of the nearest core row within eps", async () => {
  const x = matrix([0], [1], [2], [3], [10], [11], [12], [13], [40]);
  const options = { eps: 1, minSamples: 3 };
  const run = await dbscan(x, options);
  const predicted = await predictDbscan(matrix([2.4], [3.5], [9.9], [11.2], [39]), x, run, options);
  assert.deepEqual([...predicted], [0, -1, -1, 1, -1]);
  assert.deepEqual([...(await predictDbscan(x, x, run, options))], [...run.labels]);
  assert.deepEqual(
    [...(await predictDbscan({ ...x, data: x.data.subarray(0, 0), rows: 0 }, x, run, options))],
    [],
  );
  const none = await predictDbscan(x, x, { labels: run.labels, coreRows: new Int32Array(0) }, options);
  assert.deepEqual(new Set(none), new Set([-1]));
});

test("refuses what it cannot do", async () => {
  const x = matrix([0, 1], [2, 3]);
  const refused = (options: object, code: string, data = x) =>
    assert.rejects(dbscan(data, options), { name: "KernelError", code });
  for (const eps of [0, -1, NaN, Infinity]) await refused({ eps }, "bad_parameter");
  for (const minSamples of [0, 1.5, NaN]) await refused({ minSamples }, "bad_parameter");
  await refused({ metric: "l1" }, "bad_parameter");
  await refused({}, "not_finite", matrix([0, NaN]));
  await refused({}, "too_few_points", { data: new Float32Array(0), rows: 0, cols: 2 });
  await refused({ metric: "cosine" }, "zero_vector", matrix([0, 0], [1, 1]));
  await refused({ signal: AbortSignal.abort() }, "canceled");
  const run = await dbscan(x);
  await assert.rejects(predictDbscan(matrix([1]), x, run), { code: "shape_mismatch" });
});

test("progress grows to 1; the estimate is linear in the rows", async () => {
  const fractions: number[] = [];
  await dbscan(uniform(900, 2, 1), { blockRows: 256, onProgress: (fraction) => fractions.push(fraction) });
  assert.equal(fractions.at(-1), 1);
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  const [small, large] = [100_000, 200_000].map((rows) => estimateDbscan({ rows, cols: 384 }));
  assert.ok(large!.bytes < 2 * small!.bytes && large!.operations === 4 * small!.operations);
});
