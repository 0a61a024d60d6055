import type { DistanceEngine } from "../engine/distance-engine.ts";
import { lowerTops } from "../neighbours/lower-tops.ts";
import { RowHeaps } from "../neighbours/row-heaps.ts";
import { type Checkpoint, eachTile, type ProductRows } from "../pairs/each-tile.ts";
import type { PairRows } from "../pairs/pair-rows.ts";
import type { TileScan } from "../pairs/tile-scan.ts";
import type { ForeignLists } from "./foreign-lists.ts";
import type { BestEdges, Reachability } from "./reachability.ts";

/** Foreign rows that are kept for the rounds to come; more cost insertions and memory, fewer cost passes. */
const KEPT = 12;

export type Search = {
  /** Root of each row's component, int32 [rows]. */
  readonly component: Int32Array;
  /** 1 for the rows to search for. */
  readonly unsure: Uint8Array;
  /** 1 at the root of a component that has such rows. */
  readonly waits: Uint8Array;
  /** In: an upper bound for each component. Out: the lightest edge of each. */
  readonly best: BestEdges;
  /** The searched rows' lists are made again. */
  readonly lists: ForeignLists;
};

/**
 * Compares the unsure rows with all rows of other components. Rows are put in an order, unsure ones first and then by
 * component, in which most tiles lie inside one component or concern no unsure row and are skipped.
 */
export async function searchForeign(
  engine: DistanceEngine,
  scan: TileScan,
  reach: Reachability,
  search: Search,
  checkpoint: Checkpoint,
): Promise<void> {
  const { component, unsure, best, lists } = search;
  const { cores, factor, rows: x } = reach;
  const { side } = scan;
  const order = orderRows(component, unsure);
  const placed = place(x, order);
  const padded = placed.low.length;
  const searched = unsure.reduce((count, one) => count + one, 0);
  const heaps = new RowHeaps(searched, Math.min(KEPT, lists.size), padded);

  // A row's bound: what its list still wants, and whatever its component's best edge so far does not rule out.
  const bounds = new Float64Array(padded).fill(-Infinity);
  const refresh = (position: number): void => {
    const row = order[position]!;
    const most = best.weights[component[row]!]!;
    const reachable = cores[row]! > most ? -Infinity : (most / factor) * (1 + 2 ** -40);
    bounds[position] = Math.max(heaps.tops[position]!, reachable);
  };

  const single = singleComponents(order, component, side, padded);
  const skip = (top: number, left: number): boolean =>
    (top >= searched && left >= searched) ||
    (single[top / side]! >= 0 && single[top / side] === single[left / side]);
  const isForeign = (a: number, b: number): boolean =>
    a < order.length && b < order.length && component[order[a]!] !== component[order[b]!];

  const take = (position: number, other: number, low: number): void => {
    heaps.offer(position, other, low);
    const row = order[position]!;
    const own = component[row]!;
    const weight = best.weights[own]!;
    const index = order[other]!;
    if (low * factor > weight || cores[row]! > weight || cores[index]! > weight) return;
    const squared = x.squared(row, index);
    best.offer(own, reach.weight(row, index, squared), squared, row, index);
  };
  await eachTile(
    engine,
    placed,
    scan,
    checkpoint,
    (top, left) => {
      lowerTops(heaps, scan, placed.low, top, left, isForeign);
      for (let i = 0; i < side; i++) {
        if (top + i < searched) refresh(top + i);
        if (left + i < searched) refresh(left + i);
      }
      scan.pairsBelow(placed.low, bounds, top, left, (a, b, low) => {
        if (component[order[a]!] === component[order[b]!]) return;
        if (a < searched) take(a, b, low);
        if (b < searched) take(b, a, low);
        if (a < searched) refresh(a);
        if (b < searched) refresh(b);
      });
    },
    skip,
  );

  for (let position = 0; position < searched; position++) {
    const row = order[position]!;
    const found = heaps.sorted(position).map((p) => {
      const index = order[heaps.indices[p]!]!;
      return { index, squared: x.squared(row, index) };
    });
    lists.replace(row, found, heaps.tops[position]!);
  }
}

/** Unsure rows first, in each part by component, then by row. */
function orderRows(component: Int32Array, unsure: Uint8Array): Int32Array {
  const order = Int32Array.from(component.keys());
  return order.sort((a, b) => unsure[b]! - unsure[a]! || component[a]! - component[b]! || a - b);
}

function place(x: PairRows, order: Int32Array): ProductRows {
  const { cols } = x;
  const products = new Float32Array(x.products.length);
  const low = new Float32Array(x.low.length).fill(Infinity);
  for (const [position, row] of order.entries()) {
    products.set(x.products.subarray(row * cols, (row + 1) * cols), position * cols);
    low[position] = x.low[row]!;
  }
  return { cols, products, low };
}

/** For each block of `side` rows the component that all its rows are of, or -1. */
function singleComponents(
  order: Int32Array,
  component: Int32Array,
  side: number,
  padded: number,
): Int32Array {
  return Int32Array.from({ length: padded / side }, (_, block) => {
    const rows = order.subarray(block * side, (block + 1) * side);
    const first = component[rows[0]!]!;
    return rows.every((row) => component[row] === first) ? first : -1;
  });
}
