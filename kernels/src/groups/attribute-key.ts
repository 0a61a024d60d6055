import { KernelError } from "../kernel-error.ts";

/**
 * A string that is equal for equal attribute values and different for others: numbers, strings and booleans stay apart
 * (1 is not "1"), objects are equal whatever the order of their keys, null and undefined are the same missing value.
 */
export function attributeKey(value: unknown): string {
  switch (typeof value) {
    case "undefined":
      return "null";
    case "number":
      return Object.is(value, -0) ? "0" : String(value);
    case "bigint":
      return `${value}n`;
    case "boolean":
      return String(value);
    case "string":
      return JSON.stringify(value);
    case "object":
      break;
    default:
      throw new KernelError(
        "bad_parameter",
        `An attribute is a ${typeof value}; give a string, number, boolean, null, or arrays and objects of these.`,
      );
  }
  if (value === null) return "null";
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value)) return `[${value.map(attributeKey).join()}]`;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, content]) => `${JSON.stringify(name)}:${attributeKey(content)}`).join()}}`;
}

/** Numbers by size, everything else by the code units of its key; a number comes before what is not one, missing comes last. */
export function compareAttributes(a: unknown, b: unknown): number {
  const rankA = rank(a);
  const rankB = rank(b);
  if (rankA !== rankB) return rankA - rankB;
  if (typeof a === "number" && typeof b === "number" && a !== b && !Number.isNaN(a - b)) return a - b;
  const keyA = attributeKey(a);
  const keyB = attributeKey(b);
  return keyA === keyB ? 0 : keyA < keyB ? -1 : 1;
}

function rank(value: unknown): number {
  if (value === null || value === undefined) return 2;
  return typeof value === "number" ? 0 : 1;
}
