import { createHash } from "node:crypto";

const PER_BLOCK = 4;

/** Uniform numbers that a seed always gives: SHA-256 of the seed and a counter. For some thousands of draws, not millions. */
export class DrawnNumbers {
  readonly #seed: string;
  #block = Buffer.alloc(0);
  #drawn = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  /** Uniform in [0, 1), with 53 bits. */
  uniform(): number {
    const place = this.#drawn % PER_BLOCK;
    if (place === 0) {
      this.#block = createHash("sha256")
        .update(`${this.#seed}/${this.#drawn / PER_BLOCK}`)
        .digest();
    }
    this.#drawn++;
    const high = this.#block.readUInt32BE(8 * place) >>> 5;
    const low = this.#block.readUInt32BE(8 * place + 4) >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  /** A uniform integer from 0 to `limit` - 1. The bias of scaling 53 bits is below limit / 2^53. */
  below(limit: number): number {
    return Math.floor(this.uniform() * limit);
  }
}
