import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "./random.ts";

test("gives the published sequence of xoshiro128** from the state 1, 2, 3, 4", () => {
  const random = new Random(Uint32Array.of(1, 2, 3, 4));
  const drawn = Array.from({ length: 6 }, () => random.uint32());
  assert.deepEqual(drawn, [11520, 0, 5927040, 70819200, 2031721883, 1637235492]);
});

test("seeds and streams give sequences of their own, each repeatable", () => {
  const first = (seed: number, stream?: number): number => Random.seeded(seed, stream).uint32();
  assert.equal(first(1), first(1));
  assert.equal(
    new Set([first(0), first(1), first(2 ** 32), first(2 ** 53 - 1), first(0, 1), first(1, 1)]).size,
    6,
  );
  for (const seed of [-1, 0.5, NaN, 2 ** 53])
    assert.throws(() => Random.seeded(seed), { code: "bad_parameter" });
});

test("uniform stays in [0, 1) with mean 1/2 and variance 1/12", () => {
  const random = Random.seeded(4);
  const values = Array.from({ length: 20_000 }, () => random.uniform());
  const mean = values.reduce((a, b) => a + b) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  assert.ok(values.every((value) => value >= 0 && value < 1));
  assert.ok(Math.abs(mean - 1 / 2) < 0.01 && Math.abs(variance - 1 / 12) < 0.002, `${mean} ${variance}`);
});

test("distinct draws without replacement and can draw everything", () => {
  const all = Random.seeded(2).distinct(10, 10);
  assert.deepEqual(
    [...all].sort((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(new Set(Random.seeded(2).distinct(500, 1000)).size, 500);
});
