import assert from "node:assert/strict";
import { describe, test } from "node:test";

import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { NearestCentres, type NearestCentresOptions } from "./assign-to-centres.ts";
import { kmeans } from "./kmeans.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

function scattered(rows: number, cols: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => random.uniform()), rows, cols };
}

/** Labels and distances of all rows, given `atOnce` at a time. */
async function assign(x: Matrix, centres: Matrix, atOnce = x.rows, options: NearestCentresOptions = {}) {
  const labels = new Int32Array(x.rows);
  const distances = new Float32Array(x.rows);
  await NearestCentres.use(centres, options, async (nearest) => {
    for (let start = 0; start < x.rows; start += atOnce) {
      const end = Math.min(x.rows, start + atOnce);
      const part = {
        data: x.data.subarray(start * x.cols, end * x.cols),
        rows: end - start,
        cols: x.cols,
      };
      await nearest.assign(part, labels.subarray(start, end), distances.subarray(start, end));
    }
  });
  return { labels: [...labels], distances: [...distances] };
}

test("by hand: the nearest centre, the lower one at a tie, and the distance to it", async () => {
  const found = await assign(matrix([0, 0], [3, 4], [10, 0], [5, 0]), matrix([0, 0], [10, 0]));
  assert.deepEqual(found, { labels: [0, 0, 1, 0], distances: [0, 5, 0, 5] });
});

test("a row gets the same whoever comes with it, for any threads and blocks", async () => {
  const x = scattered(3000, 24, 5);
  const centres = scattered(40, 24, 6);
  const expected = await assign(x, centres, 3000, { threads: 1 });
  for (const [atOnce, options] of [
    [1, {}],
    [7, { threads: 2 }],
    [257, { blockRows: 300 }],
    [1000, { threads: 2, blockRows: 1 }],
    [3000, { blockRows: 100_000 }],
  ] as const) {
    // A row at a time is enough for a few of them.
    const part = atOnce === 1 ? { ...x, data: x.data.subarray(0, 50 * 24), rows: 50 } : x;
    const found = await assign(part, centres, atOnce, options);
    assert.deepEqual(found.labels, expected.labels.slice(0, part.rows), `${atOnce} at once`);
    assert.deepEqual(found.distances, expected.distances.slice(0, part.rows), `${atOnce} at once`);
  }
});

test("agrees with a naive search in float64 wherever that is no near tie", async () => {
  const x = scattered(500, 6, 1);
  const centres = scattered(9, 6, 2);
  const { labels, distances } = await assign(x, centres);
  for (let i = 0; i < x.rows; i++) {
    const naive = Array.from({ length: 9 }, (_, j) =>
      Math.hypot(...Array.from({ length: 6 }, (_, c) => x.data[i * 6 + c]! - centres.data[j * 6 + c]!)),
    );
    assert.ok(naive[labels[i]!]! - Math.min(...naive) < 1e-6);
    assert.ok(Math.abs(naive[labels[i]!]! - distances[i]!) < 1e-6);
  }
});

test("gives the rows k-means was fitted on the labels of k-means", async () => {
  const x = scattered(800, 5, 3);
  const fitted = await kmeans(x, { nClusters: 12, seed: 1 });
  const { labels, distances } = await assign(x, fitted.centers);
  const differ = labels.filter((label, i) => label !== fitted.labels[i]).length;
  assert.ok(differ <= 1, `${differ} rows differ`);
  distances.forEach((distance, i) => assert.ok(Math.abs(distance - fitted.distances[i]!) < 1e-5));
});

describe("degenerate data", () => {
  test("one centre, equal centres, no rows, rows far away and tiny ones", async () => {
    assert.deepEqual(await assign(matrix([3, 4]), matrix([0, 0])), { labels: [0], distances: [5] });
    assert.deepEqual(await assign(matrix([1e30]), matrix([2], [2])), {
      labels: [0],
      distances: [Math.fround(1e30)],
    });
    assert.deepEqual(await assign({ data: new Float32Array(0), rows: 0, cols: 1 }, matrix([2], [3])), {
      labels: [],
      distances: [],
    });
    const far = await assign(matrix([1e30 + 0], [-1e30]), matrix([1e30], [-1e30]));
    assert.deepEqual(far.labels, [0, 1]);
    assert.deepEqual((await assign(matrix([4e-30], [1e-30]), matrix([0], [5e-30]))).labels, [1, 0]);
    // Far from the origin, near to each other: without the mean taken off, float32 could not tell them apart.
    assert.deepEqual((await assign(matrix([4096.25], [4096.75]), matrix([4096], [4097]))).labels, [0, 1]);
  });

  test("refuses what it cannot assign", async () => {
    const refused = (x: Matrix, centres: Matrix, code: string) =>
      assert.rejects(assign(x, centres), { name: "KernelError", code });
    await refused(matrix([1, 2]), matrix([1]), "shape_mismatch");
    await refused(matrix([NaN]), matrix([1]), "not_finite");
    await refused(matrix([1]), matrix([Infinity]), "not_finite");
    await refused(matrix([1]), { data: new Float32Array(0), rows: 0, cols: 1 }, "too_few_points");
    await assert.rejects(
      NearestCentres.use(matrix([1]), {}, (nearest) =>
        nearest.assign(matrix([1]), new Int32Array(2), new Float32Array(1)),
      ),
      { code: "shape_mismatch" },
    );
  });
});
