/**
 * What PostgreSQL would have to do to compile a pattern. It matches in linear time (patterns without back-references
 * and look-around become automata that read a text once), but building the automaton can take minutes: seen on
 * PostgreSQL 18 were 7 s for `(a?){500}`, 60 s for `(a?){1000}`, and seven minutes for sixteen times `(^|$|a*)` in a
 * row. So what makes it slow is counted here first.
 */
export interface PatternCost {
  /** Characters and classes once the repeats are written out: states of the automaton. */
  readonly places: number;
  /** Places the part can end at. */
  readonly ends: number;
  readonly canBeEmpty: boolean;
  /** Arcs that are copied because something behind them can be empty; compiling takes its cube or so. */
  readonly copies: number;
  /** `^`, `$`, `\b` and `\B`: each can double the automaton. */
  readonly assertions: number;
}

/** One place costs some 10 ns for each character of a text that is made to defeat the automaton's memory. */
const MAX_PLACES = 1_000;
/** 60 ms to compile. */
const MAX_COPIES = 10_000;
/** 70 ms to compile, if they are put where it hurts. */
const MAX_ASSERTIONS = 8;
/** PostgreSQL's own. */
const MAX_REPEAT = 255;

export const PLACE: PatternCost = { places: 1, ends: 1, canBeEmpty: false, copies: 0, assertions: 0 };
export const EMPTY: PatternCost = { places: 0, ends: 0, canBeEmpty: true, copies: 0, assertions: 0 };
export const ASSERTION: PatternCost = { ...EMPTY, assertions: 1 };

export function costOfSequence(parts: readonly PatternCost[]): PatternCost {
  return parts.reduce(
    (before, next) => ({
      places: before.places + next.places,
      ends: next.ends + (next.canBeEmpty ? before.ends : 0),
      canBeEmpty: before.canBeEmpty && next.canBeEmpty,
      copies: before.copies + next.copies + (next.canBeEmpty ? before.ends : 0),
      assertions: before.assertions + next.assertions,
    }),
    EMPTY,
  );
}

export function costOfAlternatives(parts: readonly PatternCost[]): PatternCost {
  const sum = (of: (part: PatternCost) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    places: sum((part) => part.places),
    ends: sum((part) => part.ends),
    canBeEmpty: parts.some((part) => part.canBeEmpty),
    copies: sum((part) => part.copies + part.ends),
    assertions: sum((part) => part.assertions),
  };
}

/** `max` may be Infinity. */
export function costOfRepeat(part: PatternCost, min: number, max: number): PatternCost {
  const times = max === Infinity ? Math.max(1, min) : max;
  const canBeEmpty = min === 0 || part.canBeEmpty;
  const written = { places: times * part.places, canBeEmpty, assertions: times * part.assertions };
  if (part.canBeEmpty) {
    const pairs = (times * (times - 1)) / 2;
    return { ...written, ends: times * part.ends, copies: times * part.copies + (pairs + times) * part.ends };
  }
  const open = max === Infinity ? 1 : max - Math.max(1, min) + 1;
  return { ...written, ends: open * part.ends, copies: times * (part.copies + part.ends) };
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
