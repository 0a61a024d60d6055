const WORD = /[\p{L}\p{N}\p{M}]+/gu;
const DIGITS_ONLY = /^\p{N}+$/u;

/**
 * Words of a text for keywords: runs of letters, digits and combining marks in any script, in lower case, without those
 * of one character, of digits only, and the stop words. Scripts that do not separate words give whole phrases.
 */
export function wordsOf(text: string, stopWords: ReadonlySet<string>): string[] {
  const words = text.normalize("NFC").toLowerCase().match(WORD) ?? [];
  return words.filter((word) => word.length > 1 && !stopWords.has(word) && !DIGITS_ONLY.test(word));
}
