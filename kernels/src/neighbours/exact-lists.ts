import type { DistanceEngine } from "../engine/distance-engine.ts";
import { type Checkpoint, eachTile } from "../pairs/each-tile.ts";
import type { PairRows } from "../pairs/pair-rows.ts";
import type { TileScan } from "../pairs/tile-scan.ts";
import { lowerTops } from "./lower-tops.ts";
import { insert, type NeighbourLists } from "./neighbour-lists.ts";
import { RowHeaps } from "./row-heaps.ts";
import { searchAll } from "./search-all.ts";

/**
 * One pass over all pairs keeps for each row somewhat more than k candidates by their lower bounds; the nearest are then
 * measured in float64. If the k-th is not above any bound that was dropped, nothing dropped can be nearer. Rows for which
 * that cannot be said (many rows at nearly the same distance) are compared with all others again.
 *
 * @param k from 1 to rows - 1
 */
export async function exactLists(
  engine: DistanceEngine,
  x: PairRows,
  scan: TileScan,
  k: number,
  checkpoint: Checkpoint,
): Promise<NeighbourLists> {
  const { rows } = x;
  const heaps = new RowHeaps(rows, Math.min(rows - 1, k + 4 + (k >> 2)), x.low.length);
  await eachTile(
    engine,
    x,
    scan,
    (fraction) => checkpoint(0.9 * fraction),
    (top, left) => {
      if (top === left) lowerTops(heaps, scan, x.low, top, left, () => true);
      scan.pairsBelow(x.low, heaps.tops, top, left, (row, column, value) => {
        heaps.offer(row, column, value);
        heaps.offer(column, row, value);
      });
    },
  );
  const lists: NeighbourLists = {
    k,
    indices: new Int32Array(rows * k),
    squared: new Float64Array(rows * k).fill(Infinity),
  };
  const unsure: number[] = [];
  for (let row = 0; row < rows; row++) {
    if (row % 4096 === 0) checkpoint(0.9 + (0.05 * row) / rows);
    if (!measure(x, heaps, row, lists)) unsure.push(row);
  }
  await searchAll(engine, x, scan, lists, unsure, (fraction) => checkpoint(0.95 + 0.05 * fraction));
  return lists;
}

/** Writes the row's list from its candidates; false if a row that was dropped may belong in it. */
function measure(x: PairRows, heaps: RowHeaps, row: number, lists: NeighbourLists): boolean {
  const { k, squared } = lists;
  const start = row * k;
  let count = 0;
  for (const position of heaps.sorted(row)) {
    if (count === k && heaps.values[position]! > squared[start + k - 1]!) return true;
    const index = heaps.indices[position]!;
    count = insert(lists, start, count, index, x.squared(row, index));
  }
  return heaps.size === x.rows - 1 || squared[start + k - 1]! < heaps.tops[row]!;
}
