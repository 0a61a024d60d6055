import { type Estimate, listBytes, pairBytes, pairOperations, type Shape } from "../pairs/pair-estimate.ts";
import type { HdbscanOptions } from "./options.ts";

/**
 * What a call of hdbscan() takes: peak bytes beyond the input, and multiply-adds: one pass for the neighbours and, as
 * measured on grouped rows, 1 to 2 in all for the spanning tree.
 */
export function estimateHdbscan(
  x: Shape,
  {
    minClusterSize = 5,
    minSamples = minClusterSize,
  }: Pick<HdbscanOptions, "minClusterSize" | "minSamples"> = {},
): Estimate {
  const lists = listBytes(x.rows, Math.max(16, minSamples - 1));
  // Rows once more in the order of their components, candidates among foreign rows, edges and trees.
  const search = pairBytes(x) + x.rows * (8 * 12 + 300);
  return { bytes: pairBytes(x) + lists + search, operations: 2.5 * pairOperations(x) };
}
