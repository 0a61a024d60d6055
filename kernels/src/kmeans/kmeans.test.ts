import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { adjustedRandIndex } from "../quality/adjusted-rand-index.ts";
import { Random } from "../random.ts";
import { kmeans, type KMeansResult } from "./kmeans.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

/** `clusters` groups of equal size around random centres, rows of the groups taking turns. */
function blobs(rows: number, cols: number, clusters: number, spread: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  const centres = Array.from({ length: clusters * cols }, () => random.uniform() * 10);
  const noise = (): number => (random.uniform() + random.uniform() + random.uniform() - 1.5) * spread;
  const data = Float32Array.from(
    { length: rows * cols },
    (_, p) => centres[(Math.floor(p / cols) % clusters) * cols + (p % cols)]! + noise(),
  );
  return { data, rows, cols };
}

function bytesOf(result: KMeansResult): string {
  const { labels, centers, distances, inertia, iterations, converged } = result;
  const arrays = [labels, centers.data, distances].map((array) =>
    Buffer.from(array.buffer).toString("base64"),
  );
  return JSON.stringify([...arrays, inertia, iterations, converged]);
}

test("two pairs on a line, by hand", async () => {
  const x = matrix([0], [2], [10], [12]);
  const result = await kmeans(x, { nClusters: 2, init: matrix([0], [2]) });
  // From centres 0 and 2: {0} {2,10,12} -> 0, 8 -> {0,2} {10,12} -> 1, 11 -> no change.
  assert.deepEqual([...result.labels], [0, 0, 1, 1]);
  assert.deepEqual([...result.centers.data], [1, 11]);
  assert.deepEqual([...result.distances], [1, 1, 1, 1]);
  assert.equal(result.inertia, 4);
  assert.equal(result.iterations, 3);
  assert.equal(result.converged, true);
});

test("a centre without rows is moved to the row farthest from its own centre", async () => {
  const x = matrix([0], [1], [2], [9]);
  const result = await kmeans(x, { nClusters: 2, init: matrix([1], [100]) });
  assert.deepEqual([...result.labels], [0, 0, 0, 1]);
  assert.deepEqual([...result.centers.data], [1, 9]);
});

test("stops after maxIter with labels that belong to the centres", async () => {
  const x = blobs(400, 3, 6, 8, 5);
  const result = await kmeans(x, { nClusters: 6, init: "random", seed: 3, maxIter: 1, tol: 0 });
  assert.equal(result.converged, false);
  assert.equal(result.iterations, 1);
  for (let i = 0; i < x.rows; i++) {
    const squared = Array.from({ length: 6 }, (_, j) =>
      [0, 1, 2].reduce((sum, c) => sum + (x.data[i * 3 + c]! - result.centers.data[j * 3 + c]!) ** 2, 0),
    );
    assert.equal(squared.indexOf(Math.min(...squared)), result.labels[i]);
  }
});

test("finds well separated groups from its own seeding", async () => {
  const x = blobs(600, 8, 6, 0.5, 1);
  const truth = Array.from({ length: 600 }, (_, i) => i % 6);
  for (const seed of [0, 1, 2]) {
    assert.equal(adjustedRandIndex((await kmeans(x, { nClusters: 6, seed })).labels, truth), 1);
  }
});

test("nInit keeps the run with the lowest inertia", async () => {
  const x = blobs(300, 2, 9, 3, 2);
  const options = { nClusters: 9, init: "random", seed: 5 } as const;
  const one = await kmeans(x, options);
  const many = await kmeans(x, { ...options, nInit: 8 });
  assert.ok(many.inertia < one.inertia);
});

describe("the same bytes", () => {
  const cases: [string, Matrix, number][] = [
    ["digits-like", blobs(1500, 96, 10, 12, 3), 10],
    ["many clusters", blobs(900, 24, 300, 6, 4), 300],
    ["two columns", blobs(2049, 2, 3, 9, 6), 3],
  ];
  for (const [name, x, nClusters] of cases) {
    test(`${name}: for 1 and 2 threads and every block size`, async () => {
      const options = { nClusters, seed: 9, maxIter: 12 };
      const expected = bytesOf(await kmeans(x, { ...options, threads: 1 }));
      for (const [threads, blockRows] of [
        [2, undefined],
        [1, 1],
        [2, 256],
        [2, 257],
        [2, 1000],
        [2, 100_000],
      ] as const) {
        const got = await kmeans(x, {
          ...options,
          threads,
          ...(blockRows === undefined ? {} : { blockRows }),
        });
        assert.equal(bytesOf(got), expected, `${threads} threads, ${blockRows ?? "default"} rows`);
      }
    });
  }

  test("another seed starts elsewhere", async () => {
    const x = blobs(300, 4, 5, 12, 3);
    const options = { nClusters: 12, maxIter: 1 };
    assert.notEqual(
      bytesOf(await kmeans(x, { ...options, seed: 1 })),
      bytesOf(await kmeans(x, { ...options, seed: 2 })),
    );
  });
});

