import fc from "fast-check";

/**
 * Patterns of the language docs/filters.md describes, and texts they are likely to match. Left out are the few letters
 * whose case JavaScript's flag `i` sees by folding and we by lower case (ſ, K, ς, İ and the like).
 */
const LETTERS = ["a", "b", "A", "B", "z", "0", "7", "_", "-", " ", "\n", "\r", "\t", ".", "é", "É", "ß", "ẞ", "Ж", "ж", "\u00a0", "\u2028", "😀", "日", "$", "\\", "]", "^"]; // prettier-ignore
const SYNTAX = new Set("^$\\.*+?()[]{}|/-");

const escaped = (letter: string) => (SYNTAX.has(letter) && letter !== "-" ? `\\${letter}` : letter);
const inClass = (letter: string) => (SYNTAX.has(letter) ? `\\${letter}` : letter);
const character = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...LETTERS).map(escaped) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom("\\n", "\\t", "\\x41", "\\u0062", "\\u{1F600}", "\\u{e9}", "\\/", "\\-", "\\cJ")
      .filter((text) => text !== "\\-"),
  },
);
const shorthand = fc.constantFrom("\\d", "\\D", "\\w", "\\W", "\\s", "\\S");
const range = fc.constantFrom("a-z", "A-Z", "0-9", "B-a", "à-ö", "а-я", "\\u0000-\\u001f", " -~");
const characterClass = fc
  .tuple(
    fc.boolean(),
    fc.array(fc.oneof(fc.constantFrom(...LETTERS).map(inClass), shorthand, range), { maxLength: 4 }),
  )
  .map(([negated, parts]) => `[${negated ? "^" : ""}${parts.join("")}]`);
const assertion = fc.constantFrom("^", "$", "\\b", "\\B");
const quantifier = fc.constantFrom(
  "*",
  "+",
  "?",
  "{2}",
  "{0}",
  "{1,}",
  "{0,2}",
  "{1,3}",
  "*?",
  "+?",
  "??",
  "{1,2}?",
);

export const patterns: fc.Arbitrary<string> = fc.letrec<{ pattern: string; term: string; sequence: string }>(
  (tie) => ({
    term: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      { weight: 5, arbitrary: character },
      { weight: 2, arbitrary: fc.oneof(shorthand, fc.constant(".")) },
      { weight: 2, arbitrary: characterClass },
      { weight: 1, arbitrary: assertion },
      {
        weight: 3,
        arbitrary: fc
          .tuple(fc.constantFrom("(", "(?:"), tie("pattern"))
          .map(([open, inner]) => `${open}${inner})`),
      },
    ),
    sequence: fc
      .array(fc.tuple(tie("term"), fc.option(quantifier, { nil: "" })), { maxLength: 4 })
      .map((terms) => terms.map(([term, repeat]) => (isAssertion(term) ? term : term + repeat)).join("")),
    pattern: fc
      .array(tie("sequence"), { minLength: 1, maxLength: 3 })
      .map((sequences) => sequences.join("|")),
  }),
).pattern;

const isAssertion = (term: string) => ["^", "$", "\\b", "\\B"].includes(term);

export const texts: fc.Arbitrary<string[]> = fc.array(
  fc.array(fc.constantFrom(...LETTERS), { maxLength: 8 }).map((letters) => letters.join("")),
  { minLength: 12, maxLength: 12 },
);
