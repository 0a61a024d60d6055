import { Random } from "../random.ts";
import type { OwnParts } from "./own-parts.ts";
import type { PooledRows } from "./pooled-rows.ts";
import { RolePermutations, weightOfSide } from "./role-permutations.ts";

/** What rows count in the difference of the samples' means, permutation by permutation; the first is as observed. */
export class PermutedWeights {
  readonly #permutations: RolePermutations;
  readonly #weights: Float64Array;
  readonly #sides: Uint8Array;
  readonly #own: OwnParts;
  #drawn = 0;

  constructor(pooled: PooledRows, own: OwnParts, seed = 0) {
    this.#permutations = new RolePermutations(pooled, Random.seeded(seed));
    this.#weights = weightOfSide(pooled);
    this.#sides = pooled.sides.slice();
    this.#own = own;
  }

  /**
   * Writes the weights of the next permutation to `out`, from `first`.
   *
   * @returns what the documents give by themselves
   */
  next(out: Float32Array, first: number): number {
    const sides = this.#sides;
    const weights = this.#weights;
    if (this.#drawn++ > 0) this.#permutations.draw(sides);
    for (let row = 0; row < sides.length; row++) out[first + row] = weights[sides[row]!]!;
    return this.#own.sum(sides);
  }
}
