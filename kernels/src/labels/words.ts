const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const DIGITS_ONLY = /^\p{N}+$/u;

/**
 * Words of a text: runs of letters, digits and combining marks in any script, composed (NFC) and in lower case. Scripts
 * that do not separate words give whole phrases.
 */
export function wordsOf(text: string): readonly string[] {
  return text.normalize("NFC").toLowerCase().match(WORD) ?? [];
}

/** Whether a word can be a keyword: not of one character, not of digits only, not a stop word. */
export function isKeyword(word: string, stopWords: ReadonlySet<string>): boolean {
  return word.length > 1 && !stopWords.has(word) && !DIGITS_ONLY.test(word);
}
