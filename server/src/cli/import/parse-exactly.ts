/** Where a long whole number may stand; inside a text it only costs the slower way. */
const LONG_NUMBER = /[[:,\s-]\d{16,}\s*[,\]}]/;

/**
 * JSON whose whole numbers beyond ±2^53 become texts of their digits, as those of the other formats do: rounded to
 * doubles, the ids of two rows would be one. Throws SyntaxError.
 */
export function parseExactly(text: string): unknown {
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : JSON.parse(text);
}

function keepDigits(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return context?.source !== undefined && /^-?\d+$/.test(context.source) ? context.source : value;
}
