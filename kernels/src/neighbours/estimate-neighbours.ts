import { type Estimate, listBytes, pairBytes, pairOperations, type Shape } from "../pairs/pair-estimate.ts";

/** What a call of nearestNeighbours() takes: peak bytes beyond the input, and multiply-adds. */
export function estimateNearestNeighbours(x: Shape, { k }: { readonly k: number }): Estimate {
  return { bytes: pairBytes(x) + listBytes(x.rows, k), operations: pairOperations(x) };
}
