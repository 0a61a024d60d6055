import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import {
  adjustedRandIndex,
  calinskiHarabasz,
  daviesBouldin,
  kmeans,
  type Matrix,
  silhouette,
} from "../src/index.ts";

/** What golden/make_golden.py writes. */
type Golden = {
  cols: number;
  x: number[];
  truth: number[];
  init: number[];
  labels: number[];
  centers: number[];
  inertia: number;
  iterations: number;
  adjusted_rand: number;
  without_every_seventh: Quality;
} & Quality;
type Quality = { silhouette: number; davies_bouldin: number; calinski_harabasz: number };

const FOLDER = new URL("./golden/", import.meta.url);
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith(".json"));

function near(actual: number, expected: number, relative: number): void {
  assert.ok(Math.abs(actual - expected) <= relative * Math.abs(expected), `${actual} is not ${expected}`);
}

async function checkQuality(x: Matrix, labels: Int32Array, expected: Quality): Promise<void> {
  near((await silhouette(x, labels)).score, expected.silhouette, 1e-5);
  near(daviesBouldin(x, labels), expected.davies_bouldin, 1e-5);
  near(calinskiHarabasz(x, labels), expected.calinski_harabasz, 1e-5);
}

for (const file of FILES) {
  describe(`scikit-learn on ${file}`, () => {
    const golden = JSON.parse(readFileSync(new URL(file, FOLDER), "utf8")) as Golden;
    const { cols } = golden;
    const x = { data: Float32Array.from(golden.x), rows: golden.x.length / cols, cols };

    test("k-means from the same centres", async () => {
      const nClusters = golden.init.length / cols;
      const init = { data: Float32Array.from(golden.init), rows: nClusters, cols };
      const result = await kmeans(x, { nClusters, init });
      assert.deepEqual([...result.labels], golden.labels);
      assert.equal(result.iterations, golden.iterations);
      near(result.inertia, golden.inertia, 1e-6);
      for (const [p, value] of golden.centers.entries()) {
        assert.ok(Math.abs(result.centers.data[p]! - value) < 1e-5 * (1 + Math.abs(value)));
      }
      near(adjustedRandIndex(result.labels, golden.truth), golden.adjusted_rand, 1e-12);
    });

    test("quality", () => checkQuality(x, Int32Array.from(golden.labels), golden));
    test("quality without noise", () => {
      const labels = Int32Array.from(golden.labels, (label, i) => (i % 7 === 0 ? -1 : label));
      return checkQuality(x, labels, golden.without_every_seventh);
    });
  });
}
