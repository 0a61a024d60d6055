import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { cloudRow, cloudSamples, rotated, sampleOf } from "../../test/drift-samples.ts";
import { Random } from "../random.ts";
import { embeddingDrift } from "./embedding-drift.ts";

test("two directions apart are told apart without fail, two equal samples not at all", async () => {
  const left = Array.from({ length: 8 }, (_, i) => [1, i / 100]);
  const right = Array.from({ length: 8 }, (_, i) => [i / 100, 1]);
  const apart = await embeddingDrift(sampleOf(left), sampleOf(right, 8));
  assert.deepEqual([apart.value, apart.auc, apart.folds], [1, 1, 16]);
  assert.ok(apart.pValue < 0.001, `${apart.pValue}`); // one of 12,870 ways to part 16 documents
  const equal = await embeddingDrift(sampleOf(left), sampleOf(left));
  assert.deepEqual(equal, { value: 0, pValue: 1, auc: 0.5, folds: 8 });
});

test("a ranking by hand: one of three is new, and the classifier finds it", async () => {
  // The new document lies apart; the two that stay score the same on both sides: (2 · 2 · ½ + 2 · 1) / (2 · 3) = 2/3.
  const stays = [[1, 0.1], [1, -0.1]]; // prettier-ignore
  const { auc, value } = await embeddingDrift(sampleOf(stays), sampleOf([...stays, [0, 1]]));
  assert.ok(Math.abs(auc - 2 / 3) < 1e-12);
  assert.ok(Math.abs(value - 1 / 3) < 1e-12);
});

test("what is measured never exceeds the share of current that is new", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.nat(40), fc.nat(1000), async (old, added, seed) => {
      const random = Random.seeded(seed);
      const stays = Array.from({ length: old }, () => cloudRow(random, 5));
      const far = Array.from({ length: added }, () => cloudRow(random, 5).map((value, c) => (c === 4 ? 9 : value)));
      const { value } = await embeddingDrift(sampleOf(stays), sampleOf([...stays, ...far]));
      assert.ok(value <= added / (old + added) + 1e-12, `${value} of ${added} beside ${old}`);
    }),
    { numRuns: 40, seed: 1 },
  ); // prettier-ignore
});

test("does not depend on which sample is called the baseline, on lengths, nor on the axes", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), async (seed) => {
      const [a, b] = cloudSamples(seed, { baseline: 60, current: 45, shared: 10 });
      const { auc, value } = await embeddingDrift(a, b);
      const back = await embeddingDrift(b, a);
      const [ra, rb] = rotated([a, b], seed);
      const turned = await embeddingDrift(ra!, rb!);
      const long = await embeddingDrift(
        { ...a, vectors: { ...a.vectors, data: a.vectors.data.map((v) => v * 64) } },
        b,
      );
      // A pair whose scores differ by roundings may change places.
      for (const other of [back, turned]) assert.ok(Math.abs(other.auc - auc) < 2 / (60 * 45), `${seed}`);
      assert.ok(Math.abs(back.value - value) < 4 / (60 * 45));
      assert.equal(long.auc, auc);
    }),
    { numRuns: 10, seed: 1 },
  );
});

test("the same bytes for equal seeds with any number of threads, wide rows too", async () => {
  for (const [rows, cols] of [[700, 96], [150, 300], [90, 1100]] as const) {
    const [a, b] = cloudSamples(3, { baseline: rows, current: rows - 20, shared: 30, cols });
    const one = await embeddingDrift(a, b, { seed: 5, threads: 1 });
    assert.deepEqual(await embeddingDrift(a, b, { seed: 5, threads: 2 }), one);
    assert.deepEqual(await embeddingDrift(a, b, { seed: 5, threads: 4 }), one);
    const other = await embeddingDrift(a, b, { seed: 6 });
    assert.equal(other.value, one.value, "folds are documents: the value has no seed");
  } // prettier-ignore
});

test("rows of one document never train and test against each other", async () => {
  // Each text is there five times in one sample. As documents of their own, copies teach the classifier their siblings.
  const random = Random.seeded(4);
  const texts = Array.from({ length: 40 }, () => cloudRow(random, 60));
  const copies = (from: number, to: number) =>
    texts.slice(from, to).flatMap((row) => Array<number[]>(5).fill(row));
  const numbers = (from: number, to: number) =>
    Array.from({ length: 5 * (to - from) }, (_, i) => from + Math.floor(i / 5));
  const [a, b] = [copies(0, 20), copies(20, 40)];
  const apart = await embeddingDrift(sampleOf(a, 0), sampleOf(b, a.length));
  const together = await embeddingDrift(sampleOf(a, numbers(0, 20)), sampleOf(b, numbers(20, 40)));
  assert.ok(apart.value > 0.5 && apart.pValue < 0.001, `${apart.value}`);
  assert.ok(together.value < 0.3 && together.pValue > 0.01, `${together.value}, ${together.pValue}`);
  assert.equal(together.folds, 40);
});

