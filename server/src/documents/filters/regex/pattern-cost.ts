/**
 * What PostgreSQL would have to do to compile a pattern. It matches in linear time (patterns without back-references
 * and look-around become automata that read a text once), but building the automaton can take minutes: seen on
 * PostgreSQL 18 were 7 s for `(a?){500}`, 60 s for `(a?){1000}`, and seven minutes for sixteen times `(^|$|a*)` in a
 * row. So what makes it slow is counted here first.
 */
export interface PatternCost {
  /** Characters and classes once the repeats are written out: states of the automaton. */
  readonly places: number;
  /** Places a match of the part can begin at; what leads to the part leads to each of them. */
  readonly entries: number;
  /** Places it can end at. */
  readonly ends: number;
  readonly canBeEmpty: boolean;
  /** Arcs that are copied on the way: from each end of what comes before to each entry of what follows. */
  readonly copies: number;
  /** `^`, `$`, `\b` and `\B`: each can double the automaton. */
  readonly assertions: number;
}

/** One place costs some 10 ns for each character of a text that is made to defeat the automaton's memory. */
const MAX_PLACES = 1_000;
/** Up to here no pattern was seen to take more than a fifth of a second to compile, on either database. */
const MAX_COPIES = 10_000;
const MAX_ASSERTIONS = 8;
/** Copies, doubled by each assertion. */
const MAX_DOUBLED = 50_000;
/** PostgreSQL's own. */
const MAX_REPEAT = 255;

export const PLACE: PatternCost = {
  places: 1,
  entries: 1,
  ends: 1,
  canBeEmpty: false,
  copies: 0,
  assertions: 0,
};
export const EMPTY: PatternCost = {
  places: 0,
  entries: 0,
  ends: 0,
  canBeEmpty: true,
  copies: 0,
  assertions: 0,
};
export const ASSERTION: PatternCost = { ...EMPTY, assertions: 1 };

export function costOfSequence(parts: readonly PatternCost[]): PatternCost {
  return parts.reduce(
    (before, next) => ({
      places: before.places + next.places,
      entries: before.entries + (before.canBeEmpty ? next.entries : 0),
      ends: next.ends + (next.canBeEmpty ? before.ends : 0),
      canBeEmpty: before.canBeEmpty && next.canBeEmpty,
      copies: before.copies + next.copies + before.ends * next.entries,
      assertions: before.assertions + next.assertions,
    }),
    EMPTY,
  );
}

export function costOfAlternatives(parts: readonly PatternCost[]): PatternCost {
  const sum = (of: (part: PatternCost) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    places: sum((part) => part.places),
    entries: sum((part) => part.entries),
    ends: sum((part) => part.ends),
    canBeEmpty: parts.some((part) => part.canBeEmpty),
    copies: sum((part) => part.copies + part.ends),
    assertions: sum((part) => part.assertions),
  };
}

/** `max` may be Infinity: then the last of the copies is a loop. */
export function costOfRepeat(part: PatternCost, min: number, max: number): PatternCost {
  const times = max === Infinity ? Math.max(1, min) : max;
  const optional = part.canBeEmpty ? times : times - Math.max(1, min) + 1;
  const seam = part.ends * part.entries;
  // Each copy follows the one before; those that can be left out are entered from, and left to, everywhere.
  const seams = times + (part.canBeEmpty ? (times * (times - 1)) / 2 : optional);
  return {
    places: times * part.places,
    entries: (min > 1 && !part.canBeEmpty ? 1 : optional) * part.entries,
    ends: optional * part.ends,
    canBeEmpty: min === 0 || part.canBeEmpty,
    copies: times * part.copies + seams * seam + optional * part.ends,
    assertions: times * part.assertions,
  };
}

/** Why the pattern is too much, or undefined. */
export function tooCostly(cost: PatternCost): string | undefined {
  if (cost.places > MAX_PLACES) {
    return `the pattern stands for ${amount(cost.places)} characters when its repeats are written out, at most ${MAX_PLACES} are taken; repeat less`;
  }
  if (cost.copies > MAX_COPIES) {
    return "too many optional parts stand next to each other, which takes too long to compile; make them fewer or repeat less";
  }
  if (cost.assertions > MAX_ASSERTIONS) {
    return `^, $, \\b and \\B stand ${cost.assertions} times in it, at most ${MAX_ASSERTIONS} are taken`;
  }
  if (cost.copies * 2 ** cost.assertions > MAX_DOUBLED) {
    return "^, $, \\b and \\B stand among too many optional parts, which takes too long to compile; use fewer of either";
  }
  return undefined;
}

/** Why a repeat cannot be had, or undefined. */
export function refusedRepeat(part: PatternCost, min: number, max: number): string | undefined {
  if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT)) {
    return `a repeat counts to ${MAX_REPEAT} at most`;
  }
  if (part.assertions > 0 && max > 1)
    return "^, $, \\b and \\B cannot be repeated; put them outside of the repeat";
  return undefined;
}

const amount = (places: number) => (places > 1e9 ? "billions of" : String(places));
