import type { Random } from "../random.ts";
import { BASELINE, BOTH, CURRENT, otherSide, type PooledRows } from "./pooled-rows.ts";

/**
 * Who was in which sample, drawn anew. If nothing has changed, what a document's rows are says nothing about the samples
 * it is in: in the baseline, in the current one, or in both. So documents exchange these roles among each other. One that
 * has other rows in one sample than in the other (it was updated) exchanges with itself: its rows change sides together,
 * or not. A document that is in both with the same rows stays one unit, never two that look alike by chance.
 *
 * Permuting rows instead would take 2,000 shared documents for 4,000 independent rows: the p-values would be far too large,
 * and with documents of many rows far too small.
 */
export class RolePermutations {
  readonly #pooled: PooledRows;
  readonly #random: Random;
  /** Documents whose rows are all on the same side; the others change sides by themselves. */
  readonly #movable: Int32Array;
  readonly #updated: Int32Array;
  /** Sides that movable documents have, the most frequent last, and how many have it. */
  readonly #roles: readonly (readonly [side: number, count: number])[];

  constructor(pooled: PooledRows, random: Random) {
    this.#pooled = pooled;
    this.#random = random;
    const { starts, sides } = pooled;
    const documents = Int32Array.from({ length: starts.length - 1 }, (_, d) => d);
    const sideOf = (d: number): number => {
      const of = sides.subarray(starts[d], starts[d + 1]);
      return of.every((side) => side === of[0]) ? of[0]! : 0;
    };
    this.#updated = documents.filter((d) => sideOf(d) === 0);
    this.#movable = documents.filter((d) => sideOf(d) !== 0);
    this.#roles = [BASELINE, CURRENT, BOTH]
      .map((side) => [side, this.#movable.filter((d) => sideOf(d) === side).length] as const)
      .sort((a, b) => a[1] - b[1]);
  }

  /** Writes the side of each row in the next permutation, [rows]. */
  draw(sides: Uint8Array): void {
    const { starts } = this.#pooled;
    const movable = this.#movable;
    const random = this.#random;
    const [[fewest, few], [middle, more], [rest]] = this.#roles as [Role, Role, Role];
    sides.fill(rest);
    // The rarer roles are dealt out, the most frequent is left: 20 new documents beside 2,000 old take 20 draws.
    const dealt = few + more;
    for (let i = 0, left = movable.length; i < dealt; i++, left--) {
      // Half the time of below(); the bias is under 2^-32 times the documents.
      const j = i + Math.floor(random.uint32() * (left / 2 ** 32));
      const document = movable[j]!;
      movable[j] = movable[i]!;
      movable[i] = document;
      const side = i < few ? fewest : middle;
      const end = starts[document + 1]!;
      for (let row = starts[document]!; row < end; row++) sides[row] = side;
    }
    for (const document of this.#updated) {
      const swapped = random.uint32() >>> 31 === 1;
      for (let row = starts[document]!; row < starts[document + 1]!; row++) {
        const side = this.#pooled.sides[row]!;
        sides[row] = swapped ? otherSide(side) : side;
      }
    }
  }
}

type Role = readonly [side: number, count: number];

/**
 * What a row counts in the difference of the samples' means, mean of current less mean of baseline, by its side. The
 * number of rows is that of the samples as given, in permutations too.
 */
export function weightOfSide({ baselineRows, currentRows }: PooledRows): Float64Array {
  const weights = new Float64Array(4);
  weights[BASELINE] = -1 / baselineRows;
  weights[CURRENT] = 1 / currentRows;
  weights[BOTH] = 1 / currentRows - 1 / baselineRows;
  return weights;
}
