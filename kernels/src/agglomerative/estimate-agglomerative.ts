import { type Estimate, listBytes, pairBytes, pairOperations, type Shape } from "../pairs/pair-estimate.ts";
import type { AgglomerativeOptions } from "./options.ts";

/**
 * What a call of agglomerative() takes: peak bytes beyond the input, and multiply-adds (float64 ones count twice, a step
 * of the nearest neighbour chain as one).
 */
export function estimateAgglomerative(
  x: Shape,
  { linkage = "ward" }: Pick<AgglomerativeOptions, "linkage"> = {},
): Estimate {
  const { rows, cols } = x;
  const linear = pairBytes(x) + listBytes(rows, 16);
  if (linkage === "ward") {
    return { bytes: linear + rows * (8 * cols + 16 * 8 + 200), operations: 2 * pairOperations(x) };
  }
  if (linkage === "single") {
    return { bytes: linear + pairBytes(x) + rows * 300, operations: 2.5 * pairOperations(x) };
  }
  return {
    bytes: pairBytes(x) + 8 * rows * (cols + 512) + 4 * rows * (rows - 1),
    operations: 2 * pairOperations(x) + 4 * rows * rows,
  };
}
