/**
 * What JSON may hold that is parsed in one go. Parsing builds all of it at once, on the one thread that serves everybody,
 * and some texts cost far more than their length: 16 MB of brackets took 7 s, an object of a million fields 5 s and its
 * sorting as long (measured on a busy machine), while a vector's numbers are cheap.
 */
export const MOST_LEVELS = 200;
export const MOST_FIELDS = 100_000;
const MOST_ITEMS = 2_000_000;
const MOST_CONTAINERS = 500_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET] = [0x7b, 0x7d, 0x5b, 0x5d];

/** Most bytes are digits: one look in a table passes over them. */
const COUNTS = new Uint8Array(256);
for (const byte of [QUOTE, COMMA, OPEN_BRACE, CLOSE_BRACE, OPEN_BRACKET, CLOSE_BRACKET]) COUNTS[byte] = 1;

/**
 * Why the JSON text is too heavy to be parsed, or undefined. It reads the bytes once, in a third of the time parsing
 * takes, and checks no grammar: a text that is no JSON may get any answer.
 */
export function tooHeavy(text: Buffer): string | undefined {
  const isObject: boolean[] = [];
  const commas: number[] = [];
  let containers = 0;
  for (let i = 0; i < text.length; i++) {
    const byte = text[i]!;
    if (COUNTS[byte] === 0) continue;
    if (byte === QUOTE) {
      i = endOfString(text, i);
    } else if (byte === COMMA) {
      const level = commas.length - 1;
      if (level < 0) continue;
      const items = commas[level]! + 2;
      commas[level] = items - 1;
      if (items <= MOST_FIELDS) continue;
      if (isObject[level]) return `an object in it has more than ${MOST_FIELDS} fields`;
      if (items > MOST_ITEMS) return `an array in it has more than ${MOST_ITEMS} items`;
    } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      isObject.pop();
      commas.pop();
    } else {
      if (commas.length === MOST_LEVELS) return `it is nested deeper than ${MOST_LEVELS} levels`;
      if (++containers > MOST_CONTAINERS) return `it has more than ${MOST_CONTAINERS} arrays and objects`;
      isObject.push(byte === OPEN_BRACE);
      commas.push(0);
    }
  }
  return undefined;
}

/** Where the string that begins at `from` ends: at its closing quote, or behind the text. */
function endOfString(text: Buffer, from: number): number {
  for (let end = text.indexOf(QUOTE, from + 1); end >= 0; end = text.indexOf(QUOTE, end + 1)) {
    let backslashes = 0;
    while (text[end - 1 - backslashes] === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}
