import { ValidationFailed, type Fault } from "../../platform/app-error.ts";
import { nearestName } from "../../platform/nearest-name.ts";
import type { Filter, Group } from "./filter.ts";
import { parseCondition } from "./parse-condition.ts";

/** Groups within groups. */
const MAX_DEPTH = 10;
const MAX_CONDITIONS = 200;
/** Of `regex`, and words of `text`. PostgreSQL keeps 32 compiled ones; more would be compiled again for every document. */
const MAX_PATTERNS = 28;
/** Faults listed; a filter of a hundred thousand wrong conditions is told about the first. */
const MAX_FAULTS = 100;

const GROUP_KEYS = { AND: "all", OR: "any", NOT: "none" } as const;
const KNOWN_KEYS = [...Object.keys(GROUP_KEYS), "case_sensitive"];
const CONDITION_KEYS = ["field", "operator", "value"];

type Loc = readonly (string | number)[];

/** What one filter adds up to. */
export interface Parsing {
  readonly faults: Fault[];
  conditions: number;
  patterns: number;
}

/**
 * The filter in a request: groups `{AND?, OR?, NOT?, case_sensitive?}` of groups and of conditions
 * `{field, operator?, value}`, or one condition. Null for none: null, undefined, `{}`, or groups without members. `loc` is
 * the filter's own place in the request. Throws ValidationFailed with every fault: unknown keys and operators (the
 * nearest known one is named), values that do not suit their operator, paths and patterns that cannot be, too much.
 */
export function parseFilter(value: unknown, loc: Loc): Filter | null {
  if (value === null || value === undefined) return null;
  const parsing: Parsing = { faults: [], conditions: 0, patterns: 0 };
  const filter = parseMember(value, loc, 1, false, parsing);
  refuseTooMuch(parsing, loc);
  if (parsing.faults.length > 0) throw new ValidationFailed(parsing.faults.slice(0, MAX_FAULTS));
  return filter && isUnlimited(filter) ? null : filter;
}

function parseMember(
  value: unknown,
  loc: Loc,
  depth: number,
  caseSensitive: boolean,
  parsing: Parsing,
): Filter | null {
  if (parsing.faults.length >= MAX_FAULTS || parsing.conditions > MAX_CONDITIONS) return null;
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    parsing.faults.push({ loc, msg: `Input should be ${SHAPES}`, type: "object_type" });
    return null;
  }
  if ("field" in value) {
    parsing.conditions++;
    return parseCondition(value, loc, caseSensitive, parsing);
  }
  return parseGroup(value as Record<string, unknown>, loc, depth, caseSensitive, parsing);
}

const SHAPES =
  'a condition such as {"field": "color", "operator": "eq", "value": "red"} or a group such as {"AND": [condition, …]}';

/** All keys of one object hold. */
function parseGroup(
  value: Record<string, unknown>,
  loc: Loc,
  depth: number,
  outer: boolean,
  parsing: Parsing,
): Group | null {
  if (depth > MAX_DEPTH) {
    parsing.faults.push({ loc, msg: `Groups can be nested ${MAX_DEPTH} deep at most`, type: "too_deep" });
    return null;
  }
  for (const key of Object.keys(value)) {
    if (!KNOWN_KEYS.includes(key))
      parsing.faults.push({ loc: [...loc, key], ...unknownKey(key, value[key]) });
  }
  const { case_sensitive: given = null } = value;
  if (given !== null && typeof given !== "boolean") {
    parsing.faults.push({
      loc: [...loc, "case_sensitive"],
      msg: "Input should be a valid boolean",
      type: "boolean_type",
    });
  }
  const caseSensitive = typeof given === "boolean" ? given : outer;
  const groups = Object.entries(GROUP_KEYS).flatMap(([key, kind]): Group[] => {
    const members = value[key];
    if (members === null || members === undefined) return [];
    const place = [...loc, key];
    if (!Array.isArray(members)) {
      parsing.faults.push({
        loc: place,
        msg: "Input should be a list of conditions and groups",
        type: "list_type",
      });
      return [];
    }
    if (members.length === 0 && kind === "any") {
      // None of nothing holds. Read as "no condition" it would make a delete or an update reach more than was meant.
      parsing.faults.push({
        loc: place,
        msg: "OR needs at least one member; leave it out for no condition",
        type: "too_short",
      });
    }
    const parsed: Filter[] = [];
    for (const [index, member] of members.entries()) {
      const filter = parseMember(member, [...place, index], depth + 1, caseSensitive, parsing);
      if (filter) parsed.push(filter);
    }
    return [{ kind, members: parsed }];
  });
  return groups.length === 1 ? groups[0]! : { kind: "all", members: groups };
}

function unknownKey(key: string, value: unknown): Pick<Fault, "msg" | "type"> {
  const nearest = CONDITION_KEYS.includes(key) ? undefined : nearestName(key, KNOWN_KEYS);
  const shown = typeof value === "object" && value !== null ? "…" : JSON.stringify(value).slice(0, 50);
  const hint = CONDITION_KEYS.includes(key)
    ? "a condition needs a field"
    : nearest
      ? `did you mean '${nearest}'?`
      : `a group has ${KNOWN_KEYS.join(", ")}; a condition is {"field": ${JSON.stringify(key.slice(0, 100))}, "operator": "eq", "value": ${shown}}`;
  return { msg: `Unknown key; ${hint}`, type: "extra_forbidden" };
}

function refuseTooMuch({ conditions, patterns, faults }: Parsing, loc: Loc): void {
  if (conditions > MAX_CONDITIONS) {
    faults.unshift({
      loc,
      msg: `A filter has at most ${MAX_CONDITIONS} conditions; use 'in' for many values of one field`,
      type: "too_long",
    });
  }
  if (patterns > MAX_PATTERNS) {
    faults.unshift({
      loc,
      msg: `A filter has at most ${MAX_PATTERNS} regex conditions and words of text conditions together, this has ${patterns}; join patterns by |`,
      type: "too_long",
    });
  }
}

/** Whether it holds for every document because it says nothing. */
function isUnlimited(filter: Filter): boolean {
  return (
    (filter.kind === "all" && filter.members.every(isUnlimited)) ||
    (filter.kind === "any" && filter.members.some(isUnlimited)) ||
    (filter.kind === "none" && filter.members.length === 0)
  );
}
