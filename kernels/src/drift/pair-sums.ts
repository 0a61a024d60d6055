import { BASELINE, BOTH, CURRENT, type PooledRows } from "./pooled-rows.ts";

/** Adds up a kernel over pairs of rows inside the samples and between them, pairs of one document left out; float64. */
export class PairSums {
  readonly #pooled: PooledRows;
  /** By the sides of the two rows, [4, 4]. */
  readonly #sums = new Float64Array(16);
  readonly #counts = new Float64Array(16);

  constructor(pooled: PooledRows, kernelOf: (row: number, other: number) => number) {
    this.#pooled = pooled;
    const { starts, sides } = pooled;
    const rows = new Float64Array(4);
    for (const side of sides) rows[side]!++;
    for (const a of [BASELINE, CURRENT, BOTH]) {
      for (const b of [BASELINE, CURRENT, BOTH]) this.#counts[a * 4 + b] = rows[a]! * rows[b]!;
    }
    for (let d = 0; d + 1 < starts.length; d++) {
      for (let row = starts[d]!; row < starts[d + 1]!; row++) {
        for (let other = starts[d]!; other < starts[d + 1]!; other++) {
          const pair = sides[row]! * 4 + sides[other]!;
          this.#sums[pair]! -= kernelOf(row, other);
          this.#counts[pair]!--;
        }
      }
    }
  }

  /** @param kernel of rows from `first` with all rows, `stride` a row; rows and columns past pooled's are left out */
  add(first: number, kernel: Float32Array, stride: number): void {
    const { sides } = this.#pooled;
    const last = Math.min(sides.length, first + kernel.length / stride);
    for (let row = first; row < last; row++) {
      const bySide = new Float64Array(4);
      for (let other = 0, at = (row - first) * stride; other < sides.length; other++, at++) {
        bySide[sides[other]!]! += kernel[at]!;
      }
      for (let side = BASELINE; side <= BOTH; side++) this.#sums[sides[row]! * 4 + side]! += bySide[side]!;
    }
  }

  /** MMD², unbiased: the mean inside the baseline, and inside current, less twice the mean between them. */
  discrepancy(): number {
    const mean = (a: number, b: number): number => {
      let sum = 0;
      let count = 0;
      for (const one of [a, BOTH]) {
        for (const other of [b, BOTH]) {
          sum += this.#sums[one * 4 + other]!;
          count += this.#counts[one * 4 + other]!;
        }
      }
      return count === 0 ? 0 : sum / count;
    };
    return mean(BASELINE, BASELINE) + mean(CURRENT, CURRENT) - 2 * mean(BASELINE, CURRENT);
  }
}
