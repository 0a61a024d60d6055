import { foldCharacter } from "../fold-case.ts";

/** Code points as ranges, both ends in, sorted, apart from each other. */
export type CharSet = readonly (readonly [first: number, last: number])[];

/** U+0000 and halves of surrogate pairs occur in no stored text. */
const FIRST = 1;
const LAST = 0x10ffff;

export function charSet(ranges: CharSet): CharSet {
  const sorted = ranges
    .map(([first, last]) => [Math.max(first, FIRST), last] as const)
    .filter(([first, last]) => first <= last)
    .sort((a, b) => a[0] - b[0]);
  const apart: [number, number][] = [];
  for (const [first, last] of sorted) {
    const before = apart.at(-1);
    if (before && first <= before[1] + 1) before[1] = Math.max(before[1], last);
    else apart.push([first, last]);
  }
  return apart;
}

export function union(sets: readonly CharSet[]): CharSet {
  return charSet(sets.flat());
}

export function complement(set: CharSet): CharSet {
  const rest: [number, number][] = [];
  let next = FIRST;
  for (const [first, last] of set) {
    if (next < first) rest.push([next, first - 1]);
    next = last + 1;
  }
  if (next <= LAST) rest.push([next, LAST]);
  return rest;
}

/** The lower-case forms of a set's characters. */
export function foldSet(set: CharSet): CharSet {
  const changed = foldedPairs();
  const unchanged: (readonly [number, number])[] = [];
  const folded: (readonly [number, number])[] = [];
  for (const [first, last] of set) {
    let next = first;
    for (let at = lowerBound(changed, first); at < changed.length && changed[at]![0] <= last; at++) {
      const [upper, lower] = changed[at]!;
      folded.push([lower, lower]);
      if (next < upper) unchanged.push([next, upper - 1]);
      next = upper + 1;
    }
    if (next <= last) unchanged.push([next, last]);
  }
  return charSet([...unchanged, ...folded]);
}

let pairs: readonly (readonly [upper: number, lower: number])[] | undefined;

/** Every character that has a lower-case form, with it; some 1,400. */
function foldedPairs() {
  pairs ??= [...allCharacters().matchAll(/[\p{Changes_When_Lowercased}]/gu)].map(
    ([character]) => [character.codePointAt(0)!, foldCharacter(character).codePointAt(0)!] as const,
  );
  return pairs;
}

function lowerBound(sorted: readonly (readonly [number, number])[], from: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle]![0] < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

const byClass = new Map<string, CharSet>();

/** The characters that one class of JavaScript's regular expressions matches, such as `\p{L}`; remembered. */
export function charactersOf(classSource: string): CharSet {
  let set = byClass.get(classSource);
  if (!set) {
    const runs = allCharacters().matchAll(new RegExp(`${classSource}+`, "gu"));
    // Between U+D7FF and U+E000 the text has nothing, so a run across them is one range over the gap.
    set = charSet([...runs].map(([run]) => [run.codePointAt(0)!, lastCodePoint(run)]));
    byClass.set(classSource, set);
  }
  return set;
}

function lastCodePoint(text: string): number {
  const last = text.charCodeAt(text.length - 1);
  return last >= 0xdc00 && last <= 0xdfff ? text.codePointAt(text.length - 2)! : last;
}

/**
 * Every character that can be a letter, a sign or a blank, in order: planes 0 to 3 and the tags; the others are
 * private or not assigned. Made anew each time, since it is needed rarely and is half a megabyte.
 */
function allCharacters(): string {
  const pieces: string[] = [];
  for (const [start, end] of [
    [FIRST, 0x3ffff],
    [0xe0000, 0xe0fff],
  ] as const) {
    for (let from = start; from <= end; from += 0x1000) {
      const codes: number[] = [];
      for (let code = from; code < from + 0x1000 && code <= end; code++) {
        if (code < 0xd800 || code > 0xdfff) codes.push(code);
      }
      pieces.push(String.fromCodePoint(...codes));
    }
  }
  return pieces.join("");
}
