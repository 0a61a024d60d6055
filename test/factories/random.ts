/** A seeded generator for tests (mulberry32): a failure can be repeated by its seed. */
export function seededRandom(seed: number): {
  next: () => number;
  integer: (from: number, to: number) => number;
} {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  return { next, integer: (from, to) => from + Math.floor(next() * (to - from + 1)) };
}

/** The seed of this run: TEST_SEED, or one that is printed with a failure. */
export function testSeed(): number {
  return Number(process.env.TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));
}
