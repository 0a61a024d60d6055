import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { squaredDistance, squaredNorms } from "./centred-rows.ts";
import { DistanceEngine, type Targets } from "./distance-engine.ts";
import { blockRowsFor, blockStarts } from "./row-blocks.ts";

function rows(count: number, cols: number, seed: number): Targets {
  const random = Random.seeded(seed);
  const data = Float32Array.from({ length: count * cols }, () => random.uniform() - 0.5);
  return { data, rows: count, norms: Float32Array.from(squaredNorms(data, cols)) };
}

/** |b|² - 2 a·b for all rows of a, in blocks. */
async function partial(
  a: Targets,
  b: Targets,
  cols: number,
  threads: number,
  wanted: number,
): Promise<Float32Array> {
  const out = new Float32Array(a.rows * b.rows);
  const step = Math.min(a.rows, blockRowsFor(b.rows, wanted));
  await DistanceEngine.use(cols, threads, async (engine) => {
    for (const start of blockStarts(a.rows, step)) {
      const block = { data: a.data.subarray(start * cols, (start + step) * cols), rows: step };
      await engine.partial(block, b, out.subarray(start * b.rows, (start + step) * b.rows));
    }
  });
  return out;
}

test("is the squared distance once |a|² is added", async () => {
  const a = rows(256, 33, 1);
  const b = rows(7, 33, 2);
  const out = await partial(a, b, 33, 2, 256);
  for (let i = 0; i < 256; i++) {
    for (let j = 0; j < 7; j++) {
      const expected = squaredDistance(a.data, i * 33, b.data, j * 33, 33);
      assert.ok(Math.abs(out[i * 7 + j]! + a.norms[i]! - expected) < 1e-5);
    }
  }
});

test("bits do not depend on threads or block size", async (t) => {
  // Narrow, wide, with more columns than rows, deep; each with rows that do not fill the last block.
  for (const [m, n, d] of [
    [1031, 2, 5],
    [1031, 100, 784],
    [700, 300, 300],
    [300, 2500, 100],
    [513, 17, 3000],
    [600, 65, 384],
  ] as const) {
    await t.test(`${m} x ${n} x ${d}`, async () => {
      const a = rows(m, d, m);
      const b = rows(n, d, n);
      const expected = await partial(a, b, d, 1, 10_000);
      for (const [threads, blockRows] of [
        [2, 10_000],
        [4, 10_000],
        [1, 1],
        [2, 257],
        [2, 400],
        [3, 256],
      ] as const) {
        const got = await partial(a, b, d, threads, blockRows);
        assert.deepEqual(
          Buffer.from(got.buffer).equals(Buffer.from(expected.buffer)),
          true,
          `${threads} threads, ${blockRows} rows`,
        );
      }
    });
  }
});

test("nearest is the lowest index at a tie", async () => {
  const cols = 4;
  const a = rows(256, cols, 3);
  const one = rows(1, cols, 4);
  const b = { data: new Float32Array(12 * cols), rows: 12, norms: new Float32Array(12) };
  for (let j = 0; j < 12; j++) b.data.set(one.data, j * cols);
  b.norms.fill(one.norms[0]!);
  b.norms[0]! += 1; // farther; the others are equal
  const index = new Int32Array(256);
  await DistanceEngine.use(cols, 2, (engine) => engine.nearest(a, b, index));
  assert.deepEqual(new Set(index), new Set([1]));
});

test("refuses numbers of threads that are none", async () => {
  for (const threads of [0, -1, 1.5, NaN]) {
    await assert.rejects(
      DistanceEngine.use(1, threads, () => Promise.resolve()),
      { code: "bad_parameter" },
    );
  }
});
