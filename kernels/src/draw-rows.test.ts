import assert from "node:assert/strict";
import { test } from "node:test";

import { drawRows } from "./draw-rows.ts";

test("draws so many different rows in order, the same for the same seed", () => {
  const drawn = drawRows(1000, 20_000, 7);
  assert.equal(new Set(drawn).size, 1000);
  assert.ok(drawn.every((row, i) => row >= 0 && row < 20_000 && (i === 0 || drawn[i - 1]! < row)));
  assert.deepEqual(drawRows(1000, 20_000, 7), drawn);
  for (const other of [8, 2 ** 32 + 7, 2 ** 53 - 1])
    assert.notDeepEqual(drawRows(1000, 20_000, other), drawn);
  assert.deepEqual([...drawRows(5, 5, 1)], [0, 1, 2, 3, 4]);
  assert.deepEqual([...drawRows(0, 5, 1)], []);
  assert.deepEqual([...drawRows(0, 0, 1)], []);
});

test("a larger sample contains the smaller one, and rows appended only take places", () => {
  const small = drawRows(100, 5000, 3);
  const large = new Set(drawRows(400, 5000, 3));
  assert.ok(small.every((row) => large.has(row)));
  const grown = new Set(drawRows(100, 6000, 3));
  const left = small.filter((row) => grown.has(row)).length;
  assert.ok(left < 100 && left > 60, `${left} of 100 stay`);
  assert.ok([...grown].filter((row) => row < 5000).every((row) => small.includes(row)));
});

test("every row is as likely as any other, alone and together with its neighbour", () => {
  const total = 60;
  const seeds = 6000;
  const times = new Float64Array(total);
  let neighbours = 0;
  for (let seed = 0; seed < seeds; seed++) {
    const drawn = drawRows(15, total, seed);
    for (const [i, row] of drawn.entries()) {
      times[row]!++;
      if (i > 0 && drawn[i - 1] === row - 1) neighbours++;
    }
  }
  // Binomial with p = 1/4, and sixty of them.
  for (const [row, count] of times.entries()) {
    assert.ok(
      Math.abs(count / seeds - 0.25) < 4.5 * Math.sqrt((0.25 * 0.75) / seeds),
      `row ${row}: ${count}`,
    );
  }
  // Two given rows are both drawn with 15/60 * 14/59.
  assert.ok(Math.abs(neighbours / seeds / (59 * (15 / 60) * (14 / 59)) - 1) < 0.03, `${neighbours}`);
});

test("refuses numbers that are none", () => {
  for (const [count, total, seed] of [[2, 1, 0], [-1, 1, 0], [0.5, 1, 0], [1, 2 ** 31, 0], [1, 1, -1], [1, 1, 2 ** 53]] as const) {
    assert.throws(() => drawRows(count, total, seed), { code: "bad_parameter" });
  } // prettier-ignore
});
