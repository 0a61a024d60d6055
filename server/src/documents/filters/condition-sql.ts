import { sql, type RawBuilder } from "kysely";

import { jsonPathOf } from "./field-path.ts";
import type { Comparison, Condition, Field, Json, Test } from "./filter.ts";
import { folded, foldedScalar, isString, textOf, type Case } from "./sql-values.ts";
import { instantSql } from "./instant-sql.ts";
import { textMatches } from "./text-match.ts";

/** Characters of a string that a pattern or a search for words looks at. */
const SEARCHED_CHARACTERS = 100_000;

/** A condition before its negation; true or false, never null. */
export function conditionSql(condition: Condition, alias: string): RawBuilder<boolean> {
  const { field, test, caseSensitive } = condition;
  switch (field.kind) {
    case "id":
      return idSql(field.column, test, alias);
    case "instant":
      return instantSql(field.column, test, alias);
    case "own_or_instant": {
      const own = payloadSql([field.column], test, caseSensitive, alias);
      const kept = instantSql(field.column, test, alias);
      return sql`case when ${payloadOf(alias)} ? ${field.column} then ${own} else ${kept} end`;
    }
    case "payload":
      return payloadSql(field.path, test, caseSensitive, alias);
  }
}

const payloadOf = (alias: string) => sql.ref(`${alias}.payload`);
const jsonPath = (text: string) => sql`${text}::jsonpath`;
const SIGNS = { gt: sql`>`, gte: sql`>=`, lt: sql`<`, lte: sql`<=` } as const;
const PATH_SIGNS = { gt: ">", gte: ">=", lt: "<", lte: "<=" } as const;
const comparisonOf = (operator: `${Comparison}_field`) => operator.slice(0, -"_field".length) as Comparison;

function payloadSql(
  path: readonly string[],
  test: Test,
  caseSensitive: boolean,
  alias: string,
): RawBuilder<boolean> {
  const as: Case = caseSensitive ? "exact" : "folded";
  const payload = payloadOf(alias);
  const at = jsonPathOf(path);
  const anyValue = (holds: (value: RawBuilder<unknown>) => RawBuilder<boolean>) =>
    sql<boolean>`exists (select from jsonb_path_query(${payload}, ${jsonPath(at)}) as v (value) where ${holds(sql`v.value`)})`;
  const anyElement = (holds: (value: RawBuilder<unknown>) => RawBuilder<boolean>) =>
    elementExists(payload, path, holds);
  const anyText = (holds: (text: RawBuilder<string>) => RawBuilder<boolean>) =>
    anyElement((value) => sql`(${isString(value)} and ${holds(folded(textOf(value), as))})`);

  switch (test.operator) {
    case "eq": {
      const { value } = test;
      if (typeof value === "object" && value !== null) {
        const whole = sql`${JSON.stringify(value)}::jsonb`;
        return anyValue(
          (given) => sql`(${given} = ${whole} or ${hasElement(given, (item) => sql`${item} = ${whole}`)})`,
        );
      }
      if (typeof value === "string" && !caseSensitive)
        return anyText((text) => sql`${text} = ${folded(sql`${value}::text`, as)}`);
      return pathMatches(payload, `${at} == $v`, value);
    }
    case "gt":
    case "gte":
    case "lt":
    case "lte": {
      const { operator, value } = test;
      if (typeof value === "string" && !caseSensitive) {
        return anyText((text) => sql`${text} ${SIGNS[operator]} ${folded(sql`${value}::text`, as)}`);
      }
      return pathMatches(payload, `${at} ${PATH_SIGNS[operator]} $v`, value);
    }
    case "in": {
      const values = sql`(select ${foldedScalar(sql`i.value`, as)} from jsonb_array_elements(${JSON.stringify(test.values)}::jsonb) as i (value))`;
      return anyElement((value) => sql`${foldedScalar(value, as)} in ${values}`);
    }
    case "contains": {
      const { value } = test;
      const wanted = foldedScalar(sql`${JSON.stringify(value)}::jsonb`, as);
      const isElement = (given: RawBuilder<unknown>) =>
        hasElement(given, (item) => sql`${foldedScalar(item, as)} = ${wanted}`);
      if (typeof value !== "string") return anyValue(isElement);
      const needle = folded(sql`${value}::text`, as);
      return anyValue(
        (given) => sql`case jsonb_typeof(${given})
          when 'string' then strpos(${folded(textOf(given), as)}, ${needle}) > 0
          else ${isElement(given)} end`,
      );
    }
    case "starts_with":
      return anyText((text) => startsWith(text, folded(sql`${test.value}::text`, as)));
    case "ends_with":
      return anyText((text) => endsWith(text, folded(sql`${test.value}::text`, as)));
    case "regex":
      return anyText((text) => matches(text, test.pattern));
    case "text":
      return anyText((text) => textMatches(searched(text), test.words));
    case "exists":
      return sql`jsonb_path_exists(${payload}, ${jsonPath(at)})`;
    case "is_null":
      return anyValue((value) => sql`${value} = 'null'::jsonb`);
    case "eq_field": {
      const [mine, other] = [elementsOf(payload, path), elementsOfField(test.other, alias)];
      const scalar = sql`jsonb_typeof(a.value) not in ('array', 'object')`;
      return sql`exists (select from ${mine} as a (value), ${other} as b (value)
        where ${scalar} and ${foldedScalar(sql`a.value`, as)} = ${foldedScalar(sql`b.value`, as)})`;
    }
    case "gt_field":
    case "gte_field":
    case "lt_field":
    case "lte_field":
      return fieldsCompare(
        elementsOf(payload, path),
        elementsOfField(test.other, alias),
        comparisonOf(test.operator),
        as,
      );
  }
}

