import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Matrix } from "../matrix.ts";
import { adjustedRandIndex } from "../quality/adjusted-rand-index.ts";
import { Random } from "../random.ts";
import { gaussianMixture, type GaussianMixtureResult } from "./gaussian-mixture.ts";
import { predictGaussianMixture } from "./predict-gaussian-mixture.ts";

function matrix(...rows: readonly (readonly number[])[]): Matrix {
  return { data: Float32Array.from(rows.flat()), rows: rows.length, cols: rows[0]!.length };
}

/** `groups` groups around random centres, rows of the groups taking turns. */
function blobs(rows: number, cols: number, groups: number, spread: number, seed: number): Matrix {
  const random = Random.seeded(seed);
  const centres = Array.from({ length: groups * cols }, () => random.uniform() * 10);
  const noise = (): number => (random.uniform() + random.uniform() + random.uniform() - 1.5) * spread;
  const data = Float32Array.from(
    { length: rows * cols },
    (_, p) => centres[(Math.floor(p / cols) % groups) * cols + (p % cols)]! + noise(),
  );
  return { data, rows, cols };
}

function bytesOf({ labels, logLikelihood, model, lowerBound, iterations }: GaussianMixtureResult): string {
  const arrays = [labels, logLikelihood, model.means, model.weights, model.covariances].map((array) =>
    Buffer.from(array.buffer).toString("base64"),
  );
  return JSON.stringify([...arrays, lowerBound, iterations]);
}

for (const covarianceType of ["full", "diag"] as const) {
  describe(covarianceType, () => {
    test("one component is the mean and the covariance, by hand", async () => {
      const x = matrix([0, 0], [2, 0], [0, 4], [2, 4]);
      const { model, lowerBound, labels } = await gaussianMixture(x, { covarianceType, regCovar: 0 });
      assert.deepEqual([...model.means], [1, 2]);
      const expected = covarianceType === "full" ? [1, 0, 0, 4] : [1, 4];
      expected.forEach((value, p) => assert.ok(Math.abs(model.covariances[p]! - value) < 1e-12));
      assert.deepEqual([[...model.weights], [...labels]], [[1], [0, 0, 0, 0]]);
      // Each row is one standard deviation off in both columns: -(2 ln 2 pi + ln 4 + 2) / 2.
      assert.ok(Math.abs(lowerBound + (2 * Math.log(2 * Math.PI) + Math.log(4) + 2) / 2) < 1e-6);
    });

    test("finds separated groups; new rows get the component and the density of the fit", async () => {
      const x = blobs(600, 5, 4, 0.5, 3);
      const result = await gaussianMixture(x, { nComponents: 4, covarianceType, responsibilities: true });
      const truth = Array.from({ length: 600 }, (_, i) => i % 4);
      assert.equal(adjustedRandIndex(result.labels, truth), 1);
      const predicted = await predictGaussianMixture(result.model, x);
      assert.deepEqual(predicted.labels, result.labels);
      predicted.logLikelihood.forEach((value, i) =>
        assert.ok(Math.abs(value - result.logLikelihood[i]!) < 1e-3),
      );
      const { data, cols } = result.responsibilities!;
      for (let i = 0; i < 600; i++) {
        const sum = data.subarray(i * cols, (i + 1) * cols).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(sum - 1) < 1e-6);
        assert.equal(
          data[i * cols + result.labels[i]!],
          Math.max(...data.subarray(i * cols, (i + 1) * cols)),
        );
      }
      // A row's answer is its own.
      const one = { data: x.data.slice(0, 5), rows: 1, cols: 5 };
      const alone = await predictGaussianMixture(result.model, one);
      assert.equal(alone.logLikelihood[0], predicted.logLikelihood[0]);
    });

    test("the same bytes for any number of threads", async () => {
      for (const [rows, cols, k] of [
        [3000, 40, 6],
        [1025, 3, 70],
        [2500, 100, 3],
      ] as const) {
        if (covarianceType === "full" && k > cols) continue;
        const x = blobs(rows, cols, 5, 6, rows);
        const options = { nComponents: k, covarianceType, maxIter: 4, tol: 0, regCovar: 1e-3 } as const;
        const expected = bytesOf(await gaussianMixture(x, { ...options, threads: 1 }));
        for (const threads of [2, 4]) {
          assert.equal(bytesOf(await gaussianMixture(x, { ...options, threads })), expected, `${rows} rows`);
        }
      }
    });

    test("keeps its digits where groups lie far apart beside their size, and far from the origin", async () => {
      // 0.01 wide, 100 apart: as squares in float32 they would be lost.
      const random = Random.seeded(5);
      const data = Float32Array.from(
        { length: 400 * 3 },
        (_, p) => 1000 + 100 * (Math.floor(p / 3) % 3) + 0.01 * (random.uniform() - 0.5),
      );
      const x = { data, rows: 400, cols: 3 };
      const { model, labels } = await gaussianMixture(x, { nComponents: 3, covarianceType, regCovar: 0 });
      for (let j = 0; j < 3; j++) {
        const own = labels[j]!;
        const rows = [...labels.keys()].filter((i) => labels[i] === own);
        for (let c = 0; c < 3; c++) {
          const mean = rows.reduce((sum, i) => sum + data[i * 3 + c]!, 0) / rows.length;
          const variance = rows.reduce((sum, i) => sum + (data[i * 3 + c]! - mean) ** 2, 0) / rows.length;
          const found = model.covariances[covarianceType === "full" ? own * 9 + c * 4 : own * 3 + c]!;
          assert.ok(Math.abs(found / variance - 1) < 0.02, `${found} is not ${variance}`);
        }
      }
    });

    test("degenerate rows: all equal, as many components as rows, a component that collapses", async () => {
      const equal = await gaussianMixture(matrix([7, 1], [7, 1], [7, 1]), { covarianceType, nComponents: 2 });
      assert.deepEqual([...equal.labels], [0, 0, 0]);
      assert.ok([...equal.model.means].every((mean, p) => Math.abs(mean - [7, 1][p % 2]!) < 1e-6));
      const few = await gaussianMixture(matrix([0], [5]), { covarianceType, nComponents: 2 });
      assert.deepEqual([...few.labels].sort(), [0, 1]);
      await assert.rejects(gaussianMixture(matrix([0, 1], [0, 2], [0, 4]), { covarianceType, regCovar: 0 }), {
        code: "bad_parameter",
        message: /collapsed/,
      });
    });
  });
}

