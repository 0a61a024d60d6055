import { KernelError } from "../kernel-error.ts";

/**
 * Agreement of two labellings, corrected for chance: 1 for equal groups under any names, about 0 for unrelated ones, down
 * to -0.5 (Hubert and Arabie 1985, by pair counts as scikit-learn's adjusted_rand_score). -1 is a label like any other:
 * leave noise out before, if it should not count. Two empty labellings agree.
 *
 * @throws KernelError `shape_mismatch`
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) {
    throw new KernelError(
      "shape_mismatch",
      `The labellings have ${a.length} and ${b.length} rows; they must label the same rows.`,
    );
  }
  const n = a.length;
  const rows = new Map<number, number>();
  const columns = new Map<number, number>();
  const cells = new Map<number, Map<number, number>>();
  for (let i = 0; i < n; i++) {
    count(rows, a[i]!);
    count(columns, b[i]!);
    let cell = cells.get(a[i]!);
    if (cell === undefined) cells.set(a[i]!, (cell = new Map<number, number>()));
    count(cell, b[i]!);
  }
  const both = pairs([...cells.values()].flatMap((cell) => [...cell.values()]));
  const onlyA = pairs(rows.values()) - both;
  const onlyB = pairs(columns.values()) - both;
  const neither = (n * (n - 1)) / 2 - both - onlyA - onlyB;
  if (onlyA === 0 && onlyB === 0) return 1;
  return (
    (2 * (both * neither - onlyA * onlyB)) /
    ((both + onlyA) * (onlyA + neither) + (both + onlyB) * (onlyB + neither))
  );
}

function count(counts: Map<number, number>, key: number): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** Pairs of rows that share a group. */
function pairs(sizes: Iterable<number>): number {
  let sum = 0;
  for (const size of sizes) sum += (size * (size - 1)) / 2;
  return sum;
}
