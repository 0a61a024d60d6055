/** Of each row the k nearest others, nearest first, the lowest index at a tie. */
export type NeighbourLists = {
  readonly k: number;
  /** int32 [rows, k] */
  readonly indices: Int32Array;
  /** float64 [rows, k], of PairRows.squared */
  readonly squared: Float64Array;
};

/** Puts a neighbour in its place among the `count` that are there, at most k; returns how many there are now. */
export function insert(
  lists: NeighbourLists,
  start: number,
  count: number,
  index: number,
  distance: number,
): number {
  const { k, indices, squared } = lists;
  let at = start + count;
  const isBefore = (p: number): boolean =>
    distance < squared[p]! || (distance === squared[p]! && index < indices[p]!);
  if (count === k) {
    if (!isBefore(at - 1)) return count;
    at--;
  }
  for (; at > start && isBefore(at - 1); at--) {
    squared[at] = squared[at - 1]!;
    indices[at] = indices[at - 1]!;
  }
  squared[at] = distance;
  indices[at] = index;
  return Math.min(k, count + 1);
}
