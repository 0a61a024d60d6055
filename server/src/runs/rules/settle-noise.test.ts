import assert from "node:assert/strict";
import { test } from "node:test";

import { noiseRule, settleNoise } from "./settle-noise.ts";

const matrix = (...rows: number[][]) => ({
  data: Float32Array.from(rows.flat()),
  rows: rows.length,
  cols: rows[0]!.length,
});
const x = matrix([0, 0], [0, 2], [10, 0], [10, 2], [4, 1], [6, 1]);
const labels = Int32Array.of(0, 0, 1, 1, -1, -1);

test("noise goes to the nearest mean of what was no noise, whoever else is noise", async () => {
  const rule = (await noiseRule(x, labels, "euclidean"))!;
  assert.deepEqual([...(await settleNoise(rule, x, labels))], [0, 0, 1, 1, 0, 1]);
  assert.deepEqual([...labels], [0, 0, 1, 1, -1, -1], "the labels it was given stay");
  // Rows that come later, too, and those that have a cluster keep it.
  const others = matrix([4.9, 1], [5.1, 1], [0, 0]);
  assert.deepEqual([...(await settleNoise(rule, others, Int32Array.of(-1, -1, 1)))], [0, 1, 1]);
});

test("nearest is by the method's metric", async () => {
  const rays = matrix([1, 0], [2, 0], [0, 1], [0, 2], [50, 40]);
  const rule = (await noiseRule(rays, Int32Array.of(0, 0, 1, 1, -1), "cosine"))!;
  const others = matrix([0.2, 0.1], [1, 30]);
  assert.deepEqual([...(await settleNoise(rule, others, Int32Array.of(-1, -1)))], [0, 1]);
});

test("without a cluster there is nowhere to go", async () => {
  assert.equal(await noiseRule(x, new Int32Array(6).fill(-1), "euclidean"), null);
});

test("a cluster whose directions cancel is refused with what to change", async () => {
  const opposite = matrix([1, 0], [-1, 0], [0, 1]);
  await assert.rejects(noiseRule(opposite, Int32Array.of(0, 0, -1), "cosine"), {
    code: "bad_clusters",
    message: /Turn reassign_noise off, or take the metric 'euclidean'/,
  });
});
