import { type Contingency, contingency } from "./contingency.ts";

/**
 * Agreement of two labellings, corrected for chance: 1 for equal groups under any names, about 0 for unrelated ones, down
 * to -0.5 (Hubert and Arabie 1985, by pair counts as scikit-learn's adjusted_rand_score). -1 is a label like any other:
 * leave noise out before, if it should not count. Two empty labellings agree.
 *
 * @throws KernelError `shape_mismatch`
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return adjustedRandOf(contingency(a, b));
}

/** The same of a table that is there already. */
export function adjustedRandOf(table: Contingency): number {
  const n = table.rows;
  const both = pairs(table.cells.map(([, , rows]) => rows));
  const onlyA = pairs(table.a) - both;
  const onlyB = pairs(table.b) - both;
  const neither = (n * (n - 1)) / 2 - both - onlyA - onlyB;
  if (onlyA === 0 && onlyB === 0) return 1;
  return (
    (2 * (both * neither - onlyA * onlyB)) /
    ((both + onlyA) * (onlyA + neither) + (both + onlyB) * (onlyB + neither))
  );
}

/** Pairs of rows that share a group. */
function pairs(sizes: readonly number[]): number {
  let sum = 0;
  for (const size of sizes) sum += (size * (size - 1)) / 2;
  return sum;
}