test("a document in both samples tells nothing, even where it lies far from all others", async () => {
  const random = Random.seeded(5);
  const stays = Array.from({ length: 30 }, () => cloudRow(random, 50));
  const before = Array.from({ length: 10 }, () => cloudRow(random, 50));
  const after = Array.from({ length: 10 }, () => cloudRow(random, 50));
  const a = sampleOf([...stays, ...before]);
  const documents = [...stays.keys(), ...after.map((_, i) => 100 + i)];
  const { value, folds } = await embeddingDrift(a, sampleOf([...stays, ...after], documents));
  assert.equal(folds, 50);
  assert.ok(value <= 0.25, `a quarter is new, ${value}`);
});

test("updated documents: that all moved alike is noticed, that each moved somewhere is not", async () => {
  const random = Random.seeded(6);
  const before = Array.from({ length: 80 }, () => cloudRow(random, 12));
  const alike = before.map((row) => row.map((value, c) => value + (c === 5 ? 1 : 0)));
  const somewhere = before.map((row) => row.map((value) => value + (random.uniform() - 0.5)));
  assert.ok((await embeddingDrift(sampleOf(before), sampleOf(alike))).pValue < 0.001);
  assert.ok((await embeddingDrift(sampleOf(before), sampleOf(somewhere))).pValue > 0.01);
});

test("with nothing changed p-values are as rare as they say, whatever is shared and however small the samples", async () => {
  const draws = 250;
  for (const [at, kind] of [
    { baseline: 30, current: 30, cols: 6 },
    { baseline: 30, current: 30, shared: 20, cols: 6 },
    { baseline: 40, current: 60, shared: 40, cols: 6 },
    { baseline: 12, current: 30, cols: 40 },
  ].entries()) {
    let below = 0;
    let least = 1;
    for (let draw = 0; draw < draws; draw++) {
      const [a, b] = cloudSamples(1000 * at + draw, kind);
      const { pValue } = await embeddingDrift(a, b, { seed: draw, threads: 1 });
      if (pValue <= 0.1) below++;
      least = Math.min(least, pValue);
    }
    // Binomial with p = 0.1: 25, and four standard deviations of 4.7 to each side.
    assert.ok(below >= 6 && below <= 44, `${JSON.stringify(kind)}: ${below} of ${draws} below 0.1`);
    assert.ok(least > 1e-4, `${least}`);
  }
});

test("equal rows, few documents and one class", async () => {
  const same = Array.from({ length: 5 }, () => [3, 4]);
  assert.deepEqual(await embeddingDrift(sampleOf(same), sampleOf(same, 5)), {
    value: 0,
    pValue: 1,
    auc: 0.5,
    folds: 10,
  });
  // Of six ways to part four documents two are as far apart: nothing can be significant.
  const few = await embeddingDrift(sampleOf([[1, 0], [1, 0.1]]), sampleOf([[0, 1], [0.1, 1]], 2)); // prettier-ignore
  assert.ok(few.pValue > 0.25, `${few.pValue}`);
  // A column that is 0 everywhere, and more columns than rows.
  const [a, b] = cloudSamples(9, { baseline: 5, current: 4, cols: 30 });
  const wide = await embeddingDrift(a, b);
  assert.ok(wide.value >= 0 && wide.value <= 1 && wide.pValue > 0.001);
});

test("refuses what cannot be compared", async () => {
  const good = sampleOf([[1, 0], [0, 1]]); // prettier-ignore
  const refused = async (a: typeof good, b: typeof good, code: string, text: RegExp) =>
    assert.rejects(embeddingDrift(a, b), (error: { code: string; message: string }) => {
      assert.equal(error.code, code);
      assert.match(error.message, text);
      return true;
    });
  await refused(good, sampleOf([[1, 0, 0], [0, 1, 0]]), "shape_mismatch", /baseline has vectors of 2 dimensions, current of 3/); // prettier-ignore
  await refused(good, { ...good, documents: Int32Array.of(1) }, "shape_mismatch", /current.documents has 1 numbers for 2 rows/); // prettier-ignore
  await refused(sampleOf([[1, NaN], [0, 1]]), good, "not_finite", /baseline.vectors holds NaN at row 0, column 1/); // prettier-ignore
  await refused(good, sampleOf([[1, 0], [0, 0]]), "zero_vector", /Row 1 of current.vectors is all zeros/); // prettier-ignore
  await refused(good, sampleOf([[1, 0], [0, 1]], [7, 7]), "too_few_points", /current has 1 document/); // prettier-ignore
  await refused(good, { vectors: { data: new Float32Array(0), rows: 0, cols: 2 }, documents: new Int32Array(0) }, "too_few_points", /current.vectors has no rows/); // prettier-ignore
  await assert.rejects(embeddingDrift(good, good, { seed: -1 }), { code: "bad_parameter" });
  await assert.rejects(embeddingDrift(good, good, { signal: AbortSignal.abort() }), { code: "canceled" });
});
