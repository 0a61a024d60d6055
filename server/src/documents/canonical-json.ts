const MAX_DEPTH = 100;

/** A value that JSON text carried but that cannot be stored; the message names where and why. */
export class Unstorable extends Error {}

/**
 * JSON text with sorted keys: equal objects have equal texts, whatever order their fields came in. Throws
 * Unstorable for what PostgreSQL's jsonb or JSON itself cannot hold (a number beyond the range such as 1e999, the
 * character U+0000, half of a surrogate pair, more than 100 levels).
 */
export function canonicalJson(value: unknown, path = "payload", depth = 0): string {
  switch (typeof value) {
    case "string":
      assertText(value, path);
      return JSON.stringify(value);
    case "number":
      if (!Number.isFinite(value)) throw new Unstorable(`${path} is a number beyond the range of a double`);
      return JSON.stringify(value);
    case "object":
      break;
    default:
      return JSON.stringify(value);
  }
  if (value === null) return "null";
  if (depth >= MAX_DEPTH) throw new Unstorable(`${path} is nested deeper than ${MAX_DEPTH} levels`);
  if (Array.isArray(value)) {
    return `[${value.map((item, index) => canonicalJson(item, `${path}[${index}]`, depth + 1)).join(",")}]`;
  }
  const fields = Object.keys(value).sort();
  const parts = fields.map((field) => {
    assertText(field, `a field name in ${path}`);
    const inner = (value as Record<string, unknown>)[field];
    return `${JSON.stringify(field)}:${canonicalJson(inner, `${path}.${field}`, depth + 1)}`;
  });
  return `{${parts.join(",")}}`;
}

/** Throws Unstorable if PostgreSQL cannot hold the text. */
export function assertText(text: string, what: string): void {
  if (text.includes("\u0000")) throw new Unstorable(`${what} contains the character U+0000`);
  if (!text.isWellFormed()) throw new Unstorable(`${what} contains half of a surrogate pair`);
}
