import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { nearestAmong } from "./nearest-among.ts";
import { nearestNeighbours } from "./nearest-neighbours.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

function uniform(rows: number, cols: number, seed: number, shape = (value: number): number => value): Matrix {
  const random = Random.seeded(seed);
  return { data: Float32Array.from({ length: rows * cols }, () => shape(random.uniform())), rows, cols };
}

/** The definition, in float64. */
function plain(
  x: Matrix,
  k: number,
  metric: "euclidean" | "cosine",
): { indices: number[]; distances: number[] } {
  const row = (i: number): number[] => {
    const values = [...x.data.subarray(i * x.cols, (i + 1) * x.cols)];
    const length = metric === "cosine" ? Math.hypot(...values) : 1;
    return values.map((value) => value / length);
  };
  const rows = Array.from({ length: x.rows }, (_, i) => row(i));
  const lists = rows.map((a, i) =>
    rows
      .map((b, j) => ({ j, squared: b.reduce((sum, value, c) => sum + (value - a[c]!) ** 2, 0) }))
      .filter(({ j }) => j !== i)
      .sort((a, b) => a.squared - b.squared || a.j - b.j)
      .slice(0, k),
  );
  return {
    indices: lists.flat().map(({ j }) => j),
    distances: lists.flat().map(({ squared }) => (metric === "cosine" ? squared / 2 : Math.sqrt(squared))),
  };
}

async function check(x: Matrix, k: number, metric: "euclidean" | "cosine" = "euclidean"): Promise<void> {
  const got = await nearestNeighbours(x, { k, metric });
  const expected = plain(x, k, metric);
  assert.deepEqual([...got.indices], expected.indices);
  for (const [p, distance] of expected.distances.entries()) {
    assert.ok(Math.abs(got.distances[p]! - distance) <= 1e-6 * distance + 1e-12);
  }
}

test("on a line, by hand; the lowest index at a tie", async () => {
  const { indices, distances } = await nearestNeighbours(matrix([0], [2], [3], [10], [4]), { k: 2 });
  assert.deepEqual([...indices], [1, 2, 2, 0, 1, 4, 4, 2, 2, 1]);
  assert.deepEqual([...distances], [2, 3, 1, 2, 1, 1, 6, 7, 1, 2]);
});

test("cosine is 1 - cos, whatever the lengths", async () => {
  const { indices, distances } = await nearestNeighbours(matrix([1, 0], [0, 5], [-3, 0], [2, 2]), {
    k: 3,
    metric: "cosine",
  });
  assert.deepEqual([...indices], [3, 1, 2, 3, 0, 2, 1, 3, 0, 0, 1, 2]);
  const half = Math.fround(1 - Math.SQRT1_2);
  assert.deepEqual([...distances.subarray(0, 3)], [half, 1, 2]);
});

describe("as by definition", () => {
  test("several tiles", () => check(uniform(700, 12, 1), 9));
  test("one row fewer than k + 1 is not there", () => check(uniform(40, 3, 2), 39));
  test("cosine", () => check(uniform(300, 20, 3), 7, "cosine"));
  test("far from the origin", () =>
    check(
      uniform(400, 5, 4, (value) => 1000 + value),
      6,
    ));
  test("a grid, where distances are equal everywhere", () =>
    check(
      uniform(600, 2, 5, (value) => Math.floor(value * 12)),
      10,
    ));
  test("very large and very small values", async () => {
    await check(
      uniform(300, 4, 6, (value) => value * 1e30),
      4,
    );
    await check(
      uniform(300, 4, 6, (value) => value * 1e-30),
      4,
    );
  });
  test("a row far from all others", () =>
    check(
      { ...uniform(300, 4, 7), data: uniform(300, 4, 7).data.map((value, p) => (p < 4 ? 1e6 : value)) },
      5,
    ));
});

test("many duplicates: the lowest indices among them", async () => {
  const x = uniform(900, 3, 8, (value) => (value < 0.5 ? 1 : 2));
  await check(x, 12);
  const equal = await nearestNeighbours({ ...x, data: x.data.fill(7) }, { k: 3 });
  assert.deepEqual([...equal.indices.subarray(0, 9)], [1, 2, 3, 0, 2, 3, 0, 1, 3]);
  assert.deepEqual(new Set(equal.distances), new Set([0]));
});

