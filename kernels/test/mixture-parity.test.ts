import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { gaussianMixture } from "../src/mixture/gaussian-mixture.ts";
import type { CovarianceType } from "../src/mixture/options.ts";
import { predictGaussianMixture } from "../src/mixture/predict-gaussian-mixture.ts";
import { goldenRows, isNear, readGolden } from "./golden-rows.ts";

/** What golden/make_mixture_golden.py writes. */
type Golden = {
  data: string;
  components: number;
  covarianceType: CovarianceType;
  regCovar: number;
  tol: number;
  maxIter: number;
  /** Of each column, where every component starts. */
  precision: number[];
  labels: number[];
  lowerBound: number;
  score: number;
  iterations: number;
  converged: boolean;
  weights: number[];
  means: number[];
  variances: number[];
  shiftedLabels: number[];
  shiftedScore: number;
};

for (const file of readdirSync(new URL("./golden/mixture/", import.meta.url))) {
  test(`scikit-learn's mixture: ${file}`, async () => {
    const golden = readGolden<Golden>(`mixture/${file}`);
    const { x, start } = goldenRows(golden.data);
    const { components: k, precision } = golden;
    const { cols } = x;
    const matrix = precision.flatMap((value, c) => precision.map((_, other) => (c === other ? value : 0)));
    const of = golden.covarianceType === "full" ? matrix : precision;
    const result = await gaussianMixture(x, {
      nComponents: k,
      covarianceType: golden.covarianceType,
      regCovar: golden.regCovar,
      tol: golden.tol,
      maxIter: golden.maxIter,
      init: {
        means: { data: start.data.subarray(0, k * cols), rows: k, cols },
        weights: new Float64Array(k).fill(1 / k),
        precisions: Array.from({ length: k }, () => of).flat(),
      },
    });
    assert.ok(
      isNear(result.lowerBound, golden.lowerBound, 1e-4),
      `${result.lowerBound}, ${golden.lowerBound}`,
    );
    assert.equal(result.iterations, golden.iterations);
    assert.equal(result.converged, golden.converged);
    assert.deepEqual([...result.labels], golden.labels);
    const score = result.logLikelihood.reduce((sum, value) => sum + value, 0) / x.rows;
    assert.ok(isNear(score, golden.score, 1e-4), `${score}, ${golden.score}`);
    const { weights, means, covariances } = result.model;
    golden.weights.forEach((weight, j) => assert.ok(Math.abs(weights[j]! - weight) < 1e-4));
    golden.means.forEach((mean, p) => assert.ok(Math.abs(means[p]! - mean) < 1e-3 * (1 + Math.abs(mean))));
    golden.variances.forEach((variance, p) => {
      const [j, c] = [Math.floor(p / cols), p % cols];
      const ours =
        golden.covarianceType === "full" ? covariances[(j * cols + c) * cols + c]! : covariances[p]!;
      assert.ok(Math.abs(ours - variance) <= 2e-3 * variance, `variance ${p}: ${ours}, ${variance}`);
    });

    const rows = Math.ceil(x.rows / 3);
    const shifted = new Float32Array(rows * cols).map(
      (_, p) => x.data[Math.floor(p / cols) * 3 * cols + (p % cols)]! + 0.01,
    );
    const predicted = await predictGaussianMixture(result.model, { data: shifted, rows, cols });
    const differ = golden.shiftedLabels.filter((label, i) => label !== predicted.labels[i]).length;
    assert.ok(differ <= rows / 200, `${differ} of ${rows} predictions differ`);
    const shiftedScore = predicted.logLikelihood.reduce((sum, value) => sum + value, 0) / rows;
    assert.ok(isNear(shiftedScore, golden.shiftedScore, 1e-3), `${shiftedScore}, ${golden.shiftedScore}`);
  });
}
