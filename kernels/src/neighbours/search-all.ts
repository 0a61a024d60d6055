import type { DistanceEngine } from "../engine/distance-engine.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import { blockOf, type Checkpoint } from "../pairs/each-tile.ts";
import type { PairRows } from "../pairs/pair-rows.ts";
import type { TileScan } from "../pairs/tile-scan.ts";
import { firstEqualRows } from "./first-equal-rows.ts";
import { insert, type NeighbourLists } from "./neighbour-lists.ts";

/**
 * Makes the lists of some rows again by comparing them with all rows from `first` on; their k-th squared distance so far is the bound.
 * Where rows are equal each different one is measured once, so that thousands of duplicates cost no more than the products.
 */
export async function searchAll(
  engine: DistanceEngine,
  x: PairRows,
  scan: TileScan,
  lists: NeighbourLists,
  wanted: { readonly rows: readonly number[]; readonly first: number },
  checkpoint: Checkpoint,
): Promise<void> {
  if (wanted.rows.length === 0) return;
  const { cols } = x;
  const { k, squared } = lists;
  const { side } = scan;
  const equal = firstEqualRows(x);
  const block = { data: new Float32Array(MIN_BLOCK_ROWS * cols), rows: MIN_BLOCK_ROWS };
  const products = scan.tile.subarray(0, MIN_BLOCK_ROWS * side);
  for (let first = 0; first < wanted.rows.length; first += MIN_BLOCK_ROWS) {
    const some = wanted.rows.slice(first, first + MIN_BLOCK_ROWS);
    for (const [i, row] of some.entries()) {
      block.data.set(x.products.subarray(row * cols, (row + 1) * cols), i * cols);
    }
    const counts = some.map(() => 0);
    const bounds = some.map((row) => squared[row * k + k - 1]!);
    const known = some.map(() => new Map<number, number>());
    for (let left = side * Math.floor(wanted.first / side); left < x.low.length; left += side) {
      checkpoint((first + (some.length * left) / x.low.length) / wanted.rows.length);
      await engine.partial(block, blockOf(x, left, side), products);
      const end = Math.min(side, x.rows - left);
      for (const [i, row] of some.entries()) {
        const start = row * k;
        const most = bounds[i]! - x.low[row]!;
        for (let j = Math.max(0, wanted.first - left); j < end; j++) {
          if (!(products[i * side + j]! <= most) || left + j === row) continue;
          // Columns come in ascending order: among k equal distances of 0 no later one has a place.
          if (counts[i] === k && squared[start + k - 1] === 0) break;
          const index = left + j;
          let distance = known[i]!.get(equal[index]!);
          if (distance === undefined) known[i]!.set(equal[index]!, (distance = x.squared(row, index)));
          counts[i] = insert(lists, start, counts[i]!, index, distance);
        }
      }
    }
  }
}
