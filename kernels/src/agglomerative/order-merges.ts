import { type Merges, mergeInOrder } from "../linkage/single-linkage.ts";

/** Merges in the order they were found; a cluster is named by any row in it. */
export type FoundMerges = {
  /** int32 [rows - 1] */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** float64 [rows - 1] */
  readonly heights: Float64Array;
};

/** Sorts merges by height, those found first first at a tie, and names the nodes. */
export function orderMerges({ from, to, heights }: FoundMerges): Merges {
  const order = Int32Array.from(heights.keys()).sort((a, b) => heights[a]! - heights[b]! || a - b);
  return mergeInOrder(
    Int32Array.from(order, (m) => from[m]!),
    Int32Array.from(order, (m) => to[m]!),
    Float64Array.from(order, (m) => heights[m]!),
  );
}
