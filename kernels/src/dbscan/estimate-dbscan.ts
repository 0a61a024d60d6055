import { type Estimate, pairBytes, pairOperations, type Shape } from "../pairs/pair-estimate.ts";
import type { DbscanOptions } from "./dbscan.ts";

/**
 * What a call of dbscan() takes: peak bytes beyond the input, and multiply-adds of one pass; it takes two where rows have
 * many neighbours but do not join to few clusters.
 */
export function estimateDbscan(
  x: Shape,
  { minSamples = 5 }: Pick<DbscanOptions, "minSamples"> = {},
): Estimate {
  // Kept pairs, then the pairs of rows that are no core with cores: fewer than minSamples each.
  const pairs = x.rows * (256 + 16 * minSamples + 24);
  return { bytes: pairBytes(x) + pairs, operations: pairOperations(x) };
}
