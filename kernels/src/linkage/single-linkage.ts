import type { Edges } from "./spanning-tree.ts";
import { UnionFind } from "./union-find.ts";

/** A binary tree over rows: merge m makes node rows + m. */
export type Merges = {
  readonly rows: number;
  /** The two nodes of each merge, the lower first, int32 [rows - 1, 2]. */
  readonly children: Int32Array;
  /** Of each merge, ascending, float64 [rows - 1]. */
  readonly heights: Float64Array;
  /** Rows under each merge, int32 [rows - 1]. */
  readonly sizes: Int32Array;
};

/** The single linkage tree of a spanning tree: its edges in order of weight, then of distance, then of their rows. */
export function singleLinkage(edges: Edges, height: (edge: number) => number): Merges {
  const { from, to, weights, squared } = edges;
  const count = weights.length;
  const lowerRow = (edge: number): number => Math.min(from[edge]!, to[edge]!);
  const order = Int32Array.from({ length: count }, (_, edge) => edge).sort(
    (a, b) =>
      weights[a]! - weights[b]! ||
      squared[a]! - squared[b]! ||
      lowerRow(a) - lowerRow(b) ||
      from[a]! + to[a]! - from[b]! - to[b]!,
  );
  return mergeInOrder(
    Int32Array.from(order, (edge) => from[edge]!),
    Int32Array.from(order, (edge) => to[edge]!),
    Float64Array.from(order, height),
  );
}

/** Names the nodes of merges that are given, in ascending order of height, by any row of each side. */
export function mergeInOrder(from: Int32Array, to: Int32Array, heights: Float64Array): Merges {
  const rows = heights.length + 1;
  const sets = new UnionFind(rows);
  const nodeOf = Int32Array.from({ length: rows }, (_, row) => row);
  const children = new Int32Array(2 * heights.length);
  const sizes = new Int32Array(heights.length);
  for (let m = 0; m < heights.length; m++) {
    const a = nodeOf[sets.find(from[m]!)]!;
    const b = nodeOf[sets.find(to[m]!)]!;
    children[2 * m] = Math.min(a, b);
    children[2 * m + 1] = Math.max(a, b);
    sets.union(from[m]!, to[m]!);
    nodeOf[sets.find(from[m]!)] = rows + m;
    sizes[m] = sets.sizeOf(from[m]!);
  }
  return { rows, children, heights, sizes };
}
