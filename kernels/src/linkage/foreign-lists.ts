import type { NeighbourLists } from "../neighbours/neighbour-lists.ts";

/**
 * For each row some of the nearest rows, nearest first, and a promise: whatever row of another component is not in the
 * list is at least `radius` away. Components only ever grow, so the promise holds until the list is made again.
 */
export class ForeignLists {
  readonly size: number;
  /** int32 [rows, size]; -1 after the end of a list. */
  readonly indices: Int32Array;
  /** float64 [rows, size] */
  readonly squared: Float64Array;
  /** Squared, float64 [rows]; Infinity if the list holds all. */
  readonly radius: Float64Array;

  constructor(rows: number, neighbours: NeighbourLists) {
    this.size = neighbours.k;
    this.indices = neighbours.indices;
    this.squared = neighbours.squared;
    this.radius = new Float64Array(rows);
    for (let row = 0; row < rows; row++) {
      this.radius[row] = this.size === rows - 1 ? Infinity : this.squared[(row + 1) * this.size - 1]!;
    }
  }

  /** Replaces a row's list by at most `size` rows, given with their squared distances. */
  replace(row: number, found: readonly { index: number; squared: number }[], radius: number): void {
    const start = row * this.size;
    this.indices.fill(-1, start, start + this.size);
    const sorted = found.toSorted((a, b) => a.squared - b.squared || a.index - b.index);
    for (const [i, { index, squared }] of sorted.entries()) {
      this.indices[start + i] = index;
      this.squared[start + i] = squared;
    }
    this.radius[row] = radius;
  }
}
