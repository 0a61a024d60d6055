/** Permutations at least as far apart as what was observed after which more would change nothing: p is not small. */
const ENOUGH = 32;

/**
 * A p-value from permutations that come one by one. With all of them it is (at least as far + 1) / (permutations + 1)
 * (Phipson and Smyth 2010), right for any number. When 32 were as far, the l-th the last of them, it is 32 / l, which is
 * as right (Besag and Clifford 1991): where nothing has changed 165 permutations do on average for 2,047.
 */
export class PermutationTest {
  readonly #most: number;
  #drawn = 0;
  #atLeast = 0;

  constructor(most: number) {
    this.#most = most;
  }

  get drawn(): number {
    return this.#drawn;
  }

  get isDone(): boolean {
    return this.#drawn === this.#most || this.#atLeast === ENOUGH;
  }

  /** Takes one more, unless it is done. */
  add(isAtLeast: boolean): void {
    if (this.isDone) return;
    this.#drawn++;
    if (isAtLeast) this.#atLeast++;
  }

  get pValue(): number {
    return this.#atLeast === ENOUGH ? ENOUGH / this.#drawn : (this.#atLeast + 1) / (this.#drawn + 1);
  }
}
