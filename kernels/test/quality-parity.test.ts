import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { test } from "node:test";
import {
  adjustedMutualInformation,
  clusterCentroids,
  normalizedMutualInformation,
  silhouette,
  vMeasure,
} from "../src/index.ts";
import { goldenRows, isNear, readGolden } from "./golden-rows.ts";

/** What golden/make_mixture_golden.py writes. */
type Golden = {
  labels: number[];
  truth: number[];
  other: number[];
  cosine: number;
  cosineWithoutFifth: number;
  euclidean: number;
  agreement: Record<
    | "adjustedMutualInformation"
    | "normalizedMutualInformation"
    | "homogeneity"
    | "completeness"
    | "vMeasure"
    | "halfVMeasure",
    number
  >[];
  /** Of the first 20 columns. */
  medians: number[];
  directions: number[];
  medoids: [euclidean: number[], cosine: number[]];
};

for (const file of readdirSync(new URL("./golden/quality/", import.meta.url))) {
  test(`scikit-learn's measures: ${file}`, async () => {
    const golden = readGolden<Golden>(`quality/${file}`);
    const { x } = goldenRows(file.replace(".json", ""));
    const { labels, truth, other } = golden;
    const noisy = labels.map((label, i) => (i % 5 === 0 ? -1 : label));

    const near = (actual: number, expected: number) =>
      assert.ok(
        isNear(actual, expected, 1e-6) || Math.abs(actual - expected) < 1e-12,
        `${actual}, ${expected}`,
      );
    near((await silhouette(x, labels, { metric: "cosine" })).score, golden.cosine);
    near((await silhouette(x, noisy, { metric: "cosine" })).score, golden.cosineWithoutFifth);
    near((await silhouette(x, labels)).score, golden.euclidean);
    for (const [i, [a, b]] of [
      [truth, labels],
      [truth, other],
      [labels, noisy],
      [truth, truth],
    ].entries()) {
      const expected = golden.agreement[i]!;
      near(adjustedMutualInformation(a!, b!), expected.adjustedMutualInformation);
      near(normalizedMutualInformation(a!, b!), expected.normalizedMutualInformation);
      const found = vMeasure(a!, b!);
      near(found.homogeneity, expected.homogeneity);
      near(found.completeness, expected.completeness);
      near(found.vMeasure, expected.vMeasure);
      near(vMeasure(a!, b!, { beta: 0.5 }).vMeasure, expected.halfVMeasure);
    }

    const columns = Math.min(20, x.cols);
    const sameAs = (data: Float32Array, expected: number[]) =>
      expected.forEach((value, p) => {
        const ours = data[Math.floor(p / columns) * x.cols + (p % columns)]!;
        assert.ok(Math.abs(ours - value) < 1e-6 * (1 + Math.abs(value)), `${ours}, ${value}`);
      });
    sameAs((await clusterCentroids(x, labels, { method: "median" })).centroids.data, golden.medians);
    sameAs((await clusterCentroids(x, labels, { metric: "cosine" })).centroids.data, golden.directions);
    for (const [i, metric] of (["euclidean", "cosine"] as const).entries()) {
      const { rows } = await clusterCentroids(x, labels, { method: "medoid", metric });
      assert.deepEqual([...rows!], golden.medoids[i], metric);
    }
  });
}
