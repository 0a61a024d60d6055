import assert from "node:assert/strict";
import { test } from "node:test";
import { Random } from "../random.ts";
import { PermutationTest } from "./permutation-test.ts";

test("counts what was observed as one of the permutations, and stops where more change nothing", () => {
  const none = new PermutationTest(2047);
  while (!none.isDone) none.add(false);
  assert.deepEqual([none.pValue, none.drawn], [1 / 2048, 2047]);
  const one = new PermutationTest(2047);
  for (let i = 0; i < 2047; i++) one.add(i === 99);
  assert.equal(one.pValue, 2 / 2048);
  assert.ok(one.pValue < 0.001);
  const all = new PermutationTest(2047);
  while (!all.isDone) all.add(true);
  assert.deepEqual([all.pValue, all.drawn], [1, 32]);
  const half = new PermutationTest(2047);
  for (let i = 0; !half.isDone; i++) half.add(i % 2 === 1);
  half.add(true);
  assert.deepEqual([half.pValue, half.drawn], [0.5, 64]);
});

test("of ranks drawn at random p-values are as rare as they say, at every level", () => {
  // What was observed is a uniform number, and a permutation is as far with the chance of being above it.
  const draws = 20_000;
  const random = Random.seeded(1);
  const pValues = new Float64Array(draws);
  for (let draw = 0; draw < draws; draw++) {
    const tested = new PermutationTest(1023);
    const observed = random.uniform();
    while (!tested.isDone) tested.add(random.uniform() >= observed);
    pValues[draw] = tested.pValue;
  }
  for (const level of [0.001, 0.01, 0.05, 0.1, 0.5]) {
    const below = pValues.filter((pValue) => pValue <= level).length;
    assert.ok(below <= draws * level + 4 * Math.sqrt(draws * level), `${below} of ${draws} below ${level}`);
    assert.ok(
      below >= draws * level * 0.9 - 4 * Math.sqrt(draws * level),
      `${below} of ${draws} below ${level}`,
    );
  }
});
