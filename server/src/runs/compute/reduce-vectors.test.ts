import assert from "node:assert/strict";
import { test } from "node:test";

import type { Matrix } from "#kernels/index.ts";
import { reduceBy } from "../rules/reduction-rule.ts";
import { reduceVectors } from "./reduce-vectors.ts";

const control = { seed: 1, onProgress: () => undefined };
const x: Matrix = {
  data: Float32Array.from({ length: 4 * 30 }, (_, p) => (((p * 7919) % 101) / 101) * (1 + (p % 4))),
  rows: 30,
  cols: 4,
};

test("without a step vectors stay what they are, without a copy", async () => {
  const { rows, rule, notes } = await reduceVectors(x, null, control);
  assert.equal(rows, x);
  assert.equal(await reduceBy(rule, x), x);
  assert.deepEqual(notes, []);
});

test("others come into the same space as the rows it was made from", async () => {
  const { rows, rule, notes } = await reduceVectors(x, { method: "pca", dims: 2, whiten: true }, control);
  assert.equal(rows.cols, 2);
  const again = await reduceBy(rule, x);
  for (const [i, value] of again.data.entries()) assert.ok(Math.abs(value - rows.data[i]!) < 1e-4);
  for (const col of [0, 1]) {
    const column = Array.from({ length: 30 }, (_, row) => rows.data[row * 2 + col]!);
    const variance = column.reduce((sum, value) => sum + value * value, 0) / 29;
    assert.ok(Math.abs(variance - 1) < 1e-4, "whitened");
  }
  assert.match(
    notes.join(),
    /^Reduced by principal components, exact from 4 to 2 dimensions, whitened, with \d\d\.\d % /,
  );
});

test("more dimensions than there are become as many as there are, and a note says so", async () => {
  const { rows, notes } = await reduceVectors(x, { method: "pca", dims: 50, whiten: false }, control);
  assert.equal(rows.cols, 4);
  assert.match(notes.join(), /from 4 to 4 dimensions, for there are no 50, with 100\.0 % of the variance/);
});

test("whitened, directions without variance are left out and do not hide the groups", async () => {
  const rows = 200;
  const data = new Float32Array(8 * rows);
  for (let i = 0; i < rows; i++) {
    const a = (i % 2) * 4 + ((i * 7919) % 101) / 101;
    const b = ((i * 104_729) % 103) / 103;
    data.set([a, b, a + b, a - b, 2 * a, 3 * b, a + 2 * b, 1], 8 * i);
  }
  const low: Matrix = { data, rows, cols: 8 };
  const found = await reduceVectors(low, { method: "pca", dims: 8, whiten: true }, control);
  assert.equal(found.rows.cols, 2);
  assert.match(
    found.notes.join(),
    /from 8 to 2 dimensions, whitened, for there are no 8, with 100\.0 % of the variance/,
  );
  const again = await reduceBy(found.rule, low);
  assert.equal(again.cols, 2);
  for (const [p, value] of again.data.entries()) assert.ok(Math.abs(value - found.rows.data[p]!) < 1e-4);
});
