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
 * @param k from 1 to the number of rows there are to choose from
 * @param queries with it, lists of the rows before `queries` among the rows from there on; else of all among all others
 */
export async function exactLists(
  engine: DistanceEngine,
  x: PairRows,
  scan: TileScan,
  k: number,
  checkpoint: Checkpoint,
  queries?: number,
): Promise<NeighbourLists> {
  const searched = queries ?? x.rows;
  const first = queries ?? 0;
  const { side } = scan;
  const isWanted = (row: number, other: number): boolean =>
    row < searched && other >= first && other < x.rows;
  const choice = queries === undefined ? x.rows - 1 : x.rows - queries;
  const heaps = new RowHeaps(searched, Math.min(choice, k + 4 + (k >> 2)), x.low.length);
  await eachTile(
    engine,
    x,
    scan,
    (fraction) => checkpoint(0.9 * fraction),
    (top, left) => {
      lowerTops(heaps, scan, x.low, top, left, isWanted);
      scan.pairsBelow(x.low, heaps.tops, top, left, (row, column, value) => {
        if (isWanted(row, column)) heaps.offer(row, column, value);
        if (isWanted(column, row)) heaps.offer(column, row, value);
      });
    },
    (top, left) => top >= searched || left + side <= first,
  );
  const lists: NeighbourLists = {
    k,
    indices: new Int32Array(searched * k),
    squared: new Float64Array(searched * k).fill(Infinity),
  };
  const unsure: number[] = [];
  for (let row = 0; row < searched; row++) {
    if (row % 4096 === 0) checkpoint(0.9 + (0.05 * row) / searched);
    if (!measure(x, heaps, row, lists, choice)) unsure.push(row);
  }
  await searchAll(engine, x, scan, lists, { rows: unsure, first }, (fraction) =>
    checkpoint(0.95 + 0.05 * fraction),
  );
  return lists;
}

/** Writes the row's list from its candidates; false if a row that was dropped may belong in it. */
function measure(x: PairRows, heaps: RowHeaps, row: number, lists: NeighbourLists, choice: number): boolean {
  const { k, squared } = lists;
  const start = row * k;
  let count = 0;
  for (const position of heaps.sorted(row)) {
    if (count === k && heaps.values[position]! > squared[start + k - 1]!) return true;
    const index = heaps.indices[position]!;
    count = insert(lists, start, count, index, x.squared(row, index));
  }
  return heaps.size === choice ? count === k : squared[start + k - 1]! < heaps.tops[row]!;
}
