import { alikeGroups, type AlikeOptions, singular } from "./alike.ts";
import { wordsOf } from "./words.ts";

export type TellApartOptions = AlikeOptions & {
  /** Labels that stay as they are, by position: the others are told apart from them. Default: none. */
  readonly stays?: readonly boolean[];
};

/**
 * The labels with what tells apart those that are alike: `Refunds (card)` beside `Refunds (voucher)`. A label gets its own
 * first hint with a word that no other of its group has, or a number where there is none; one that is like no other stays as it is, and
 * the same labels and hints always end in the same way. Labels that stay are alike to each other if they were.
 *
 * @param hints for each label words that could tell it from others, best first: its keywords
 */
export function tellApart(
  labels: readonly (string | null)[],
  hints: readonly (readonly string[])[],
  options: TellApartOptions = {},
): (string | null)[] {
  const told = [...labels];
  const stays = labels.map((label, position) => label !== null && options.stays?.[position] === true);
  for (const alike of alikeGroups(labels, options)) {
    // Whoever stays comes first, and so keeps the bare name.
    const group = alike.toSorted((a, b) => Number(stays[b]) - Number(stays[a]) || a - b);
    const sayings = group.map((position) => sayingsOf([labels[position]!, ...(hints[position] ?? [])]));
    const saidBy = new Map<string, number>();
    for (const words of sayings) for (const word of words) saidBy.set(word, (saidBy.get(word) ?? 0) + 1);
    for (const [place, position] of group.entries()) {
      if (stays[position]) continue;
      const label = labels[position]!;
      const inLabel = sayingsOf([label]);
      const own = hints[position]?.find((hint) =>
        [...sayingsOf([hint])].some((word) => saidBy.get(word) === 1 && !inLabel.has(word)),
      );
      told[position] = own === undefined ? numbered(label, place) : `${label} (${own})`;
    }
  }
  return unique(told, stays);
}

function sayingsOf(texts: readonly string[]): Set<string> {
  return new Set(texts.flatMap((text) => wordsOf(text).map(singular)));
}

/** The first keeps its name. */
function numbered(label: string, place: number): string {
  return place === 0 ? label : `${label} (${place + 1})`;
}

/** A hint may have made a label that another has already. */
function unique(labels: readonly (string | null)[], stays: readonly boolean[]): (string | null)[] {
  const taken = new Set(labels.filter((_, position) => stays[position]));
  return labels.map((label, position) => {
    if (label === null || stays[position]) return label;
    let name = label;
    for (let place = 1; taken.has(name); place++) name = numbered(label, place);
    taken.add(name);
    return name;
  });
}
