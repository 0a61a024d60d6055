import { canonicalJson } from "./canonical-json.ts";
import { compareText } from "./compare-text.ts";

/** Numbers, then strings by code points, false, true, arrays and objects by their JSON, and null (or nothing) last. */
export function compareValues(a: unknown, b: unknown): number {
  const [left, right] = [rankOf(a), rankOf(b)];
  if (left !== right) return left - right;
  switch (typeof a) {
    case "number":
      return a - (b as number);
    case "string":
      return compareText(a, b as string);
    case "boolean":
      return Number(a) - Number(b);
    default:
      return a === null || a === undefined ? 0 : compareText(canonicalJson(a), canonicalJson(b));
  }
}

function rankOf(value: unknown): number {
  if (value === null || value === undefined) return 4;
  return { number: 0, string: 1, boolean: 2 }[typeof value as string] ?? 3;
}
