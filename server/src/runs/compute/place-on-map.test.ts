import assert from "node:assert/strict";
import { test } from "node:test";

import type { Matrix } from "#kernels/index.ts";
import type { CoordinatesStep } from "../../clusters/methods/steps.ts";
import { placeOnMap } from "./place-on-map.ts";

const control = { seed: 1, onProgress: () => undefined };
const pca: CoordinatesStep = { method: "pca", dims: 3, from_previous: false };
const umap: CoordinatesStep = {
  ...{ method: "umap", dims: 2, n_neighbors: 5, min_dist: 0.1, metric: "euclidean", from_previous: true },
};

/** Two clouds in three dimensions, far apart. */
const x: Matrix = {
  data: Float32Array.from({ length: 3 * 40 }, (_, p) => (p % 6 < 3 ? 0 : 50) + ((p * 0.618034) % 1)),
  rows: 40,
  cols: 3,
};
const rowsOf = ({ data, cols }: Matrix, from: number, to: number): Matrix => ({
  ...{ data: data.slice(from * cols, to * cols), rows: to - from, cols },
});

test("what is placed later lies where it would lie among the first", async () => {
  const map = await placeOnMap(x, pca, null, control);
  const again = await map.place(rowsOf(x, 5, 9));
  for (const [i, value] of again.data.entries()) {
    assert.ok(Math.abs(value - map.coordinates.data[5 * 3 + i]!) < 1e-4);
  }
});

test("vectors of fewer dimensions than the map, or fewer than two, lie on it all the same", async () => {
  const line: Matrix = { data: Float32Array.of(1, 2, 4), rows: 3, cols: 1 };
  const map = await placeOnMap(line, pca, null, control);
  assert.deepEqual([map.coordinates.rows, map.coordinates.cols], [3, 3]);
  const place = map.coordinates.data;
  assert.ok(Math.abs(Math.abs(place[0]! - place[3]!) - 1) < 1e-5, "distances are kept");
  assert.deepEqual([place[1], place[2], place[4], place[5]], [0, 0, 0, 0]);
  const one = await placeOnMap(rowsOf(x, 0, 1), umap, null, control);
  assert.deepEqual([...one.coordinates.data], [0, 0]);
  assert.deepEqual([...(await one.place(rowsOf(x, 1, 3))).data], [0, 0, 0, 0]);
});

test("UMAP starts from previous places, new documents beside their neighbours", async () => {
  const first = await placeOnMap(x, umap, null, control);
  const before: Matrix = { ...first.coordinates, data: first.coordinates.data.slice() };
  before.data.fill(NaN, 0, 2);
  const second = await placeOnMap(x, umap, before, control);
  assert.match(second.notes.join(), /starts from the places of 39 documents/);
  const afresh = await placeOnMap(x, umap, null, { ...control, seed: 99 });
  const moved = ({ coordinates }: { coordinates: Matrix }) =>
    coordinates.data.slice(2).reduce((sum, value, p) => sum + Math.abs(value - before.data[p + 2]!), 0);
  assert.ok(moved(second) < moved(afresh) / 2, `${moved(second)} against ${moved(afresh)}`);
});

test("of a sample that has no previous place UMAP begins afresh", async () => {
  const none: Matrix = { data: new Float32Array(80).fill(NaN), rows: 40, cols: 2 };
  const map = await placeOnMap(x, umap, none, control);
  assert.deepEqual(map, { ...(await placeOnMap(x, umap, null, control)), place: map.place });
});
