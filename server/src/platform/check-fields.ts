import type { Fault } from "./app-error.ts";
import { nearestName } from "./nearest-name.ts";

/** What a field of a free-form object may hold. Bounds are inclusive but for `above`. */
export interface FieldRule {
  readonly type: "integer" | "number" | "boolean" | "string" | "object" | "list" | "strings";
  readonly nullable?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly above?: number;
}

/**
 * The faults of an object that no route's schema describes, such as an algorithm's parameters: unknown fields (with
 * the nearest known name), wrong types, values out of bounds. `loc` is the object's own place in the request.
 */
export function checkFields(
  value: Readonly<Record<string, unknown>>,
  rules: Readonly<Record<string, FieldRule>>,
  loc: readonly (string | number)[],
): Fault[] {
  const names = Object.keys(rules);
  return Object.entries(value).flatMap(([name, given]): Fault[] => {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) {
      const nearest = nearestName(name, names);
      const hint = nearest ? `did you mean '${nearest}'?` : `known are: ${names.join(", ")}`;
      return [{ loc: [...loc, name], msg: `Unknown field; ${hint}`, type: "extra_forbidden" }];
    }
    const fault = faultOf(given, rule);
    return fault ? [{ loc: [...loc, name], ...fault }] : [];
  });
}

function faultOf(value: unknown, rule: FieldRule): Pick<Fault, "msg" | "type"> | undefined {
  if (value === null && rule.nullable) return undefined;
  if (!hasType(value, rule.type)) {
    return rule.type === "strings"
      ? { msg: "Input should be a list of one or more texts that are not empty", type: "list_type" }
      : { msg: `Input should be a valid ${rule.type}`, type: `${rule.type}_type` };
  }
  if (typeof value !== "number") return undefined;
  if (rule.minimum !== undefined && value < rule.minimum) {
    return { msg: `Input should be greater than or equal to ${rule.minimum}`, type: "greater_than_equal" };
  }
  if (rule.maximum !== undefined && value > rule.maximum) {
    return { msg: `Input should be less than or equal to ${rule.maximum}`, type: "less_than_equal" };
  }
  if (rule.above !== undefined && value <= rule.above) {
    return { msg: `Input should be greater than ${rule.above}`, type: "greater_than" };
  }
  return undefined;
}

function hasType(value: unknown, type: FieldRule["type"]): boolean {
  switch (type) {
    case "integer":
      return Number.isSafeInteger(value);
    case "number":
      return typeof value === "number" && Number.isFinite(value);
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "list":
      return Array.isArray(value);
    case "strings":
      return (
        Array.isArray(value) &&
        value.length > 0 &&
        value.every((item) => typeof item === "string" && item !== "")
      );
    default:
      return typeof value === type;
  }
}