describe("properties", () => {
  const rows = fc.array(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 3, maxLength: 3 }), {
    minLength: 5,
    maxLength: 40,
  });

  test("permuting rows permutes labels, from the same centres", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 5, max: 400 }), fc.nat(1000), async (rows, seed) => {
        const x = blobs(rows, 3, 5, 6, seed);
        const order = Random.seeded(seed).distinct(rows, rows);
        const data = Float32Array.from(x.data, (_, p) => x.data[order[Math.floor(p / 3)]! * 3 + (p % 3)]!);
        const init = { data: x.data.slice(0, 15), rows: 5, cols: 3 };
        const straight = await kmeans(x, { nClusters: 5, init });
        const shuffled = await kmeans({ ...x, data }, { nClusters: 5, init });
        assert.deepEqual(
          [...shuffled.labels],
          Array.from(order, (i) => straight.labels[i]!),
        );
      }),
      { numRuns: 40, seed: 1 },
    );
  });

  test("duplicates never split; distances and inertia agree; every cluster is used if there are enough different rows", async () => {
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 5 }), async (points, nClusters) => {
        const doubled = [...points, ...points];
        const result = await kmeans(matrix(...doubled), { nClusters });
        assert.deepEqual(result.labels.slice(0, points.length), result.labels.slice(points.length));
        const sum = result.distances.reduce((total, distance) => total + distance ** 2, 0);
        assert.ok(Math.abs(sum - result.inertia) <= 1e-5 * (1 + result.inertia));
        const different = new Set(points.map(String)).size;
        if (result.converged && different >= nClusters) assert.equal(new Set(result.labels).size, nClusters);
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  test("moving and scaling all values changes nothing but the units", async () => {
    const x = blobs(200, 3, 4, 4, 7);
    const init = { data: x.data.slice(0, 12), rows: 4, cols: 3 };
    const expected = await kmeans(x, { nClusters: 4, init });
    for (const [factor, offset] of [
      [1e30, 0],
      [1e-30, 0],
      [2, 1024],
    ] as const) {
      const change = (m: Matrix): Matrix => ({ ...m, data: m.data.map((value) => value * factor + offset) });
      const result = await kmeans(change(x), { nClusters: 4, init: change(init) });
      assert.deepEqual(result.labels, expected.labels, `times ${factor} plus ${offset}`);
      assert.ok(Math.abs(result.inertia / factor ** 2 / expected.inertia - 1) < 1e-3);
    }
  });
});

describe("degenerate data", () => {
  test("one row, one cluster", async () => {
    const result = await kmeans(matrix([3, 4]), { nClusters: 1 });
    assert.deepEqual([[...result.labels], [...result.centers.data], result.inertia], [[0], [3, 4], 0]);
  });

  test("as many clusters as rows", async () => {
    const result = await kmeans(matrix([0, 0], [5, 5]), { nClusters: 2 });
    assert.deepEqual([...result.labels].sort(), [0, 1]);
    assert.equal(result.inertia, 0);
  });

  for (const init of ["k-means++", "random"] as const) {
    test(`all rows equal, ${init}: one cluster is used, all centres are that row`, async () => {
      const result = await kmeans(matrix([7, 1], [7, 1], [7, 1], [7, 1]), { nClusters: 3, init });
      assert.deepEqual([...result.labels], [0, 0, 0, 0]);
      assert.deepEqual([...result.centers.data], [7, 1, 7, 1, 7, 1]);
      assert.equal(result.inertia, 0);
      assert.equal(result.converged, true);
    });
  }

  test("one cluster has the mean as centre", async () => {
    const result = await kmeans(matrix([0, 0], [4, 2]), { nClusters: 1 });
    assert.deepEqual([[...result.centers.data], result.inertia], [[2, 1], 10]);
  });
});

test("refuses what it cannot cluster", async () => {
  const x = matrix([0, 1], [2, 3]);
  const refused = (options: object, code: string, data = x) =>
    assert.rejects(kmeans(data, { nClusters: 2, ...options }), { name: "KernelError", code });
  await refused({ nClusters: 3 }, "too_few_points");
  await refused({}, "not_finite", matrix([0, 1], [NaN, 3]));
  await refused({}, "too_few_points", { data: new Float32Array(0), rows: 0, cols: 2 });
  for (const nClusters of [0, -1, 1.5, NaN]) await refused({ nClusters }, "bad_parameter");
  await refused({ maxIter: 0 }, "bad_parameter");
  await refused({ nInit: 0 }, "bad_parameter");
  await refused({ tol: -1 }, "bad_parameter");
  await refused({ tol: NaN }, "bad_parameter");
  await refused({ seed: -1 }, "bad_parameter");
  await refused({ threads: 0 }, "bad_parameter");
  await refused({ blockRows: 0 }, "bad_parameter");
  await refused({ init: "kmeans" }, "bad_parameter");
  await refused({ init: matrix([0, 1]) }, "shape_mismatch");
  await refused({ init: matrix([0, 1], [2, Infinity]) }, "not_finite");
});

describe("progress and cancel", () => {
  test("progress grows from 0 to 1", async () => {
    const fractions: number[] = [];
    await kmeans(blobs(1000, 4, 3, 5, 1), {
      nClusters: 3,
      nInit: 2,
      blockRows: 256,
      onProgress: (f) => fractions.push(f),
    });
    assert.equal(fractions.at(-1), 1);
    assert.ok(fractions.length > 10);
    for (const [i, fraction] of fractions.slice(1).entries())
      assert.ok(fraction >= fractions[i]! && fraction <= 1);
  });

  test("a signal ends it before it starts and between blocks", async () => {
    const x = blobs(1000, 4, 3, 5, 1);
    await assert.rejects(kmeans(x, { nClusters: 3, signal: AbortSignal.abort("stop") }), {
      code: "canceled",
      cause: "stop",
    });
    const controller = new AbortController();
    let calls = 0;
    const onProgress = (): void => {
      if (++calls === 5) controller.abort();
    };
    await assert.rejects(kmeans(x, { nClusters: 3, blockRows: 256, signal: controller.signal, onProgress }), {
      code: "canceled",
    });
    assert.equal(calls, 5);
  });
});
