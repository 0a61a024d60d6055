import { compareValues } from "../compare-values.ts";

type Sign = "eq" | "ne" | "gt" | "gte" | "lt" | "lte";

export interface Having {
  /** Of a group's part or an aggregation. */
  readonly name: string;
  readonly sign: Sign;
  readonly value: string | number;
}

export const HAVING_OPERATORS: ReadonlyMap<string, Sign> = new Map([
  ["eq", "eq"], ["ne", "ne"], ["gt", "gt"], ["gte", "gte"], ["lt", "lt"], ["lte", "lte"],
  ["=", "eq"], ["==", "eq"], ["!=", "ne"], [">", "gt"], [">=", "gte"], ["<", "lt"], ["<=", "lte"],
]); // prettier-ignore

/** Types are never converted: what cannot be compared does not hold, and is not equal. */
export function holdsFor(given: unknown, { sign, value }: Having): boolean {
  if (typeof given !== typeof value) return sign === "ne";
  const order = compareValues(given, value);
  switch (sign) {
    case "eq":
      return order === 0;
    case "ne":
      return order !== 0;
    case "gt":
      return order > 0;
    case "gte":
      return order >= 0;
    case "lt":
      return order < 0;
    case "lte":
      return order <= 0;
  }
}
