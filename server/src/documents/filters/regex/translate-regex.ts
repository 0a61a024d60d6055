import { RegExpParser, type AST } from "@eslint-community/regexpp";

import { charactersOf, charSet, complement, foldSet, union, type CharSet } from "./char-set.ts";
import {
  ASSERTION,
  costOfAlternatives,
  costOfRepeat,
  costOfSequence,
  EMPTY,
  PLACE,
  refusedRepeat,
  tooCostly,
  type PatternCost,
} from "./pattern-cost.ts";

const MAX_PATTERN = 1_000;
/** Of PostgreSQL's pattern: classes such as \p{L} are long when they are written out. */
const MAX_TRANSLATED = 100_000;

/** Why a pattern is not taken. */
export class PatternRefused extends Error {}

interface Translated {
  readonly text: string;
  readonly cost: PatternCost;
}

/**
 * A pattern of JavaScript's language (as with the flag `u`: by code points) as one of PostgreSQL's that matches the
 * same texts, in linear time. Look-around and back-references do not exist. With `caseSensitive` false the result is
 * for texts in lower case (`foldCase`). Everything is written out, classes as ranges and characters as escapes, so
 * that nothing depends on how PostgreSQL reads `\b`, `.` or `[[:alpha:]]`; the match has to be `collate "C"`, where
 * its word is JavaScript's. Throws PatternRefused.
 */
export function translateRegex(pattern: string, caseSensitive: boolean): string {
  if (pattern.length > MAX_PATTERN) {
    throw new PatternRefused(
      `the pattern has ${pattern.length} characters, at most ${MAX_PATTERN} are taken`,
    );
  }
  const { text, cost } = translateAlternatives(parse(pattern).alternatives, caseSensitive);
  const reason = tooCostly(cost);
  if (reason !== undefined) throw new PatternRefused(reason);
  if (text.length > MAX_TRANSLATED)
    throw new PatternRefused("it has too many classes such as \\p{L}; use fewer");
  // Whatever the session's regex_flavor or a pattern's beginning says: an advanced regular expression.
  return `***:${text}`;
}

function parse(pattern: string): AST.Pattern {
  try {
    return new RegExpParser({ ecmaVersion: 2025 }).parsePattern(pattern, 0, pattern.length, {
      unicode: true,
    });
  } catch (error) {
    throw new PatternRefused(`it cannot be read (${(error as Error).message})`, { cause: error });
  }
}

function translateAlternatives(alternatives: readonly AST.Alternative[], exact: boolean): Translated {
  const parts = alternatives.map((alternative) => {
    const elements = alternative.elements.map((element) => translateElement(element, exact));
    return {
      text: elements.map((part) => part.text).join(""),
      cost: costOfSequence(elements.map((part) => part.cost)),
    };
  });
  if (parts.length === 1) return parts[0]!;
  return {
    text: parts.map((part) => part.text).join("|"),
    cost: costOfAlternatives(parts.map((part) => part.cost)),
  };
}

function translateElement(element: AST.Element, exact: boolean): Translated {
  switch (element.type) {
    case "Character":
    case "CharacterSet":
    case "CharacterClass":
      return { text: writeSet(toSet(element, exact)), cost: PLACE };
    case "Group":
      if (element.modifiers) throw new PatternRefused("modifiers such as (?i:…) are not taken");
      return translateGroup(element, exact);
    case "CapturingGroup":
      return translateGroup(element, exact);
    case "Quantifier":
      return translateRepeat(element, exact);
    case "Assertion":
      return { text: writeAssertion(element), cost: ASSERTION };
    case "Backreference":
      throw new PatternRefused("back-references such as \\1 are not taken");
    case "ExpressionCharacterClass":
      throw new PatternRefused("operations on classes are not taken");
  }
}

function translateGroup(group: AST.Group | AST.CapturingGroup, exact: boolean): Translated {
  const { text, cost } = translateAlternatives(group.alternatives, exact);
  return { text: `(?:${text})`, cost };
}

function translateRepeat({ element, min, max }: AST.Quantifier, exact: boolean): Translated {
  if (element.type === "Assertion") throw new PatternRefused("look-ahead is not taken");
  const part = translateElement(element, exact);
  const reason = refusedRepeat(part.cost, min, max);
  if (reason !== undefined) throw new PatternRefused(reason);
  const saysNothing = max === 0 || (min === 0 && part.cost.places === 0);
  if (saysNothing) return { text: "", cost: EMPTY };
  return { text: `${part.text}${writeRepeat(min, max)}`, cost: costOfRepeat(part.cost, min, max) };
}

