import assert from "node:assert/strict";
import { test } from "node:test";
import { DistanceEngine } from "../engine/distance-engine.ts";
import type { Matrix } from "../matrix.ts";
import { exactLists } from "../neighbours/exact-lists.ts";
import { paddedTo } from "../pairs/pair-options.ts";
import { PairRows } from "../pairs/pair-rows.ts";
import { TileScan } from "../pairs/tile-scan.ts";
import { Random } from "../random.ts";
import { Reachability } from "./reachability.ts";
import { singleLinkage } from "./single-linkage.ts";
import { spanningTree } from "./spanning-tree.ts";
import { UnionFind } from "./union-find.ts";

function uniform(rows: number, cols: number, shape: (value: number, row: number) => number): Matrix {
  const random = Random.seeded(rows);
  const data = Float32Array.from({ length: rows * cols }, (_, p) =>
    shape(random.uniform(), Math.floor(p / cols)),
  );
  return { data, rows, cols };
}

/** Kruskal on all pairs, in the documented order. */
function plainEdges(reach: Reachability): string[] {
  const { rows } = reach.rows;
  const all = Array.from({ length: rows }, (_, a) =>
    Array.from({ length: a }, (_unused, b) => {
      const squared = reach.rows.squared(b, a);
      return { b, a, squared, weight: reach.weight(b, a, squared) };
    }),
  ).flat();
  all.sort((x, y) => x.weight - y.weight || x.squared - y.squared || x.b - y.b || x.a - y.a);
  const sets = new UnionFind(rows);
  return all.filter(({ a, b }) => sets.union(a, b)).map(({ a, b, weight }) => `${b} ${a} ${weight}`);
}

const DATA: [string, Matrix][] = [
  ["uniform", uniform(300, 5, (value) => value)],
  ["groups far apart", uniform(310, 3, (value, row) => value + 100 * (row % 7) ** 2)],
  ["a grid with duplicates", uniform(290, 2, (value) => 1 + Math.floor(value * 12))],
  ["far from the origin", uniform(260, 4, (value) => 5000 + value)],
];

// With lists of one neighbour nearly every round has to look at foreign rows.
for (const [k, core] of [
  [1, 1],
  [4, 4],
  [16, 3],
] as const) {
  for (const [name, x] of DATA) {
    for (const metric of ["euclidean", "cosine"] as const) {
      test(`is Kruskal's tree: ${name}, ${metric}, ${k} neighbours`, async () => {
        const rows = new PairRows(x, metric, paddedTo(x.rows, 256));
        const { edges, reach } = await DistanceEngine.use(x.cols, 2, async (engine) => {
          const scan = await TileScan.create(256);
          const lists = await exactLists(engine, rows, scan, k, () => undefined);
          const cores = Float64Array.from({ length: x.rows }, (_, i) => lists.squared[i * k + core - 1]!);
          const measure = new Reachability(rows, cores, 0.9);
          return { reach: measure, edges: await spanningTree(engine, scan, measure, lists, () => undefined) };
        });
        const found = Array.from(edges.from, (from, e) => {
          const to = edges.to[e]!;
          return `${Math.min(from, to)} ${Math.max(from, to)} ${edges.weights[e]}`;
        });
        const expected = plainEdges(reach);
        if (metric === "cosine" && name.includes("duplicates")) {
          // Different rows of one direction are at distance 0 too: there the edge to an equal row is taken first.
          const weights = (all: string[]): number[] =>
            all.map((edge) => Number(edge.split(" ")[2])).sort((a, b) => a - b);
          assert.deepEqual(weights(found), weights(expected));
        } else {
          assert.deepEqual(new Set(found), new Set(expected));
        }
        const { heights, sizes } = singleLinkage(edges, (edge) => edges.weights[edge]!);
        assert.equal(sizes.at(-1), x.rows);
        assert.deepEqual(heights, heights.toSorted());
      });
    }
  }
}
