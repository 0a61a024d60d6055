import type { Scratch } from "../scratch.ts";
import { Unreadable } from "../unreadable.ts";

export interface Levels {
  /** One a value. */
  readonly levels: Uint8Array;
  /** Whether all of them are `most`. */
  readonly allMost: boolean;
}

/**
 * Repetition or definition levels: runs and groups of eight packed bits ("RLE/bit-packing hybrid" of the Parquet
 * format). Runs are filled, not looped over: a vector of 384 numbers is one run.
 */
export function readLevels(bytes: Uint8Array, most: number, count: number, memory: Scratch): Levels {
  const levels = memory.take(count);
  if (most === 0) return { levels: levels.fill(0), allMost: true };
  const width = 32 - Math.clz32(most);
  const runs = new Runs(bytes, width);
  let allMost = true;
  for (let seen = 0; seen < count;) {
    const run = runs.next(count - seen);
    if (run.packed) {
      const values = levels.subarray(seen, seen + run.length);
      runs.unpackInto(values);
      allMost &&= values.every((value) => value === most);
    } else {
      levels.fill(run.value, seen, seen + run.length);
      allMost &&= run.value === most;
    }
    seen += run.length;
  }
  return { levels, allMost };
}

/** Puts the entries of a dictionary, by their positions encoded the same way, into `target`. */
export function readByIndex(
  bytes: Uint8Array,
  width: number,
  dictionary: Float32Array,
  target: Float32Array,
): void {
  const entry = (index: number) => {
    if (index < dictionary.length) return dictionary[index]!;
    throw new Unreadable(`A page refers to entry ${index} of a dictionary of ${dictionary.length}.`);
  };
  const runs = new Runs(bytes, width);
  for (let seen = 0; seen < target.length;) {
    const run = runs.next(target.length - seen);
    if (run.packed) for (let i = 0; i < run.length; i++) target[seen + i] = entry(runs.unpack());
    else target.fill(entry(run.value), seen, seen + run.length);
    seen += run.length;
  }
}

interface Run {
  readonly length: number;
  /** Of the whole run, unless `length` values are to be unpacked. */
  readonly value: number;
  readonly packed: boolean;
}

class Runs {
  readonly #bytes: Uint8Array;
  readonly #width: number;
  readonly #range: number;
  #at = 0;
  #bits = 0;
  #held = 0;

  constructor(bytes: Uint8Array, width: number) {
    if (width > 24) throw new Unreadable(`A page packs values of ${width} bits.`);
    this.#bytes = bytes;
    this.#width = width;
    this.#range = 1 << width;
  }

  /** The next run, of which at most `wanted` values are needed: the last one is padded. */
  next(wanted: number): Run {
    if (this.#width === 0) return { length: wanted, value: 0, packed: false };
    if (this.#at >= this.#bytes.length) throw new Unreadable(`A page ends ${wanted} values early.`);
    let header = 0;
    for (let shift = 0; shift <= 28; shift += 7) {
      const byte = this.#bytes[this.#at++] ?? 0;
      header += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const packed = header % 2 === 1;
    const length = Math.min(wanted, packed ? Math.floor(header / 2) * 8 : header / 2);
    if (length === 0) throw new Unreadable("A page holds an empty run.");
    let value = 0;
    if (packed) this.#bits = this.#held = 0;
    else for (let i = 0; i < this.#width; i += 8) value += (this.#bytes[this.#at++] ?? 0) * 2 ** i;
    return { length, value, packed };
  }

  /** Fills `values`. DuckDB packs even what repeats: a loop for each width beats one for all by a factor of four. */
  unpackInto(values: Uint8Array): void {
    const bytes = this.#bytes;
    if (this.#width === 1) {
      for (let i = 0; i < values.length; i += 8) {
        const byte = bytes[this.#at++] ?? 0;
        for (let bit = 0; bit < 8; bit++) values[i + bit] = (byte >> bit) & 1;
      }
    } else if (this.#width === 2) {
      for (let i = 0; i < values.length; i += 4) {
        const byte = bytes[this.#at++] ?? 0;
        for (let pair = 0; pair < 4; pair++) values[i + pair] = (byte >> (2 * pair)) & 3;
      }
      // Groups are of eight, which are two bytes.
      if (values.length % 8 > 0 && values.length % 8 <= 4) this.#at++;
    } else {
      for (let i = 0; i < values.length; i++) values[i] = this.unpack();
    }
  }

  unpack(): number {
    // At most 23 + 8 bits are held.
    while (this.#held < this.#width) {
      this.#bits |= (this.#bytes[this.#at++] ?? 0) << this.#held;
      this.#held += 8;
    }
    const value = this.#bits & (this.#range - 1);
    this.#bits >>>= this.#width;
    this.#held -= this.#width;
    return value;
  }
}
