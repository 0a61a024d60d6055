import { DistanceEngine } from "../engine/distance-engine.ts";
import { MIN_BLOCK_ROWS } from "../engine/row-blocks.ts";
import type { Matrix } from "../matrix.ts";
import type { Metric } from "../metric.ts";
import { insert, type NeighbourLists } from "../neighbours/neighbour-lists.ts";
import { blockOf, type Checkpoint } from "../pairs/each-tile.ts";
import { type PairOptions, paddedTo } from "../pairs/pair-options.ts";
import { PairRows } from "../pairs/pair-rows.ts";

const SIDE = 1024;

/**
 * The k nearest rows of `x` for each of other rows, exact like nearestNeighbours: a float32 product leaves out what safely
 * is farther, float64 measures the rest. A row's neighbours do not depend on the rows beside it.
 *
 * @returns int32 and float32 [rows.rows, k], in the metric's units
 */
export async function neighboursInModel(
  x: Matrix,
  rows: Matrix,
  k: number,
  metric: Metric,
  threads: PairOptions["threads"],
  checkpoint: Checkpoint,
): Promise<{ indices: Int32Array; distances: Float32Array }> {
  const { cols } = x;
  const data = new Float32Array((x.rows + rows.rows) * cols);
  data.set(x.data);
  data.set(rows.data, x.rows * cols);
  const both = { data, rows: x.rows + rows.rows, cols };
  const pairs = new PairRows(both, metric, paddedTo(both.rows, SIDE));
  const lists: NeighbourLists = {
    k,
    indices: new Int32Array(rows.rows * k),
    squared: new Float64Array(rows.rows * k),
  };
  const counts = new Int32Array(rows.rows);
  const block = { data: new Float32Array(MIN_BLOCK_ROWS * cols), rows: MIN_BLOCK_ROWS };
  const products = new Float32Array(MIN_BLOCK_ROWS * SIDE);
  await DistanceEngine.use(cols, threads, async (engine) => {
    for (let first = 0; first < rows.rows; first += MIN_BLOCK_ROWS) {
      const count = Math.min(MIN_BLOCK_ROWS, rows.rows - first);
      const from = x.rows + first;
      block.data.set(pairs.products.subarray(from * cols, (from + count) * cols));
      for (let left = 0; left < x.rows; left += SIDE) {
        checkpoint((first + (count * left) / x.rows) / rows.rows);
        await engine.partial(block, blockOf(pairs, left, SIDE), products);
        const end = Math.min(SIDE, x.rows - left);
        for (let i = 0; i < count; i++) {
          const start = (first + i) * k;
          for (let j = 0; j < end; j++) {
            const lower = products[i * SIDE + j]! + pairs.low[from + i]!;
            if (counts[first + i] === k && !(lower < lists.squared[start + k - 1]!)) continue;
            const distance = pairs.squared(from + i, left + j);
            counts[first + i] = insert(lists, start, counts[first + i]!, left + j, distance);
          }
        }
      }
    }
  });
  return {
    indices: lists.indices,
    distances: Float32Array.from(lists.squared, (squared) => pairs.distance(squared)),
  };
}