test("permuting rows permutes labels; moving and scaling rows moves and scales components", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(1000), fc.constantFrom("full", "diag"), async (seed, covarianceType) => {
      const x = blobs(200, 3, 3, 2, seed);
      const init = { means: { data: x.data.slice(0, 9), rows: 3, cols: 3 }, weights: [0.2, 0.3, 0.5] };
      const options = { nComponents: 3, covarianceType, tol: 1e-2 } as const;
      const precisions = (scale: number) =>
        covarianceType === "diag"
          ? new Float64Array(9).fill(scale)
          : Float64Array.from({ length: 27 }, (_, p) =>
              p % 9 === 0 || p % 9 === 4 || p % 9 === 8 ? scale : 0,
            );
      const straight = await gaussianMixture(x, { ...options, init: { ...init, precisions: precisions(1) } });

      const order = Random.seeded(seed).distinct(200, 200);
      const shuffled = x.data.map((_, p) => x.data[order[Math.floor(p / 3)]! * 3 + (p % 3)]!);
      const permuted = await gaussianMixture(
        { ...x, data: shuffled },
        { ...options, init: { ...init, precisions: precisions(1) } },
      );
      assert.deepEqual(
        [...permuted.labels],
        Array.from(order, (i) => straight.labels[i]!),
      );

      const change = (m: Matrix): Matrix => ({ ...m, data: m.data.map((value) => value * 4 + 64) });
      const changed = await gaussianMixture(change(x), {
        ...options,
        regCovar: 16e-6,
        init: { ...init, means: change(init.means), precisions: precisions(1 / 16) },
      });
      const differ = changed.labels.filter((label, i) => label !== straight.labels[i]).length;
      assert.ok(differ <= 1);
      assert.ok(Math.abs(changed.lowerBound + 3 * Math.log(4) - straight.lowerBound) < 1e-3);
    }),
    { numRuns: 20, seed: 1 },
  );
});

test("equal rows get the same component, and more runs are never worse", async () => {
  const x = blobs(300, 4, 6, 5, 9);
  const doubled = { ...x, rows: 600, data: Float32Array.from([...x.data, ...x.data]) };
  const options = { nComponents: 6, covarianceType: "diag" } as const;
  const one = await gaussianMixture(doubled, options);
  assert.deepEqual(one.labels.slice(0, 300), one.labels.slice(300));
  const more = await gaussianMixture(doubled, { ...options, nInit: 4 });
  assert.ok(more.lowerBound >= one.lowerBound);
});

test("refuses what it cannot fit, reports progress and stops", async () => {
  const x = blobs(50, 2, 2, 1, 1);
  const refused = (options: object, code: string, data: Matrix = x) =>
    assert.rejects(gaussianMixture(data, options), { name: "KernelError", code });
  await refused({ nComponents: 51 }, "too_few_points");
  await refused({}, "too_few_points", matrix([1, 2]));
  await refused({}, "not_finite", matrix([1, NaN], [2, 3]));
  for (const nComponents of [0, 1.5]) await refused({ nComponents }, "bad_parameter");
  for (const tol of [-1, NaN]) await refused({ tol }, "bad_parameter");
  await refused({ regCovar: -1 }, "bad_parameter");
  await refused({ covarianceType: "tied" }, "bad_parameter");
  await refused({ init: "random" }, "bad_parameter");
  await refused({ init: { means: matrix([1]) } }, "shape_mismatch");
  await refused({ init: { weights: [0.5, 0.4] }, nComponents: 2 }, "bad_parameter");
  await refused({ init: { precisions: [1, 2, 3] } }, "shape_mismatch");
  await refused({ init: { precisions: [1, 2, 2, 1] } }, "bad_parameter");
  await refused({ signal: AbortSignal.abort("stop") }, "canceled");
  const { model } = await gaussianMixture(x);
  await assert.rejects(predictGaussianMixture(model, matrix([1])), { code: "shape_mismatch" });
  const fractions: number[] = [];
  await gaussianMixture(x, { nComponents: 2, onProgress: (fraction) => fractions.push(fraction) });
  assert.equal(fractions.at(-1), 1);
  fractions.slice(1).forEach((fraction, i) => assert.ok(fraction >= fractions[i]! && fraction <= 1));
});
