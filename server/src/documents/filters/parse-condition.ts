import type { Fault } from "../../platform/app-error.ts";
import { INSTANT_TEXT, isInstantText } from "../../platform/instant-text.ts";
import { nearestName } from "../../platform/nearest-name.ts";
import { readFieldPath } from "./field-path.ts";
import {
  OPERATORS,
  type Comparison,
  type Condition,
  type Field,
  type Json,
  type Operator,
  type Scalar,
  type Test,
} from "./filter.ts";
import type { Parsing } from "./parse-filter.ts";
import { PatternRefused, translateRegex } from "./regex/translate-regex.ts";
import { splitWords } from "./split-words.ts";

const MAX_VALUES = 10_000;
/** Characters of a text that is compared with. */
const MAX_TEXT = 10_000;

const KEYS = ["field", "operator", "value"];
/** What an instant can be asked. */
const INSTANT_OPERATORS: readonly Operator[] = [
  "eq",
  "ne",
  "gt",
  "gte",
  "lt",
  "lte",
  "in",
  "nin",
  "exists",
  "is_null",
];
const COMPARISONS: readonly Operator[] = ["gt", "gte", "lt", "lte"];

type Loc = readonly (string | number)[];
type Reason = Pick<Fault, "msg" | "type">;

/** Why a value does not suit its operator. */
class ValueRefused extends Error {
  readonly type: string;

  constructor(message: string, type = "value_error") {
    super(message);
    this.type = type;
  }
}

/** `{field, operator?, value}`; null, with the faults noted, if it cannot be. */
export function parseCondition(
  given: Record<string, unknown>,
  loc: Loc,
  caseSensitive: boolean,
  parsing: Parsing,
): Condition | null {
  const faults: Fault[] = [];
  const refuse = (key: string, reason: Reason) => faults.push({ loc: [...loc, key], ...reason });
  for (const key of Object.keys(given)) {
    if (!KEYS.includes(key)) refuse(key, unknownKey(key));
  }
  const field = readField(given.field);
  if ("msg" in field) refuse("field", field);
  const operator = readOperator(given.operator);
  if (typeof operator === "object") refuse("operator", operator);
  if (!Object.hasOwn(given, "value")) refuse("value", { msg: "Field required", type: "missing" });
  parsing.faults.push(...faults);
  if ("msg" in field || typeof operator === "object" || !Object.hasOwn(given, "value")) return null;
  if (operator === "regex") parsing.patterns++;
  try {
    const { test, negated } = readTest(operator, given.value, field, caseSensitive);
    if (test.operator === "text") parsing.patterns += test.words.length;
    return { kind: "condition", field, test, negated, caseSensitive };
  } catch (error) {
    if (!(error instanceof ValueRefused)) throw error;
    parsing.faults.push({ loc: [...loc, "value"], msg: error.message, type: error.type });
    return null;
  }
}

function unknownKey(key: string): Reason {
  if (["AND", "OR", "NOT"].includes(key)) {
    return {
      msg: `An object is either a condition or a group; put the condition into the list of ${key}`,
      type: "extra_forbidden",
    };
  }
  const nearest = nearestName(key, KEYS);
  const hint = nearest
    ? `did you mean '${nearest}'?`
    : key === "case_sensitive"
      ? "it belongs to the group around the condition"
      : `a condition has ${KEYS.join(", ")}`;
  return { msg: `Unknown key; ${hint}`, type: "extra_forbidden" };
}

function readField(value: unknown): Field | Reason {
  if (typeof value !== "string") return { msg: "Input should be a valid string", type: "string_type" };
  const field = readFieldPath(value);
  return typeof field === "string" ? { msg: field, type: "value_error" } : field;
}

function readOperator(value: unknown): Operator | Reason {
  if (value === undefined) return "eq";
  if (typeof value !== "string") return { msg: "Input should be a valid string", type: "string_type" };
  const known = OPERATORS.find((operator) => operator === value);
  if (known) return known;
  const nearest = nearestName(value, OPERATORS);
  return {
    msg: `Unknown operator; ${nearest ? `did you mean '${nearest}'? Known` : "known"} are: ${OPERATORS.join(", ")}`,
    type: "enum",
  };
}

function readTest(
  operator: Operator,
  value: unknown,
  field: Field,
  caseSensitive: boolean,
): { test: Test; negated: boolean } {
  if (field.kind === "instant") checkInstant(operator, value);
  const positive = (test: Test) => ({ test, negated: false });
  const other = readOtherField(value, operator, field);
  if (other) {
    const base =
      operator === "ne" || operator === "in" || operator === "nin" ? "eq" : (operator as "eq" | Comparison);
    return { test: { operator: `${base}_field`, other }, negated: operator === "ne" || operator === "nin" };
  }
  switch (operator) {
    case "eq":
    case "ne":
      return { test: { operator: "eq", value: readJson(value) }, negated: operator === "ne" };
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      if (typeof value !== "number" && typeof value !== "string") {
        throw new ValueRefused(`${operator} compares with a number or a string`);
      }
      return positive({
        operator,
        value: typeof value === "string" ? readText(value, operator) : readNumber(value),
      });
    case "in":
    case "nin":
      return { test: { operator: "in", values: readList(value, operator) }, negated: operator === "nin" };
    case "contains":
      return positive({ operator, value: readScalar(value, operator) });
    case "starts_with":
    case "ends_with":
      return positive({ operator, value: readText(value, operator) });
    case "regex":
      return positive({ operator, pattern: readPattern(value, caseSensitive || field.kind === "id") });
    case "text":
      return positive({ operator, words: readWords(value, caseSensitive || field.kind === "id") });
    case "exists":
    case "is_null":
      if (typeof value !== "boolean")
        throw new ValueRefused(`${operator} takes true or false`, "boolean_type");
      return { test: { operator }, negated: !value };
  }
}

