import { KernelError } from "./kernel-error.ts";

/**
 * xoshiro128** 1.1 (Blackman and Vigna, https://prng.di.unimi.it/xoshiro128starstar.c), its state filled by SplitMix32
 * (the 32-bit finalizer of MurmurHash3 over a Weyl sequence). Integer arithmetic only: the same numbers on every machine.
 */
export class Random {
  readonly #state: Uint32Array;

  /** `state`: four 32-bit integers, not all 0. */
  constructor(state: Uint32Array) {
    this.#state = state.slice();
  }

  /** `seed`: an integer from 0 to 2^53 - 1; `stream` tells sequences of one seed apart. */
  static seeded(seed: number, stream = 0): Random {
    if (!Number.isSafeInteger(seed) || seed < 0) {
      throw new KernelError(
        "bad_parameter",
        `seed is ${seed}; give an integer from 0 to 9007199254740991 to make the result repeatable.`,
      );
    }
    const state = new Uint32Array(4);
    let weyl = 0;
    for (const part of [seed, Math.floor(seed / 2 ** 32), stream]) weyl = scrambled(weyl + 0x9e3779b9) ^ part;
    for (let i = 0; i < 4; i++) {
      weyl = (weyl + 0x9e3779b9) | 0;
      state[i] = scrambled(weyl);
    }
    return new Random(state);
  }

  /** A uniform 32-bit unsigned integer. */
  uint32(): number {
    const s = this.#state;
    const result = Math.imul(rotateLeft(Math.imul(s[1]!, 5), 7), 9) >>> 0;
    const t = s[1]! << 9;
    s[2]! ^= s[0]!;
    s[3]! ^= s[1]!;
    s[1]! ^= s[2]!;
    s[0]! ^= s[3]!;
    s[2]! ^= t;
    s[3] = rotateLeft(s[3]!, 11);
    return result;
  }

  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A uniform integer from 0 to `limit` - 1. The bias of scaling 53 bits is below limit / 2^53. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }

  /** `count` different integers from 0 to `limit` - 1, in random order (Fisher and Yates, stopped early). */
  distinct(count: number, limit: number): Int32Array {
    const pool = Int32Array.from({ length: limit }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const j = i + this.below(limit - i);
      const chosen = pool[j]!;
      pool[j] = pool[i]!;
      pool[i] = chosen;
    }
    return pool.slice(0, count);
  }
}

function rotateLeft(x: number, bits: number): number {
  return (x << bits) | (x >>> (32 - bits));
}

/** A permutation of the 32-bit integers, as a signed one; every bit of `value` counts for every bit of the result. */
export function scrambled(value: number): number {
  let z = value | 0;
  z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
  z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
  return z ^ (z >>> 16);
}
