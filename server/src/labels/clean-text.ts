/**
 * Letters that look like nothing, which \p{Cf} does not have: fillers, and selectors of variants, in which a text can be hidden.
 */
const INVISIBLE =
  /[\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u3164\uFFA0\uFE00-\uFE0F\u{E0100}-\u{E01EF}]/gu;

/**
 * A text as one line of what can be seen: composed, without control characters, zero-width characters, marks of direction,
 * tags, private characters and halves of surrogate pairs, with at most four combining marks in a row. What a person reads is what a
 * model reads, and the other way round.
 */
export function cleanText(text: string): string {
  return text
    .toWellFormed()
    .normalize("NFC")
    .replaceAll(/[\u200B\u200C\p{Cc}\p{Zl}\p{Zp}]/gu, " ")
    .replaceAll(/[\p{Cf}\p{Co}\p{Cn}\uFFFD]/gu, "")
    .replaceAll(INVISIBLE, "")
    .replaceAll(/(\p{M}{4})\p{M}+/gu, "$1")
    .replaceAll(/\s+/g, " ")
    .trim();
}
