import type { DistanceEngine } from "../engine/distance-engine.ts";
import { firstEqualRows } from "../neighbours/first-equal-rows.ts";
import type { NeighbourLists } from "../neighbours/neighbour-lists.ts";
import type { Checkpoint } from "../pairs/each-tile.ts";
import type { TileScan } from "../pairs/tile-scan.ts";
import { ForeignLists } from "./foreign-lists.ts";
import { BestEdges, type Reachability } from "./reachability.ts";
import { searchForeign } from "./search-foreign.ts";
import { UnionFind } from "./union-find.ts";

/** The rows - 1 edges of a tree, in no order. */
export type Edges = {
  /** int32 [rows - 1] */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** Squared, float64 [rows - 1]. */
  readonly weights: Float64Array;
  readonly squared: Float64Array;
};

/**
 * The exact minimum spanning tree by Borůvka's rounds: each component is joined along the lightest edge that leaves it. An
 * edge from the lists is certified as the lightest if no row of the component may have a lighter one outside its list;
 * components without certificate wait. When all wait, the rows that withhold it are compared with all foreign rows, which
 * also makes their lists again, so that one pass over the pairs serves several rounds.
 *
 * @param neighbours of all rows; overwritten
 */
export async function spanningTree(
  engine: DistanceEngine,
  scan: TileScan,
  reach: Reachability,
  neighbours: NeighbourLists,
  checkpoint: Checkpoint,
): Promise<Edges> {
  const { rows } = reach.rows;
  const edges: Edges = {
    from: new Int32Array(rows - 1),
    to: new Int32Array(rows - 1),
    weights: new Float64Array(rows - 1),
    squared: new Float64Array(rows - 1),
  };
  const lists = new ForeignLists(rows, neighbours);
  const sets = new UnionFind(rows);
  const component = new Int32Array(rows);
  const best = new BestEdges(rows);
  const unsure = new Uint8Array(rows);
  const waits = new Uint8Array(rows);
  let count = 0;

  // No edge of a duplicate is lighter or shorter than the one to the first row that is equal to it. Without them no list is
  // full of rows at distance 0, among which nothing could be certified.
  const add = (from: number, to: number, weight: number, squared: number): boolean => {
    if (!sets.union(from, to)) return false;
    edges.from[count] = from;
    edges.to[count] = to;
    edges.weights[count] = weight;
    edges.squared[count++] = squared;
    return true;
  };
  for (const [row, first] of firstEqualRows(reach.rows).entries()) {
    if (first !== row) add(row, first, reach.weight(row, first, 0), 0);
  }

  const join = (): boolean => {
    let joined = false;
    for (let c = 0; c < rows; c++) {
      if (component[c] !== c || waits[c] === 1) continue;
      joined = add(best.from[c]!, best.to[c]!, best.weights[c]!, best.squared[c]!) || joined;
    }
    return joined;
  };

  while (count < rows - 1) {
    // Every pass joins each component at least to one other: passes cannot be more than the logarithm of the rows.
    checkpoint(Math.log2(rows / (rows - count)) / Math.log2(rows + 1));
    for (let row = 0; row < rows; row++) component[row] = sets.find(row);
    offerLists(reach, lists, component, best);
    certify(reach, lists, component, best, unsure, waits);
    if (join()) continue;
    await searchForeign(engine, scan, reach, { component, unsure, waits, best, lists }, () =>
      checkpoint(Math.log2(rows / (rows - count)) / Math.log2(rows + 1)),
    );
    waits.fill(0);
    join();
  }
  return edges;
}

/** Offers each component the edges of its rows' lists that leave it. */
function offerLists(reach: Reachability, lists: ForeignLists, component: Int32Array, best: BestEdges): void {
  best.clear();
  const { cores, factor } = reach;
  const { size, indices, squared } = lists;
  for (let row = 0; row < component.length; row++) {
    const own = component[row]!;
    if (cores[row]! > best.weights[own]!) continue;
    for (let p = row * size; p < (row + 1) * size; p++) {
      const index = indices[p]!;
      if (index < 0 || squared[p]! * factor > best.weights[own]!) break;
      if (component[index] === own) continue;
      best.offer(own, reach.weight(row, index, squared[p]!), squared[p]!, row, index);
    }
  }
}

/** Marks the rows that may have a lighter edge outside their list than their component's best, and the components of such. */
function certify(
  reach: Reachability,
  lists: ForeignLists,
  component: Int32Array,
  best: BestEdges,
  unsure: Uint8Array,
  waits: Uint8Array,
): void {
  waits.fill(0);
  for (let row = 0; row < component.length; row++) {
    const own = component[row]!;
    const radius = lists.radius[row]!;
    const least = Math.max(reach.cores[row]!, radius * reach.factor);
    const weight = best.weights[own]!;
    const isUnsure = least < weight || (least === weight && radius <= best.squared[own]!);
    unsure[row] = isUnsure ? 1 : 0;
    if (isUnsure) waits[own] = 1;
  }
}
