import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Matrix } from "../matrix.ts";
import { trustworthiness } from "../quality/trustworthiness.ts";
import { Random } from "../random.ts";
import type { UmapOptions } from "./options.ts";
import { umap } from "./umap.ts";
import { umapTransform } from "./umap-transform.ts";

/** Rows around `groups` centres, in turn. */
function blobs(rows: number, cols: number, groups: number, seed: number, apart = 6): Matrix {
  const random = Random.seeded(seed);
  const bell = (): number => 2 * (random.uniform() + random.uniform() + random.uniform()) - 3;
  const centres = Float32Array.from({ length: groups * cols }, () => apart * bell());
  const data = Float32Array.from({ length: rows * cols }, (_, p) => {
    const group = Math.floor(p / cols) % groups;
    return centres[group * cols + (p % cols)]! + bell();
  });
  return { data, rows, cols };
}

function taken(x: Matrix, order: readonly number[]): Matrix {
  const data = Float32Array.from(order.flatMap((i) => [...x.data.subarray(i * x.cols, (i + 1) * x.cols)]));
  return { data, rows: order.length, cols: x.cols };
}

function distance(x: Matrix, i: number, y: Matrix, j: number): number {
  let squared = 0;
  for (let d = 0; d < x.cols; d++) squared += (x.data[i * x.cols + d]! - y.data[j * y.cols + d]!) ** 2;
  return Math.sqrt(squared);
}

function meanMove(from: Matrix, to: Matrix, rows: number): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) sum += distance(from, i, to, i);
  return sum / rows;
}

const isFinite = (x: Matrix): boolean => x.data.every((value) => Number.isFinite(value));

describe("equal bytes", () => {
  const x = blobs(700, 9, 5, 1);
  for (const options of [
    { nEpochs: 60 },
    { nEpochs: 60, nComponents: 7, metric: "cosine" },
    { nEpochs: 20, init: "pca", seed: 9 },
    { nEpochs: 20, init: "random" },
  ] satisfies UmapOptions[]) {
    test(JSON.stringify(options), async () => {
      const expected = await umap(x, { ...options, threads: 1 });
      for (const other of [{ threads: 2 }, { blockRows: 1 }, { blockRows: 512, threads: 2 }, {}]) {
        assert.deepEqual(await umap(x, { ...options, ...other }), expected);
      }
      const { seed = 0 }: UmapOptions = options;
      const reseeded = await umap(x, { ...options, seed: seed + 1 });
      assert.notDeepEqual(reseeded.coordinates, expected.coordinates);
    });
  }

  test("of new rows, alone or beside others", async () => {
    const model = { x, ...(await umap(x, { nEpochs: 60 })) };
    const rows = blobs(300, 9, 5, 1);
    const expected = await umapTransform(model, rows, { threads: 1 });
    assert.deepEqual(await umapTransform(model, rows, { threads: 2 }), expected);
    const alone = await umapTransform(model, taken(rows, [17, 299]));
    assert.deepEqual([...alone.data], [...expected.data.subarray(34, 36), ...expected.data.subarray(598)]);
  });
});

