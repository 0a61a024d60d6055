import { BASELINE, BOTH, CURRENT, otherSide, type PooledRows } from "./pooled-rows.ts";
import { weightOfSide } from "./role-permutations.ts";

/**
 * What each document gives by itself to the squared difference of the samples' means, for every side it can be on: what is
 * taken off, so that no document is compared with itself.
 */
export class OwnParts {
  /** The row of a document whose side tells those of all its rows; [documents] */
  readonly #tells: Int32Array;
  /** [documents, 4], by the side of that row */
  readonly #parts: Float64Array;

  /** @param product of two rows of one document, as the difference is measured */
  constructor(pooled: PooledRows, product: (row: number, other: number) => number) {
    const { starts, sides } = pooled;
    const documents = starts.length - 1;
    const weights = weightOfSide(pooled);
    const squared = (d: number, weightOf: (side: number) => number): number => {
      let sum = 0;
      for (let row = starts[d]!; row < starts[d + 1]!; row++) {
        const weight = weightOf(sides[row]!);
        sum += weight * weight * product(row, row);
        for (let other = starts[d]!; other < row; other++) {
          sum += 2 * weight * weightOf(sides[other]!) * product(row, other);
        }
      }
      return sum;
    };
    this.#tells = new Int32Array(documents);
    this.#parts = new Float64Array(documents * 4);
    for (let d = 0; d < documents; d++) {
      const own = sides.subarray(starts[d], starts[d + 1]);
      const tells = own.findIndex((side) => side !== BOTH);
      this.#tells[d] = starts[d]! + Math.max(0, tells);
      if (own.every((side) => side === own[0])) {
        const unit = squared(d, () => 1);
        for (const side of [BASELINE, CURRENT, BOTH]) this.#parts[d * 4 + side] = weights[side]! ** 2 * unit;
      } else {
        const given = own[tells]!;
        this.#parts[d * 4 + given] = squared(d, (side) => weights[side]!);
        this.#parts[d * 4 + otherSide(given)] = squared(d, (side) => weights[otherSide(side)]!);
      }
    }
  }

  /** @param sides of each row, as observed or as a permutation has dealt them */
  sum(sides: Uint8Array): number {
    const parts = this.#parts;
    const tells = this.#tells;
    let sum = 0;
    for (let d = 0; d < tells.length; d++) sum += parts[d * 4 + sides[tells[d]!]!]!;
    return sum;
  }
}
