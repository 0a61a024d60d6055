import { foldCase } from "./fold-case.ts";

/** Runs of letters, marks and digits; whatever lies between them separates words. */
const WORD = /[\p{L}\p{M}\p{N}]+/gu;

/** The different words of a text, in lower case unless told otherwise. */
export function splitWords(text: string, caseSensitive: boolean): string[] {
  const words = (caseSensitive ? text : foldCase(text)).match(WORD) ?? [];
  return [...new Set(words)];
}
