import assert from "node:assert/strict";
import { test } from "node:test";
import type { Matrix } from "../matrix.ts";
import { Random } from "../random.ts";
import { trustworthiness } from "./trustworthiness.ts";

function line(...values: readonly number[]): Matrix {
  return { data: Float32Array.from(values), rows: values.length, cols: 1 };
}

test("by hand: the map swaps two rows of a line", async () => {
  const x = line(0, 1.1, 2.3, 3.6, 5, 6.5);
  const swapped = line(5, 1.1, 2.3, 3.6, 0, 6.5);
  // The map's nearest of each row are 3, 4, 1, 2, 1, 0; in the data these are nearest but 2, 3, 0, 0, 3, 4.
  assert.equal(await trustworthiness(x, swapped, { nNeighbors: 1 }), 1 - (2 * 12) / (6 * (12 - 3 - 1)));
});

test("1 for the data itself, turned and scaled; about a half for chance", async () => {
  const random = Random.seeded(1);
  const x = { data: Float32Array.from({ length: 1400 }, () => random.uniform()), rows: 700, cols: 2 };
  const turned = {
    ...x,
    data: x.data.map((_, p) => (p % 2 === 0 ? -3 * x.data[p + 1]! : 3 * x.data[p - 1]!)),
  };
  assert.equal(await trustworthiness(x, turned), 1);
  const chance = { ...x, data: x.data.map(() => random.uniform()) };
  assert.ok(Math.abs((await trustworthiness(x, chance)) - 0.5) < 0.02);
});

test("refuses what has no answer", async () => {
  const x = line(0, 1, 2, 3);
  await assert.rejects(trustworthiness(x, x, { nNeighbors: 2 }), { code: "too_few_points" });
  await assert.rejects(trustworthiness(x, line(0, 1)), { code: "shape_mismatch" });
  await assert.rejects(trustworthiness(x, line(0, 1, NaN, 2), { nNeighbors: 1 }), { code: "not_finite" });
  await assert.rejects(trustworthiness(x, x, { nNeighbors: 0 }), { code: "bad_parameter" });
});
