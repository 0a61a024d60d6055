// @ts-check
import assert from "node:assert/strict";
import { inspect } from "node:util";

const COUNTED = /^\d{5,}$/;
const WORDS = /-?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[\p{L}_]+|…/giu;

/**
 * Compares a value with an output that a README shows: words equal, numbers within a thousandth (another kind of processor
 * adds in another order), whole ones of five digits and more equal, as they are counted and not added up; what comes behind "…" or behind the value is explanation.
 * @param {unknown} value
 * @param {string} shown
 */
export function check(value, shown) {
  const printed = inspect(value, {
    depth: 6,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: Infinity,
  });
  const actual = printed.match(WORDS) ?? [];
  const wanted = shown.match(WORDS) ?? [];
  for (const [i, word] of actual.entries()) {
    if (wanted[i] === "…") return;
    const isSame =
      word === wanted[i] ||
      (!COUNTED.test(word) &&
        Math.abs(Number(word) - Number(wanted[i])) <= 1e-3 * Math.abs(Number(word)) + 1e-9);
    assert.ok(isSame, `the README shows ${shown}\nbut it is        ${printed}`);
  }
}
