import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import { applyPca, pca } from "../src/pca/pca.ts";
import { goldenRows, readGolden } from "./golden-rows.ts";

/** What golden/make_mixture_golden.py writes. */
type Golden = {
  dims: number;
  rows: number;
  whiten: boolean;
  explainedVariance: number[];
  explainedVarianceRatio: number[];
  singularValues: number[];
  noiseVariance: number;
  components: number[];
  coordinates: number[];
};

for (const file of readdirSync(new URL("./golden/pca/", import.meta.url))) {
  test(`scikit-learn's PCA: ${file}`, async () => {
    const golden = readGolden<Golden>(`pca/${file}`);
    const all = goldenRows(file.replace(/-(wide|whitened)?\.json$|\.json$/, "")).x;
    const x = { ...all, rows: golden.rows, data: all.data.subarray(0, golden.rows * all.cols) };
    const result = await pca(x, { nComponents: golden.dims, whiten: golden.whiten });
    const each = (actual: Float64Array, expected: number[], relative: number) =>
      expected.forEach((value, i) =>
        assert.ok(Math.abs(actual[i]! - value) <= relative * expected[0]!, `${actual[i]}, ${value}`),
      );
    each(result.model.explainedVariance, golden.explainedVariance, 1e-6);
    each(result.explainedVarianceRatio, golden.explainedVarianceRatio, 1e-6);
    each(result.singularValues, golden.singularValues, 1e-6);
    assert.ok(Math.abs(result.noiseVariance - golden.noiseVariance) < 1e-5 * golden.explainedVariance[0]!);
    golden.components.forEach((value, p) =>
      assert.ok(Math.abs(result.model.components[p]! - value) < 2e-4, `component ${p}`),
    );
    const size = golden.coordinates.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    golden.coordinates.forEach((value, p) =>
      assert.ok(Math.abs(result.coordinates.data[p]! - value) < 2e-4 * size, `coordinate ${p}`),
    );
    assert.equal(result.approximate, false);
    const again = await applyPca(result.model, x);
    assert.deepEqual(again, result.coordinates);
  });
}
