import assert from "node:assert/strict";
import { test } from "node:test";
import { DistanceEngine } from "../engine/distance-engine.ts";
import { Random } from "../random.ts";
import { eachTile } from "./each-tile.ts";
import { PairRows } from "./pair-rows.ts";
import { TileScan } from "./tile-scan.ts";

/** Rows in which many are near duplicates of others, where float32 loses most. */
function hardRows(rows: number, cols: number, offset: number) {
  const random = Random.seeded(cols);
  const data = Float32Array.from({ length: rows * cols }, () => offset + random.uniform());
  for (let i = 1; i < rows; i += 2) {
    for (let c = 0; c < cols; c++)
      data[i * cols + c] = data[(i - 1) * cols + c]! * (1 + 2 ** -20 * random.uniform());
  }
  return { data, rows, cols };
}

test("the lower bound is never above the squared distance and the upper never below, and they are near", async () => {
  for (const [cols, offset, metric] of [
    [3, 0, "euclidean"],
    [384, 0, "euclidean"],
    [100, 50, "euclidean"],
    [1500, -0.5, "euclidean"],
    [64, -0.5, "cosine"],
  ] as const) {
    const x = new PairRows(hardRows(150, cols, offset), metric, 256);
    const scan = await TileScan.create(256);
    let pairs = 0;
    await DistanceEngine.use(cols, 2, (engine) =>
      eachTile(
        engine,
        x,
        scan,
        () => undefined,
        (top, left) => {
          scan.pairsBelow(x.low, new Float64Array(256).fill(Infinity), top, left, (i, j, low) => {
            const exact = x.squared(i, j);
            const both = x.low[i]! + x.low[j]!;
            assert.ok(low <= exact, `${cols} columns: ${low} is above ${exact}`);
            assert.ok(low + 2.1 * x.slack * both >= exact, `${cols} columns: ${low} is far below ${exact}`);
            assert.equal(x.squared(j, i), exact);
            pairs++;
          });
        },
      ),
    );
    assert.equal(pairs, (150 * 149) / 2);
  }
});

test("distance and fromDistance are inverse, in the metric's units", () => {
  const data = { data: Float32Array.of(0, 3, 4, 0), rows: 2, cols: 2 };
  const euclidean = new PairRows(data, "euclidean", 2);
  assert.equal(euclidean.distance(euclidean.squared(0, 1)), 5);
  assert.equal(euclidean.fromDistance(5), euclidean.squared(0, 1));
  const cosine = new PairRows(data, "cosine", 2);
  assert.equal(cosine.distance(cosine.squared(0, 1)), 1);
  assert.equal(cosine.fromDistance(1), cosine.squared(0, 1));
});