test("threads and blocks change no byte", async () => {
  const x = uniform(1100, 33, 9, (value) => Math.round(value * 8));
  const expected = await nearestNeighbours(x, { k: 20, threads: 1 });
  for (const options of [
    { threads: 2 },
    { blockRows: 1 },
    { blockRows: 700, threads: 2 },
    { blockRows: 9999 },
  ]) {
    assert.deepEqual(await nearestNeighbours(x, { k: 20, ...options }), expected);
  }
});

test("for any rows, as by definition", async () => {
  const value = fc.constantFrom(0, 1, 2, 1.0000001, -3, 1e4);
  const rows = fc.array(fc.tuple(value, value, value), { minLength: 2, maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(rows, fc.nat(), (points, k) => check(matrix(...points), 1 + (k % (points.length - 1)))),
    { numRuns: 60, seed: 1 },
  );
});

test("among other rows: as among all, without the queries", async () => {
  const x = uniform(250, 6, 11);
  const queries = uniform(120, 6, 12);
  const both = { data: Float32Array.of(...queries.data, ...x.data), rows: 370, cols: 6 };
  for (const [k, metric] of [
    [7, "euclidean"],
    [250, "cosine"],
  ] as const) {
    const all = plain(both, 369, metric).indices;
    const expected = Array.from({ length: 120 }, (_, i) =>
      all
        .slice(i * 369, (i + 1) * 369)
        .filter((index) => index >= 120)
        .slice(0, k)
        .map((index) => index - 120),
    ).flat();
    const { indices } = await nearestAmong(queries, x, { k, metric, blockRows: 256 });
    assert.deepEqual([...indices], expected);
  }
  const equal = await nearestAmong(
    { ...x, data: x.data.map(() => 1) },
    { ...x, data: x.data.map(() => 2) },
    { k: 3 },
  );
  assert.deepEqual([...equal.indices.subarray(0, 6)], [0, 1, 2, 0, 1, 2]);
  assert.equal(
    (await nearestAmong({ data: new Float32Array(0), rows: 0, cols: 6 }, x, { k: 2 })).indices.length,
    0,
  );
  await assert.rejects(nearestAmong(queries, x, { k: 251 }), { code: "too_few_points" });
  await assert.rejects(nearestAmong(uniform(3, 5, 1), x, { k: 1 }), { code: "shape_mismatch" });
});

test("refuses what has no answer", async () => {
  const x = matrix([0, 1], [2, 3], [4, 5]);
  const refused = (options: object, code: string, data = x) =>
    assert.rejects(nearestNeighbours(data, { k: 1, ...options }), { name: "KernelError", code });
  await refused({ k: 3 }, "too_few_points");
  await refused({}, "too_few_points", { data: new Float32Array(0), rows: 0, cols: 2 });
  for (const k of [0, -1, 1.5, NaN]) await refused({ k }, "bad_parameter");
  await refused({ metric: "manhattan" }, "bad_parameter");
  await refused({ blockRows: 0 }, "bad_parameter");
  await refused({ threads: 0 }, "bad_parameter");
  await refused({}, "not_finite", matrix([0, 1], [2, Infinity]));
  await refused({}, "shape_mismatch", { ...x, rows: 4 });
  await refused({ metric: "cosine" }, "zero_vector", matrix([0, 1], [0, 0]));
  await refused({ signal: AbortSignal.abort() }, "canceled");
});

test("progress grows to 1, and a signal ends it between blocks", async () => {
  const x = uniform(1500, 4, 1);
  const fractions: number[] = [];
  await nearestNeighbours(x, { k: 2, blockRows: 256, onProgress: (fraction) => fractions.push(fraction) });
  assert.equal(fractions.at(-1), 1);
  assert.ok(fractions.length > 20);
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  const controller = new AbortController();
  const onProgress = (fraction: number): void => {
    if (fraction > 0.3) controller.abort();
  };
  await assert.rejects(
    nearestNeighbours(x, { k: 2, blockRows: 256, signal: controller.signal, onProgress }),
    {
      code: "canceled",
    },
  );
});
