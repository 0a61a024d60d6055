import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import {
  adjustedRandIndex,
  agglomerative,
  type AgglomerativeOptions,
  dbscan,
  type DbscanOptions,
  hdbscan,
  type HdbscanOptions,
  type Matrix,
  predictHdbscan,
} from "../src/index.ts";
import { takeRows } from "../src/take-rows.ts";

/** What golden/make_density_golden.py writes; it says why hdbscan is compared twice. */
type Golden = {
  rows: number;
  cols: number;
  x?: number[];
  dbscan: { options: DbscanOptions; labels: number[]; cores: number }[];
  hdbscan: {
    options: HdbscanOptions;
    reference: string;
    labels: number[];
    self_rand: number;
    tree_labels: number[] | null;
    tree_probabilities: number[];
  }[];
  agglomerative: {
    options: AgglomerativeOptions;
    labels: number[];
    distances?: number[];
    sum_of_distances?: number;
  }[];
  predictions: { options: HdbscanOptions; fitted: number[]; labels: number[]; probabilities: number[] };
};

const FOLDER = new URL("./golden/", import.meta.url);
const require = createRequire(import.meta.url);

function readRows(name: string, golden: Golden): Matrix {
  const { rows, cols } = golden;
  return { data: readData(name, golden), rows, cols };
}

function readData(name: string, { x, rows, cols }: Golden): Float32Array {
  if (x !== undefined) return Float32Array.from(x);
  if (name === "texts") {
    const folder = dirname(require.resolve("@sap-ux/fiori-docs-embeddings/package.json"));
    const bytes = readFileSync(join(folder, "data", "embeddings", "embeddings.bin"));
    return new Float32Array(new Uint8Array(bytes).buffer);
  }
  if (name === "mnist") {
    const folder = join(dirname(require.resolve("mnist/package.json")), "src", "digits");
    const values = Array.from({ length: 10 }, (_, digit) => {
      const { data } = JSON.parse(readFileSync(join(folder, `${digit}.json`), "utf8")) as { data: number[] };
      return data.slice(0, (rows / 10) * cols);
    });
    return Float32Array.from(values.flat());
  }
  const file = readFileSync(new URL(`${name}.json`, FOLDER), "utf8");
  return Float32Array.from((JSON.parse(file) as { x: number[] }).x);
}

for (const file of readdirSync(new URL("density/", FOLDER))) {
  const name = file.replace(".json", "");
  describe(`scikit-learn on ${name}`, () => {
    const golden = JSON.parse(readFileSync(new URL(`density/${file}`, FOLDER), "utf8")) as Golden;
    const x = readRows(name, golden);

    for (const expected of golden.dbscan) {
      test(`dbscan ${JSON.stringify(expected.options)}`, async () => {
        const result = await dbscan(x, expected.options);
        assert.deepEqual([...result.labels], expected.labels);
        assert.equal(result.coreRows.length, expected.cores);
      });
    }

    for (const expected of golden.hdbscan) {
      test(`hdbscan ${JSON.stringify(expected.options)}, by ${expected.reference}`, async () => {
        const { labels, probabilities } = await hdbscan(x, expected.options);
        assert.equal(adjustedRandIndex(labels, expected.tree_labels ?? expected.labels), 1);
        for (const [i, value] of expected.tree_probabilities.entries()) {
          assert.ok(
            Math.abs(probabilities[i]! - value) < 6e-4,
            `row ${i}: ${probabilities[i]} is not ${value}`,
          );
        }
        assert.ok(adjustedRandIndex(labels, expected.labels) >= Math.min(1, expected.self_rand));
      });
    }

    for (const expected of golden.agglomerative) {
      test(`agglomerative ${JSON.stringify(expected.options)}`, async () => {
        const { labels, distances } = await agglomerative(x, expected.options);
        assert.equal(adjustedRandIndex(labels, expected.labels), 1);
        if (expected.distances === undefined) return;
        for (const [i, value] of expected.distances.entries()) {
          const got = distances.at(i - expected.distances.length)!;
          assert.ok(Math.abs(got - value) <= 1e-6 * value, `${got} is not ${value}`);
        }
        const sum = distances.reduce((total, value) => total + value, 0);
        assert.ok(Math.abs(sum - expected.sum_of_distances!) <= 1e-9 * sum);
      });
    }

    test("predictHdbscan as approximate_predict", async () => {
      const { options, fitted, labels, probabilities } = golden.predictions;
      const rows = [...Array(x.rows).keys()];
      const old = takeRows(
        x,
        rows.filter((row) => row % 3 !== 2),
      );
      const run = await hdbscan(old, options);
      const predicted = await predictHdbscan(
        takeRows(
          x,
          rows.filter((row) => row % 3 === 2),
        ),
        old,
        run.model,
      );
      // Ties may change the run itself; then its predictions cannot be compared.
      if (adjustedRandIndex(run.labels, fitted) < 1) return;
      assert.equal(adjustedRandIndex(predicted.labels, labels), 1);
      for (const [i, value] of probabilities.entries()) {
        assert.ok(Math.abs(predicted.probabilities[i]! - value) < 6e-5, `row ${i}`);
      }
    });
  });
}
