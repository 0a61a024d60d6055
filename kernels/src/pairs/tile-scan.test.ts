import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { TileScan, tileSide } from "./tile-scan.ts";

test("finds the pairs below either bound, each once, in order", async () => {
  const side = 256;
  const scan = await TileScan.create(side);
  const random = Random.seeded(3);
  for (let p = 0; p < side * side; p++) scan.tile[p] = random.uniform() - 0.5;
  const low = Float32Array.from({ length: 2 * side }, () => random.uniform());
  const bounds = Float64Array.from({ length: 2 * side }, () => random.uniform() - 0.45);
  bounds.fill(-Infinity, 0, 20);
  for (const [top, left] of [
    [0, 0],
    [0, side],
    [side, side],
  ] as const) {
    const expected: string[] = [];
    for (let i = 0; i < side; i++) {
      for (let j = top === left ? i + 1 : 0; j < side; j++) {
        const value = scan.tile[i * side + j]! + low[top + i]!;
        if (value < bounds[top + i]! || value < bounds[left + j]!)
          expected.push(`${top + i} ${left + j} ${value}`);
      }
    }
    const found: string[] = [];
    scan.pairsBelow(low, bounds, top, left, (i, j, value) => {
      // The search is a little too generous.
      if (value < bounds[i]! || value < bounds[j]!) found.push(`${i} ${j} ${value}`);
    });
    assert.deepEqual(found, expected);
    assert.ok(found.length > 1000 && found.length < side * side);
  }
});

test("tiles are multiples of 256 rows, no larger than the rows need", () => {
  assert.deepEqual(
    [
      tileSide(1),
      tileSide(257),
      tileSide(5000),
      tileSide(5000, 1),
      tileSide(5000, 700),
      tileSide(9999, 99999),
    ],
    [256, 512, 1024, 256, 768, 4096],
  );
});
