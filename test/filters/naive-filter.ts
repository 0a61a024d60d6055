/** A document as the evaluator sees it; instants in milliseconds. */
export interface PlainDocument {
  readonly document_id: string;
  readonly collection_id: string;
  readonly created_at: number;
  readonly updated_at: number;
  readonly payload: Record<string, unknown>;
}

/** What docs/filters.md says, the obvious way, on the JSON of a request. */
export function holds(filter: any, document: PlainDocument, exact = false): boolean {
  if ("field" in filter) return conditionHolds(filter, document, exact);
  const caseSensitive: boolean = filter.case_sensitive ?? exact;
  const members = (key: string): boolean[] =>
    (filter[key] ?? []).map((member: any) => holds(member, document, caseSensitive));
  return (
    members("AND").every(Boolean) &&
    (filter.OR == null || members("OR").some(Boolean)) &&
    !members("NOT").some(Boolean)
  );
}

function conditionHolds(
  { field, operator = "eq", value }: any,
  document: PlainDocument,
  exact: boolean,
): boolean {
  if (operator === "ne") return !conditionHolds({ field, operator: "eq", value }, document, exact);
  if (operator === "nin") return !conditionHolds({ field, operator: "in", value }, document, exact);
  if (operator === "exists" || operator === "is_null") return isThere(field, operator, document) === value;
  const name = field.replace(/^_internal\./, "");
  if (["document_id", "collection_id"].includes(name)) {
    return valueHolds((document as any)[name], operator, operand(value, document), true);
  }
  if (["created_at", "updated_at"].includes(name) && (field !== name || !(name in document.payload))) {
    if (isDynamic(value))
      return compares((document as any)[name], operator, (document as any)[value.field.slice(10)]);
    return instantHolds((document as any)[name] as number, operator, value);
  }
  const against = operand(value, document);
  const found = find([document.payload], names(field));
  return found.some((item) => valueHolds(item, operator, against, exact));
}

/** A value of the filter, or those of another field: an array of them, marked. */
function operand(value: any, document: PlainDocument): any {
  if (!isDynamic(value)) return { literal: value };
  const name = value.field.replace(/^_internal\./, "");
  if (["document_id", "collection_id"].includes(name)) return { any: [(document as any)[name]] };
  return { any: find([document.payload], names(value.field)).flatMap((item) => item) };
}

const isDynamic = (value: any) =>
  typeof value === "object" && value !== null && !Array.isArray(value) && value.type === "dynamic";

function isThere(field: string, operator: string, document: PlainDocument): boolean {
  const name = field.replace(/^_internal\./, "");
  const kept = ["document_id", "collection_id", "created_at", "updated_at"].includes(name);
  if (kept && (field !== name || !(name in document.payload))) return operator === "exists";
  const found = find([document.payload], names(field));
  return operator === "exists" ? found.length > 0 : found.includes(null);
}

function instantHolds(at: number, operator: string, value: any): boolean {
  const read = (item: any) =>
    typeof item === "string" && /^\d{4}-\d\d-\d\d[Tt ]\d\d:/.test(item) ? Date.parse(item) : Number.NaN;
  if (operator === "in") return value.some((item: any) => read(item) === at);
  return ["eq", "gt", "gte", "lt", "lte"].includes(operator) && compares(at, operator, read(value));
}

/** A condition on one value that was found, which may be an array. */
function valueHolds(found: any, operator: string, against: any, exact: boolean): boolean {
  const fold = (item: any) => (typeof item === "string" && !exact ? lower(item) : item);
  const items: any[] = Array.isArray(found) ? found : [found];
  if (against.any) {
    const base = operator === "in" ? "eq" : operator;
    return items.some((item) => against.any.some((other: any) => scalarHolds(fold(item), base, fold(other))));
  }
  const value = against.literal;
  switch (operator) {
    case "eq":
      if (typeof value === "object" && value !== null)
        return [found, ...items].some((item) => isEqual(item, value));
      return items.some((item) => scalarHolds(fold(item), "eq", fold(value)));
    case "in":
      return items.some((item) => value.some((other: any) => scalarHolds(fold(item), "eq", fold(other))));
    case "contains":
      if (typeof found === "string") return typeof value === "string" && fold(found).includes(fold(value));
      return Array.isArray(found) && found.some((item) => scalarHolds(fold(item), "eq", fold(value)));
    case "starts_with":
      return items.some((item) => typeof item === "string" && fold(item).startsWith(fold(value)));
    case "ends_with":
      return items.some((item) => typeof item === "string" && fold(item).endsWith(fold(value)));
    case "regex":
      // In lower case: İ, whose lower case is an i, is part of a word then.
      return items.some(
        (item) => typeof item === "string" && new RegExp(value, exact ? "u" : "iu").test(fold(item)),
      );
    case "text":
      return items.some((item) => typeof item === "string" && hasWords(fold(item), fold(value)));
    default:
      return items.some((item) => scalarHolds(fold(item), operator, fold(value)));
  }
}

const wordsOf = (text: string) => text.split(/[^\p{L}\p{M}\p{N}]+/u).filter((word) => word !== "");
const hasWords = (text: string, wanted: string) =>
  wordsOf(wanted).every((word) => wordsOf(text).includes(word));

function scalarHolds(a: any, operator: string, b: any): boolean {
  if (typeof a === "object" && a !== null) return false;
  if (operator === "eq") return a === b;
  if (typeof a !== typeof b || !["number", "string"].includes(typeof a)) return false;
  return typeof a === "number" ? compares(a, operator, b) : compares(byCodePoint(a, b), operator, 0);
}

function compares(a: number, operator: string, b: number): boolean {
  switch (operator) {
    case "eq":
      return a === b;
    case "gt":
      return a > b;
    case "gte":
      return a >= b;
    case "lt":
      return a < b;
    case "lte":
      return a <= b;
    default:
      return false;
  }
}

function byCodePoint(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)].map((text) =>
    text.map((character) => character.codePointAt(0)!),
  );
  for (let at = 0; at < Math.min(left!.length, right!.length); at++) {
    if (left![at] !== right![at]) return left![at]! - right![at]!;
  }
  return left!.length - right!.length;
}

const lower = (text: string) =>
  Array.from(text)
    .map((character) => (character === "\u0130" ? "i" : character.toLowerCase()))
    .join("");

function isEqual(a: any, b: any): boolean {
  if (typeof a !== "object" || a === null || typeof b !== "object" || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [ours, theirs] = [Object.keys(a), Object.keys(b)];
  return (
    ours.length === theirs.length && ours.every((key) => Object.hasOwn(b, key) && isEqual(a[key], b[key]))
  );
}

function names(path: string): string[] {
  return path
    .replaceAll("\\\\", "\u0001")
    .replaceAll("\\.", "\u0002")
    .split(".")
    .map((name) => name.replaceAll("\u0001", "\\").replaceAll("\u0002", "."));
}

/** The values at a path; a level that is an array stands for its elements. */
function find(values: any[], path: string[]): any[] {
  if (path.length === 0) return values;
  const [name, ...rest] = path;
  const isObject = (value: any) => typeof value === "object" && value !== null && !Array.isArray(value);
  const objects = values.flatMap((value) => (Array.isArray(value) ? value : [value])).filter(isObject);
  return find(
    objects.filter((object) => Object.hasOwn(object, name!)).map((object) => object[name!]),
    rest,
  );
}
