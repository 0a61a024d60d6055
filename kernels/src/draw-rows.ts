import { KernelError } from "./kernel-error.ts";
import { scrambled } from "./random.ts";

/**
 * `count` of the rows 0 to `total` - 1, each set of that size as likely as any other, in ascending order. Every row has a
 * key of its own, made from the seed and its number alone (a permutation of the 32-bit integers), and the lowest keys are
 * drawn: no draw depends on another, a larger sample contains every smaller one of the same seed, and rows appended later
 * only ever take places.
 *
 * @param seed an integer from 0 to 2^53 - 1
 * @returns int32 [count]
 * @throws KernelError `bad_parameter`
 */
export function drawRows(count: number, total: number, seed: number): Int32Array {
  for (const [name, value, most] of [
    ["total", total, 2 ** 31 - 1],
    ["count", count, total],
    ["seed", seed, Number.MAX_SAFE_INTEGER],
  ] as const) {
    if (Number.isSafeInteger(value) && value >= 0 && value <= most) continue;
    throw new KernelError("bad_parameter", `${name} is ${value}; give a whole number from 0 to ${most}.`);
  }
  if (count === 0) return new Int32Array(0);
  const keys = keysOf(total, seed);
  const last = keys.slice().sort()[count - 1]!;
  const drawn = new Int32Array(count);
  for (let row = 0, at = 0; at < count; row++) if (keys[row]! <= last) drawn[at++] = row;
  return drawn;
}

function keysOf(total: number, seed: number): Uint32Array {
  const first = scrambled(0x9e3779b9 ^ (seed | 0));
  const second = scrambled(first ^ Math.floor(seed / 2 ** 32));
  const third = scrambled(second + 0x9e3779b9);
  const keys = new Uint32Array(total);
  for (let row = 0; row < total; row++) keys[row] = scrambled(scrambled(row ^ second) + third);
  return keys;
}
