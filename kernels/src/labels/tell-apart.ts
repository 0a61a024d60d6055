import { alikeGroups, type AlikeOptions, singular } from "./alike.ts";
import { wordsOf } from "./words.ts";

/**
 * The labels with what tells apart those that are alike: `Refunds (card)` beside `Refunds (voucher)`. A label gets its own
 * first hint with a word that no other of its group has, or a number where there is none; one that is like no other stays as it is, and
 * the same labels and hints always end in the same way.
 *
 * @param hints for each label words that could tell it from others, best first: its keywords
 */
export function tellApart(
  labels: readonly (string | null)[],
  hints: readonly (readonly string[])[],
  options: AlikeOptions = {},
): (string | null)[] {
  const told = [...labels];
  for (const group of alikeGroups(labels, options)) {
    const sayings = group.map((position) => sayingsOf([labels[position]!, ...(hints[position] ?? [])]));
    const saidBy = new Map<string, number>();
    for (const words of sayings) for (const word of words) saidBy.set(word, (saidBy.get(word) ?? 0) + 1);
    for (const [place, position] of group.entries()) {
      const label = labels[position]!;
      const inLabel = sayingsOf([label]);
      const own = hints[position]?.find((hint) =>
        [...sayingsOf([hint])].some((word) => saidBy.get(word) === 1 && !inLabel.has(word)),
      );
      told[position] = own === undefined ? numbered(label, place) : `${label} (${own})`;
    }
  }
  return unique(told);
}

function sayingsOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => wordsOf(text).map(singular)));
}

/** The first keeps its name. */
function numbered(label: string, place: number): string {
  return place === 0 ? label : `${label} (${place + 1})`;
}

/** A hint may have made a label that another has already. */
function unique(labels: readonly (string | null)[]): (string | null)[] {
  const taken = new Set<string>();
  return labels.map((label) => {
    if (label === null) return null;
    let name = label;
    for (let place = 1; taken.has(name); place++) name = numbered(label, place);
    taken.add(name);
    return name;
  });
}
