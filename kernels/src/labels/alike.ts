import { wordsOf } from "./words.ts";

/** The least Dice coefficient of two labels' pairs of letters at which they are the same name written differently. */
const NEAR = 0.85;

export type AlikeOptions = {
  /** Whether labels that differ by a few letters count, too. Default true. */
  readonly near?: boolean;
};

/**
 * Groups of labels that a reader would take for each other: of the same words, whatever their order, case, plural `s` and
 * punctuation, or (unless told otherwise) nearly the same letters. Words with digits are never nearly the same: "1" is not "7". A group
 * holds whatever is connected by such pairs. Nearly the same letters are looked for among all pairs of different labels.
 *
 * @param labels null for one that has none
 * @returns positions of the labels of each group of two or more, ascending, in the order of their first
 */
export function alikeGroups(
  labels: readonly (string | null)[],
  { near = true }: AlikeOptions = {},
): number[][] {
  const names = labels.map((label) => (label === null ? null : nameOf(label)));
  /** Towards the first of the group. */
  const towards = labels.map((_, position) => position);
  const firstOf = (position: number): number => {
    let first = position;
    while (towards[first] !== first) first = towards[first] = towards[towards[first]!]!;
    return first;
  };
  const join = (a: number, b: number) => {
    const [one, other] = [firstOf(a), firstOf(b)];
    towards[Math.max(one, other)] = Math.min(one, other);
  };
  const byKey = new Map<string, number>();
  for (const [position, name] of names.entries()) {
    if (!name) continue;
    const first = byKey.get(name.key);
    if (first === undefined) byKey.set(name.key, position);
    else join(first, position);
  }
  if (near) {
    const different = [...byKey.values()];
    for (const [i, a] of different.entries()) {
      for (const b of different.slice(i + 1)) if (nearlySame(names[a]!, names[b]!)) join(a, b);
    }
  }
  const groups = new Map<number, number[]>();
  for (const position of labels.keys()) {
    const group = groups.get(firstOf(position));
    if (group) group.push(position);
    else groups.set(position, [position]);
  }
  return [...groups.values()].filter(({ length }) => length > 1);
}

type Name = {
  /** Equal for labels of the same words. */
  readonly key: string;
  readonly digits: string;
  readonly pairs: ReadonlyMap<string, number>;
  readonly count: number;
};

function nameOf(label: string): Name {
  const words = [...new Set(wordsOf(label.normalize("NFKC")).map(singular))].sort();
  // A label of signs only is its own name.
  const key = words.length > 0 ? words.join(" ") : label.trim();
  const pairs = new Map<string, number>();
  for (let i = 0; i + 1 < key.length; i++) {
    const pair = key.slice(i, i + 2);
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  const digits = words.filter((word) => /\p{N}/u.test(word)).join(" ");
  return { key, digits, pairs, count: Math.max(0, key.length - 1) };
}

/** Without a plural `s`: `cards`, not `is` or `class`. */
export function singular(word: string): string {
  return word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word;
}

/** Dice's coefficient of the pairs of letters. */
function nearlySame(a: Name, b: Name): boolean {
  if (a.digits !== b.digits) return false;
  if (a.count === 0) return false;
  // What no overlap could reach is not counted.
  if (2 * Math.min(a.count, b.count) < NEAR * (a.count + b.count)) return false;
  let both = 0;
  for (const [pair, count] of a.pairs) both += Math.min(count, b.pairs.get(pair) ?? 0);
  return 2 * both >= NEAR * (a.count + b.count);
}