describe("the map", () => {
  for (const nComponents of [2, 3, 5, 15]) {
    test(`keeps groups together and apart in ${nComponents} dimensions`, async () => {
      const x = blobs(400, 20, 4, 2);
      const { coordinates, notes } = await umap(x, { nComponents, minDist: 0, nEpochs: 200 });
      assert.equal(coordinates.data.length, 400 * nComponents);
      assert.equal(notes.length, 1);
      assert.match(notes[0]!, /4 pieces/);
      let within = 0;
      let between = Infinity;
      for (let i = 0; i < 400; i++) {
        for (let j = 0; j < i; j++) {
          const apart = distance(coordinates, i, coordinates, j);
          if (i % 4 === j % 4) within = Math.max(within, apart);
          else between = Math.min(between, apart);
        }
      }
      assert.ok(between > within / 3, `${within} within, ${between} between`);
      const nearest = await trustworthiness(x, coordinates, { nNeighbors: 10 });
      assert.ok(nearest > 0.9, `${nearest}`);
    });
  }

  test("is as good turned, scaled and in another order", async () => {
    const x = blobs(500, 8, 3, 3, 1);
    const order = [...Random.seeded(4).distinct(500, 500)];
    const turned = taken(
      { ...x, data: x.data.map((_, p) => (p % 2 === 0 ? -5 * x.data[p + 1]! : 5 * x.data[p - 1]!)) },
      order,
    );
    const goodness = async (rows: Matrix): Promise<number> =>
      trustworthiness(rows, (await umap(rows, { nEpochs: 150 })).coordinates, { nNeighbors: 10 });
    const [one, other] = [await goodness(x), await goodness(turned)];
    assert.ok(one > 0.85 && Math.abs(one - other) < 0.01, `${one} and ${other}`);
  });

  test("of directions does not change with the lengths of rows", async () => {
    const x = blobs(300, 8, 3, 5);
    const longer = { ...x, data: x.data.map((value, p) => value * 2 ** (Math.floor(p / 8) % 5)) };
    const options = { metric: "cosine", nEpochs: 40 } as const;
    assert.deepEqual((await umap(longer, options)).coordinates, (await umap(x, options)).coordinates);
  });

  test("goes on from previous coordinates, with places for new rows beside their neighbours", async () => {
    const x = blobs(600, 10, 5, 6, 1.5);
    const before = (await umap(taken(x, [...Array(500).keys()]), { seed: 1 })).coordinates;
    const init = { data: new Float32Array(1200).fill(NaN), rows: 600, cols: 2 };
    init.data.set(before.data);
    const fresh = (await umap(x, { seed: 2 })).coordinates;
    const next = (await umap(x, { seed: 2, init })).coordinates;
    const [stayed, moved] = [meanMove(before, next, 500), meanMove(before, fresh, 500)];
    assert.ok(stayed < moved / 2, `${stayed} against ${moved}`);
    const trust = async (map: Matrix): Promise<number> => trustworthiness(x, map, { nNeighbors: 15 });
    assert.ok((await trust(next)) > (await trust(fresh)) - 0.015);
    const untouched = await umap(x, { init, nEpochs: 0 });
    assert.deepEqual(untouched.coordinates.data.subarray(0, 1000), before.data);
    assert.ok(isFinite(untouched.coordinates));
  });
});

describe("new rows", () => {
  const x = blobs(400, 6, 4, 7);

  test("lie in their group; an equal row on the spot, without refinement", async () => {
    const model = { x, ...(await umap(x, { nEpochs: 100 })) };
    const added = await umapTransform(model, taken(x, [8, 101, 302, 8]), { nEpochs: 0 });
    for (const [at, i] of [8, 101, 302, 8].entries()) {
      assert.equal(distance(added, at, model.coordinates, i), 0);
    }
    const others = blobs(40, 6, 4, 7);
    const placed = await umapTransform(model, others);
    for (let i = 0; i < 40; i++) {
      const nearest = [...Array(400).keys()].reduce((a, b) =>
        distance(placed, i, model.coordinates, b) < distance(placed, i, model.coordinates, a) ? b : a,
      );
      assert.equal(nearest % 4, i % 4);
    }
  });

  test("are refused if they do not fit the map", async () => {
    const model = { x, ...(await umap(x, { nEpochs: 10 })) };
    const rows = taken(x, [1]);
    const refused = (code: string, more: Partial<typeof model>, given = rows, options = {}) =>
      assert.rejects(umapTransform({ ...model, ...more }, given, options), { name: "KernelError", code });
    await refused("shape_mismatch", {}, blobs(3, 5, 1, 1));
    await refused("shape_mismatch", { x: rows });
    await refused("too_few_points", { x: rows, coordinates: taken(model.coordinates, [1]) });
    await refused("not_finite", {}, { ...rows, data: rows.data.map(() => NaN) });
    await refused("zero_vector", { metric: "cosine" }, { ...rows, data: new Float32Array(6) });
    await refused("bad_parameter", {}, rows, { nEpochs: -1 });
    await refused("bad_parameter", {}, rows, { learningRate: NaN });
    await refused("canceled", {}, rows, { signal: AbortSignal.abort() });
  });
});

