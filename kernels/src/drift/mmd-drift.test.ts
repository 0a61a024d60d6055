import assert from "node:assert/strict";
import { test } from "node:test";
import { cloudRow, cloudSamples, rotated, sampleOf } from "../../test/drift-samples.ts";
import { Random } from "../random.ts";
import { euclideanDrift } from "./euclidean-drift.ts";
import { mmdDrift } from "./mmd-drift.ts";

test("by hand: three rows at one place, three at another", async () => {
  const found = await mmdDrift(sampleOf([[1, 0], [1, 0], [1, 0]]), sampleOf([[0, 1], [0, 1], [0, 1]], 3)); // prettier-ignore
  // Of 15 pairs 9 are √2 apart, the median; inside both samples k = 1, between them exp(-½).
  assert.ok(Math.abs(found.bandwidth - Math.SQRT2) < 1e-6);
  assert.ok(Math.abs(found.value - Math.sqrt((2 - 2 * Math.exp(-0.5)) / 2)) < 1e-6, `${found.value}`);
  assert.ok(
    found.pValue > 0.05 && found.permutations < 1023,
    `of 20 ways to part six rows two are as far: ${found.pValue}`,
  );
});

test("equal samples are at 0, equal rows too; twice the same distribution is 0 about half of the time", async () => {
  const [a] = cloudSamples(1, { baseline: 40, current: 2 });
  const equal = await mmdDrift(a, a);
  assert.deepEqual([equal.value, equal.pValue], [0, 1]);
  const same = Array.from({ length: 6 }, () => [1, 2]);
  const none = await mmdDrift(sampleOf(same), sampleOf(same, 6));
  assert.deepEqual([none.value, none.pValue, none.bandwidth], [0, 1, 0]);
  // Nearly all rows are equal: the median distance is 0, their mean is not.
  const two = await mmdDrift(sampleOf([...same, [2, 1]]), sampleOf(same, 7));
  assert.ok(two.bandwidth > 0 && two.pValue > 0.01);
  let zeros = 0;
  for (let seed = 0; seed < 24; seed++) {
    const [x, y] = cloudSamples(seed, { baseline: 40, current: 50, shared: 20 });
    if ((await mmdDrift(x, y)).value === 0) zeros++;
  }
  assert.ok(zeros >= 5 && zeros <= 21, `${zeros} of 24`);
});

test("sees a change of the spread that leaves the mean where it was", async () => {
  const random = Random.seeded(2);
  const around = (size: number) =>
    Array.from({ length: 80 }, () => {
      const angle = random.uniform() * 2 * Math.PI;
      return [1, size * Math.cos(angle), size * Math.sin(angle)];
    });
  const samples = [sampleOf(around(0.5)), sampleOf(around(0.25), 80)] as const;
  assert.ok((await mmdDrift(...samples)).pValue < 0.001);
  const [wide, narrow] = samples;
  assert.ok((await mmdDrift(narrow, wide)).pValue < 0.001);
});

test("does not depend on order and axes; the same bytes for any number of threads", async () => {
  for (const [rows, cols] of [[50, 6], [700, 40]] as const) {
    const random = Random.seeded(rows);
    const [a] = cloudSamples(rows, { baseline: rows, current: 2, cols });
    const b = sampleOf(Array.from({ length: rows + 10 }, () => cloudRow(random, cols).map((v, c) => v + (c === 4 ? 1 : 0))), rows - 10);
    const one = await mmdDrift(a, b, { seed: 2, threads: 1 });
    assert.ok(one.value > 0 && one.value <= 1 && one.pValue < 0.001);
    assert.deepEqual(await mmdDrift(a, b, { seed: 2, threads: 2 }), one);
    const [ra, rb] = rotated([a, b], 1);
    for (const other of [await mmdDrift(b, a, { seed: 2 }), await mmdDrift(ra!, rb!, { seed: 2 })])
      assert.ok(Math.abs(other.value - one.value) < 1e-4, `${other.value}, ${one.value}`);
  } // prettier-ignore
});

test("with nothing changed p-values are as rare as they say", async () => {
  const draws = 120;
  for (const [at, kind] of [
    { baseline: 20, current: 35 },
    { baseline: 40, current: 50, shared: 35 },
  ].entries()) {
    let below = 0;
    for (let draw = 0; draw < draws; draw++) {
      const [a, b] = cloudSamples(500 * at + draw, kind);
      if ((await mmdDrift(a, b, { seed: draw })).pValue <= 0.2) below++;
    }
    // Binomial with p = 0.2: 24, and four standard deviations of 4.4 to each side.
    assert.ok(below >= 7 && below <= 41, `${JSON.stringify(kind)}: ${below} of ${draws} below 0.2`);
  }
});

test("refuses more rows than it can pair", async () => {
  const rows = 10_001;
  const many = (first: number) => ({
    vectors: { data: new Float32Array(rows).fill(1), rows, cols: 1 },
    documents: Int32Array.from({ length: rows }, (_, i) => first + i),
  });
  await assert.rejects(mmdDrift(many(0), many(rows)), {
    code: "bad_parameter",
    message: /20002 different rows/,
  });
  assert.equal((await euclideanDrift(many(0), many(0))).value, 0);
});