/** Whether a match is the shortest or the longest makes no difference to whether there is one. */
function writeRepeat(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? "*" : min === 1 ? "+" : `{${min},}`;
  if (min === max) return min === 1 ? "" : `{${min}}`;
  return min === 0 && max === 1 ? "?" : `{${min},${max}}`;
}

function writeAssertion(assertion: AST.Assertion): string {
  switch (assertion.kind) {
    case "start":
      return "\\A";
    case "end":
      return "\\Z";
    case "word":
      return assertion.negate ? "\\Y" : "\\y";
    default:
      throw new PatternRefused("look-ahead and look-behind are not taken");
  }
}

const DIGIT: CharSet = [[0x30, 0x39]];
const WORD: CharSet = [[0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]]; // prettier-ignore
const LINE_END: CharSet = [[0x0a, 0x0a], [0x0d, 0x0d], [0x2028, 0x2029]]; // prettier-ignore

/** In lower case unless `exact`. A class is lowered before it is negated, so that `[^a]` matches neither a nor A. */
function toSet(
  element: AST.Character | AST.CharacterSet | AST.CharacterClass | AST.CharacterClassRange,
  exact: boolean,
): CharSet {
  const lowered = (set: CharSet) => (exact ? set : foldSet(set));
  switch (element.type) {
    case "Character":
      return lowered(charSet([[element.value, element.value]]));
    case "CharacterClassRange":
      return lowered(charSet([[element.min.value, element.max.value]]));
    case "CharacterSet": {
      if (element.kind === "any") return complement(LINE_END);
      const set = lowered(namedSet(element));
      return element.negate ? complement(set) : set;
    }
    case "CharacterClass": {
      const set = union(
        element.elements.map((part) => {
          if (
            part.type === "Character" ||
            part.type === "CharacterClassRange" ||
            part.type === "CharacterSet"
          ) {
            return toSet(part, exact);
          }
          throw new PatternRefused("classes within classes are not taken");
        }),
      );
      return element.negate ? complement(set) : set;
    }
  }
}

function namedSet(element: Exclude<AST.CharacterSet, AST.AnyCharacterSet>): CharSet {
  switch (element.kind) {
    case "digit":
      return DIGIT;
    case "word":
      return WORD;
    case "space":
      return charactersOf("\\s");
    case "property": {
      const { key, value } = element;
      if (value === null || key === "General_Category" || key === "gc") {
        const category = value ?? key;
        if (CATEGORIES.has(category)) return charactersOf(`\\p{${category}}`);
      }
      throw new PatternRefused(`of \\p{…} the general categories are taken, such as \\p{L} and \\p{Nd}`);
    }
  }
}

const CATEGORIES: ReadonlySet<string> = new Set(
  (
    "L Letter Lu Uppercase_Letter Ll Lowercase_Letter Lt Titlecase_Letter Lm Modifier_Letter Lo Other_Letter " +
    "M Mark Mn Nonspacing_Mark Mc Spacing_Mark Me Enclosing_Mark N Number Nd Decimal_Number Nl Letter_Number " +
    "No Other_Number P Punctuation Pc Connector_Punctuation Pd Dash_Punctuation Ps Open_Punctuation " +
    "Pe Close_Punctuation Pi Initial_Punctuation Pf Final_Punctuation Po Other_Punctuation S Symbol Sm Math_Symbol " +
    "Sc Currency_Symbol Sk Modifier_Symbol So Other_Symbol Z Separator Zs Space_Separator Zl Line_Separator " +
    "Zp Paragraph_Separator"
  ).split(" "),
);

/** A class of PostgreSQL, by ranges or by what is not in it, whichever is shorter. */
export function writeSet(set: CharSet): string {
  const rest = complement(set);
  if (rest.length === 0) return ".";
  if (set.length === 1 && set[0]![0] === set[0]![1]) return writeCharacter(set[0]![0]);
  // A class cannot be empty; one without any character is written as "none of all".
  return set.length > 0 && set.length <= rest.length ? `[${writeRanges(set)}]` : `[^${writeRanges(rest)}]`;
}

function writeRanges(set: CharSet): string {
  return set
    .map(([first, last]) =>
      first === last ? writeCharacter(first) : `${writeCharacter(first)}-${writeCharacter(last)}`,
    )
    .join("");
}

function writeCharacter(code: number): string {
  if (WORD.some(([first, last]) => code >= first && code <= last)) return String.fromCodePoint(code);
  return code <= 0xffff ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

const hex = (code: number, digits: number) => code.toString(16).padStart(digits, "0");