function checkInstant(operator: Operator, value: unknown): void {
  if (!INSTANT_OPERATORS.includes(operator)) {
    throw new ValueRefused(`${operator} is not for instants; use ${INSTANT_OPERATORS.join(", ")}`);
  }
  if (operator === "exists" || operator === "is_null" || isDynamic(value)) return;
  const values =
    (operator === "in" || operator === "nin") && Array.isArray(value) ? (value as unknown[]) : [value];
  for (const instant of values) {
    if (typeof instant !== "string" || !isInstantText(instant))
      throw new ValueRefused(`Input should be ${INSTANT_TEXT}`, "datetime");
  }
}

/** `{type: "dynamic", field}`, whose type may be missing. */
function isDynamic(value: unknown): value is { type?: unknown; field: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const keys = Object.keys(value);
  return ("type" in value && value.type === "dynamic") || (keys.length === 1 && keys[0] === "field");
}

function readOtherField(value: unknown, operator: Operator, field: Field): Field | undefined {
  if (!isDynamic(value)) return undefined;
  if (!["eq", "ne", "in", "nin", ...COMPARISONS].includes(operator)) {
    throw new ValueRefused(
      `${operator} does not compare with another field; eq, ne, gt, gte, lt, lte, in and nin do`,
    );
  }
  const extra = Object.keys(value).find((key) => key !== "type" && key !== "field");
  if (extra !== undefined)
    throw new ValueRefused(`A dynamic value has type and field; '${extra.slice(0, 100)}' is unknown`);
  const other = readField(value.field);
  if ("msg" in other) throw new ValueRefused(`The other field: ${other.msg}`);
  const isInstant = (one: Field) => one.kind === "instant";
  if (
    field.kind === "own_or_instant" ||
    other.kind === "own_or_instant" ||
    isInstant(field) !== isInstant(other)
  ) {
    throw new ValueRefused(
      "Instants compare with each other only: _internal.created_at with _internal.updated_at",
    );
  }
  return other;
}

/** JSON as it came, with numbers that JSON can hold (1e999 cannot). */
function readJson(value: unknown): Json {
  if (value === undefined) throw new ValueRefused("Field required", "missing");
  if (typeof value === "string") return readText(value, "eq");
  if (typeof value === "number") return readNumber(value);
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "number" ? readNumber(inner) : inner,
  );
  if (text.length > MAX_TEXT)
    throw new ValueRefused(`A value has at most ${MAX_TEXT} characters of JSON`, "too_long");
  return value as Json;
}

function readNumber(value: number): number {
  if (!Number.isFinite(value)) throw new ValueRefused("The number is beyond the range of a double");
  return value;
}

function readText(value: unknown, operator: Operator): string {
  if (typeof value !== "string") throw new ValueRefused(`${operator} takes a string`, "string_type");
  if (value.length > MAX_TEXT)
    throw new ValueRefused(`A text has at most ${MAX_TEXT} characters`, "too_long");
  return value;
}

function readScalar(value: unknown, operator: Operator): Scalar {
  if (typeof value === "string") return readText(value, operator);
  if (typeof value === "number") return readNumber(value);
  if (typeof value === "boolean" || value === null) return value;
  throw new ValueRefused(
    `${operator} takes a string, a number, a boolean or null; for several values use several conditions`,
  );
}

function readList(value: unknown, operator: Operator): Scalar[] {
  if (!Array.isArray(value)) throw new ValueRefused(`${operator} takes a list of values`, "list_type");
  if (value.length > MAX_VALUES)
    throw new ValueRefused(`A list has at most ${MAX_VALUES} values, this has ${value.length}`, "too_long");
  return (value as unknown[]).map((item) => readScalar(item, operator));
}

function readPattern(value: unknown, caseSensitive: boolean): string {
  if (typeof value !== "string") throw new ValueRefused("regex takes a string", "string_type");
  try {
    return translateRegex(value, caseSensitive);
  } catch (error) {
    if (!(error instanceof PatternRefused)) throw error;
    throw new ValueRefused(`The pattern is not taken: ${error.message}`);
  }
}

function readWords(value: unknown, caseSensitive: boolean): string[] {
  const words = splitWords(readText(value, "text"), caseSensitive);
  if (words.length === 0)
    throw new ValueRefused("text takes at least one word; letters and digits make words");
  return words;
}