describe("at the edges", () => {
  test("few rows: all are neighbours, and the result says so", async () => {
    for (const rows of [1, 2, 3, 4, 5, 15]) {
      const { coordinates, nNeighbors, notes } = await umap(blobs(rows, 3, 1, rows), { nComponents: 3 });
      assert.ok(isFinite(coordinates));
      assert.equal(coordinates.data.length, rows * 3);
      assert.equal(nNeighbors, Math.max(2, rows - 1));
      assert.match(notes[0]!, new RegExp(`not 15: there are ${rows} rows`));
    }
    assert.deepEqual((await umap(blobs(1, 3, 1, 1))).coordinates.data, new Float32Array(2));
    assert.deepEqual((await umap(blobs(16, 3, 1, 1))).notes, []);
  });

  test("all rows equal, and many duplicates", async () => {
    const x = blobs(200, 4, 2, 8);
    assert.ok(isFinite((await umap({ ...x, data: x.data.fill(3) })).coordinates));
    const twice = taken(
      blobs(60, 4, 2, 9),
      Array.from({ length: 240 }, (_, i) => i % 60),
    );
    const { coordinates } = await umap(twice, { nNeighbors: 12 });
    assert.ok(isFinite(coordinates));
    let apart = 0;
    for (let i = 0; i < 60; i++) apart += distance(coordinates, i, coordinates, i + 60) / 60;
    let any = 0;
    for (let i = 0; i < 60; i++) any += distance(coordinates, i, coordinates, ((i * 7 + 2) % 60) + 60) / 60;
    assert.ok(apart < any / 3, `duplicates ${apart}, others ${any}`);
  });

  test("a graph in more pieces than dimensions have half axes", async () => {
    const x = blobs(240, 5, 12, 10, 40);
    for (const metric of ["euclidean", "cosine"] as const) {
      const { coordinates, notes } = await umap(x, { nNeighbors: 6, metric, nEpochs: 100 });
      assert.ok(isFinite(coordinates));
      assert.match(notes[0]!, /pieces/);
    }
  });

  test("very large and very small values", async () => {
    const x = blobs(120, 4, 3, 11);
    const shape = (await umap(x, { nEpochs: 30 })).coordinates;
    const larger = await umap({ ...x, data: x.data.map((value) => value * 2 ** 60) }, { nEpochs: 30 });
    assert.ok(isFinite(larger.coordinates));
    assert.ok((await trustworthiness(x, larger.coordinates)) > (await trustworthiness(x, shape)) - 0.02);
  });

  test("no epochs leave the start", async () => {
    const { coordinates } = await umap(blobs(100, 4, 1, 12), { nEpochs: 0 });
    assert.equal(Math.min(...coordinates.data), 0);
    assert.equal(Math.max(...coordinates.data), 10);
  });
});

test("refuses what has no answer", async () => {
  const x = blobs(30, 3, 2, 13);
  const refused = (code: string, options: object, data = x) =>
    assert.rejects(umap(data, options), { name: "KernelError", code });
  for (const name of ["nComponents", "nNeighbors", "nEpochs", "negativeSampleRate", "seed", "blockRows"]) {
    await refused("bad_parameter", { [name]: 1.5 });
    await refused("bad_parameter", { [name]: -1 });
  }
  for (const name of [
    "minDist",
    "spread",
    "learningRate",
    "repulsionStrength",
    "setOpMixRatio",
    "localConnectivity",
  ]) {
    await refused("bad_parameter", { [name]: -0.1 });
    await refused("bad_parameter", { [name]: NaN });
  }
  await refused("bad_parameter", { minDist: 2 });
  await refused("bad_parameter", { nNeighbors: 1 });
  await refused("bad_parameter", { metric: "manhattan" });
  await refused("bad_parameter", { init: "grid" });
  await refused("bad_parameter", { threads: 0 });
  const places = { data: new Float32Array(60).fill(NaN), rows: 30, cols: 2 };
  await refused("bad_parameter", { init: places });
  await refused("shape_mismatch", { init: places, nComponents: 3 });
  await refused("not_finite", { init: { ...places, data: places.data.map((_, p) => (p === 1 ? NaN : p)) } });
  await refused("not_finite", {}, { ...x, data: x.data.map((value, p) => (p === 5 ? NaN : value)) });
  await refused(
    "zero_vector",
    { metric: "cosine" },
    { ...x, data: x.data.map((value, p) => (p < 3 ? 0 : value)) },
  );
  await refused("too_few_points", {}, { data: new Float32Array(0), rows: 0, cols: 3 });
  await refused("shape_mismatch", {}, { ...x, rows: 31 });
});

test("progress grows to 1, and a signal ends it between two epochs", async () => {
  const x = blobs(800, 4, 3, 14);
  const fractions: number[] = [];
  await umap(x, { nEpochs: 50, onProgress: (fraction) => fractions.push(fraction) });
  assert.equal(fractions.at(-1), 1);
  assert.ok(fractions.length > 50);
  assert.deepEqual(
    fractions,
    fractions.toSorted((a, b) => a - b),
  );
  for (const share of [0, 0.3, 0.65, 0.9]) {
    const controller = new AbortController();
    const onProgress = (fraction: number): void => {
      if (fraction >= share) controller.abort();
    };
    await assert.rejects(umap(x, { signal: controller.signal, onProgress }), { code: "canceled" });
  }
});