/**
 * Whether a value at the path, or an element of one that is an array, satisfies `holds`. A path of one level, nearly
 * every one, is read without a set-returning function, which is two to four times as fast.
 */
function elementExists(
  payload: RawBuilder<unknown>,
  path: readonly string[],
  holds: (value: RawBuilder<unknown>) => RawBuilder<boolean>,
): RawBuilder<boolean> {
  const anyOf = (set: RawBuilder<unknown>) =>
    sql<boolean>`exists (select from ${set} as e (value) where ${holds(sql`e.value`)})`;
  if (path.length > 1) return anyOf(elementsOf(payload, path));
  const value = sql`(${payload} -> ${path[0]!}::text)`;
  return sql`case when jsonb_typeof(${value}) = 'array' then ${anyOf(sql`jsonb_array_elements(${value})`)}
    else coalesce(${holds(value)}, false) end`;
}

/** The elements of a value that is an array; no rows for what is none. */
function hasElement(
  value: RawBuilder<unknown>,
  holds: (item: RawBuilder<unknown>) => RawBuilder<boolean>,
): RawBuilder<boolean> {
  const items = sql`jsonb_array_elements(case jsonb_typeof(${value}) when 'array' then ${value} else '[]'::jsonb end)`;
  return sql`exists (select from ${items} as x (value) where ${holds(sql`x.value`)})`;
}

const elementsOf = (payload: RawBuilder<unknown>, path: readonly string[]) =>
  sql`jsonb_path_query(${payload}, ${jsonPath(`${jsonPathOf(path)}[*]`)})`;

function elementsOfField(field: Field, alias: string): RawBuilder<unknown> {
  if (field.kind === "payload") return elementsOf(payloadOf(alias), field.path);
  if (field.kind === "id") return sql`(select to_jsonb(${sql.ref(`${alias}.${field.column}`)}))`;
  throw new Error(`${field.kind} is not compared with fields of a payload`);
}

/** A predicate of SQL/JSON, whose lax comparisons look into an array; what cannot be compared is false. */
function pathMatches(payload: RawBuilder<unknown>, predicate: string, value: Json): RawBuilder<boolean> {
  return sql`coalesce(jsonb_path_match(${payload}, ${jsonPath(predicate)}, ${JSON.stringify({ v: value })}::jsonb, true), false)`;
}

/** Any of these before any of those is the least of these before the greatest of those, numbers and strings apart. */
function fieldsCompare(
  mine: RawBuilder<unknown>,
  other: RawBuilder<unknown>,
  operator: Comparison,
  as: Case,
): RawBuilder<boolean> {
  const [pickMine, pickOther] = operator.startsWith("g") ? [sql`max`, sql`min`] : [sql`min`, sql`max`];
  const picks = (pick: RawBuilder<unknown>) => sql`
    ${pick}(case jsonb_typeof(f.value) when 'number' then (f.value #>> '{}')::numeric end) as number,
    ${pick}(case jsonb_typeof(f.value) when 'string' then ${folded(textOf(sql`f.value`), as)} end collate "pg_c_utf8") as string`;
  const sign = SIGNS[operator];
  return sql`(select coalesce(a.number ${sign} b.number, false) or coalesce(a.string ${sign} b.string, false)
    from (select ${picks(pickMine)} from ${mine} as f (value)) a, (select ${picks(pickOther)} from ${other} as f (value)) b)`;
}

const startsWith = (text: RawBuilder<string>, prefix: RawBuilder<string>) =>
  sql<boolean>`starts_with(${text}, ${prefix})`;
const endsWith = (text: RawBuilder<string>, suffix: RawBuilder<string>) =>
  sql<boolean>`right(${text}, length(${suffix})) = ${suffix}`;
const searched = (text: RawBuilder<string>) => sql<string>`left(${text}, ${SEARCHED_CHARACTERS}::int)`;
/** `collate "C"`: what the translated pattern calls a word is ASCII. */
const matches = (text: RawBuilder<string>, pattern: string) =>
  sql<boolean>`(${searched(text)} collate "C") ~ ${pattern}::text`;

/** Ids are compared as they are: they differ by case. */
function idSql(column: "document_id" | "collection_id", test: Test, alias: string): RawBuilder<boolean> {
  const id = sql.ref<string>(`${alias}.${column}`);
  const text = folded(id, "exact");
  switch (test.operator) {
    case "eq":
      return typeof test.value === "string" ? sql`${id} = ${test.value}::text` : sql`false`;
    case "in":
      return sql`${id} = any(${test.values.filter((value) => typeof value === "string")}::text[])`;
    case "gt":
    case "gte":
    case "lt":
    case "lte":
      return typeof test.value === "string"
        ? sql`${text} ${SIGNS[test.operator]} ${test.value}::text`
        : sql`false`;
    case "contains":
      return typeof test.value === "string" ? sql`strpos(${id}, ${test.value}::text) > 0` : sql`false`;
    case "starts_with":
      return startsWith(id, sql`${test.value}::text`);
    case "ends_with":
      return endsWith(id, sql`${test.value}::text`);
    case "regex":
      return matches(id, test.pattern);
    case "text":
      return textMatches(text, test.words);
    case "exists":
      return sql`true`;
    case "is_null":
      return sql`false`;
    case "eq_field":
      return sql`exists (select from ${elementsOfField(test.other, alias)} as b (value) where b.value = to_jsonb(${id}))`;
    case "gt_field":
    case "gte_field":
    case "lt_field":
    case "lte_field":
      return fieldsCompare(
        sql`(select to_jsonb(${id}))`,
        elementsOfField(test.other, alias),
        comparisonOf(test.operator),
        "exact",
      );
  }
}
