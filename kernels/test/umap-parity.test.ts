import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { type Matrix, nearestNeighbours, trustworthiness, umap, umapTransform } from "../src/index.ts";
import { curveParameters } from "../src/umap/curve-parameters.ts";
import { fuzzyUnion, memberships } from "../src/umap/fuzzy-graph.ts";
import { smoothDistances } from "../src/umap/smooth-distances.ts";

/** What golden/umap/make_golden.py writes. */
type Golden = {
  curves: { spread: number; min_dist: number; a: number; b: number }[];
  smooth: {
    data: string;
    n_neighbors: number;
    local_connectivity: number;
    sigmas: number[];
    rhos: number[];
  }[];
  graphs: {
    data: string;
    rows: number;
    n_neighbors: number;
    set_op_mix_ratio: number;
    starts: number[];
    tails: number[];
    weights: number[];
  }[];
  maps: {
    data: string;
    n_components: number;
    n_neighbors: number;
    min_dist: number;
    trustworthiness: number[];
  }[];
  transforms: { data: string; train: number; n_neighbors: number; trustworthiness: number[] }[];
};

const FOLDER = new URL("./golden/", import.meta.url);
const golden = JSON.parse(readFileSync(new URL("umap/umap.json", FOLDER), "utf8")) as Golden;

function rowsOf(name: string, from = 0, to?: number): Matrix {
  const { cols, x } = JSON.parse(readFileSync(new URL(`${name}.json`, FOLDER), "utf8")) as {
    cols: number;
    x: number[];
  };
  const data = Float32Array.from(x).subarray(from * cols, to === undefined ? undefined : to * cols);
  return { data, rows: data.length / cols, cols };
}

function near(actual: number, expected: number, relative: number, what: string): void {
  assert.ok(
    Math.abs(actual - expected) <= relative * Math.abs(expected) + 1e-7,
    `${what}: ${actual}, ${expected}`,
  );
}

describe("umap-learn", () => {
  test("find_ab_params", () => {
    for (const { spread, min_dist, a, b } of golden.curves) {
      const curve = curveParameters(spread, min_dist);
      near(curve.a, a, 2e-5, `a of spread ${spread}, min_dist ${min_dist}`);
      near(curve.b, b, 2e-5, `b of spread ${spread}, min_dist ${min_dist}`);
    }
  });

  test("smooth_knn_dist", async () => {
    for (const { data, n_neighbors, local_connectivity, sigmas, rhos } of golden.smooth) {
      const k = n_neighbors - 1;
      const { distances } = await nearestNeighbours(rowsOf(data), { k });
      const smooth = smoothDistances({
        ...{ distances, k, nNeighbors: n_neighbors, skip: 0, localConnectivity: local_connectivity },
      });
      for (const [i, rho] of rhos.entries()) near(smooth.rhos[i]!, rho, 1e-6, `rho ${i} of ${data}`);
      // Both stop once the memberships are within 1e-5 of their sum.
      for (const [i, sigma] of sigmas.entries())
        near(smooth.sigmas[i]!, sigma, 1e-4, `sigma ${i} of ${data}`);
    }
  });

  test("fuzzy_simplicial_set", async () => {
    for (const { data, rows, n_neighbors, set_op_mix_ratio, starts, tails, weights } of golden.graphs) {
      const k = n_neighbors - 1;
      const { indices, distances } = await nearestNeighbours(rowsOf(data, 0, rows), { k });
      const smooth = smoothDistances({
        distances,
        k,
        nNeighbors: n_neighbors,
        skip: 0,
        localConnectivity: 1,
      });
      const graph = fuzzyUnion(indices, memberships(distances, k, smooth), k, set_op_mix_ratio);
      assert.deepEqual([...graph.starts], starts);
      assert.deepEqual([...graph.tails], tails);
      for (const [p, weight] of weights.entries())
        near(graph.weights[p]!, weight, 1e-4, `edge ${p} of ${data}`);
    }
  });

  for (const expected of golden.maps) {
    const { data, n_components, n_neighbors, min_dist } = expected;
    test(`a map of ${data} in ${n_components} dimensions is as trustworthy`, async () => {
      const x = rowsOf(data);
      const least = Math.min(...expected.trustworthiness);
      for (const seed of [1, 2, 3]) {
        const { coordinates } = await umap(x, {
          ...{ nComponents: n_components, nNeighbors: n_neighbors, minDist: min_dist, seed },
        });
        const trust = await trustworthiness(x, coordinates, { nNeighbors: 15 });
        assert.ok(trust > least - 0.002, `${trust} against ${expected.trustworthiness.join(", ")}`);
      }
    });
  }

  for (const { data, train, n_neighbors, trustworthiness: expected } of golden.transforms) {
    test(`new rows of ${data} get places as trustworthy`, async () => {
      const x = rowsOf(data);
      const known = rowsOf(data, 0, train);
      const model = { x: known, ...(await umap(known, { nNeighbors: n_neighbors })) };
      const added = await umapTransform(model, rowsOf(data, train));
      const both = Float32Array.of(...model.coordinates.data, ...added.data);
      const trust = await trustworthiness(x, { data: both, rows: x.rows, cols: 2 }, { nNeighbors: 15 });
      assert.ok(trust > Math.min(...expected) - 0.002, `${trust} against ${expected.join(", ")}`);
    });
  }
});
