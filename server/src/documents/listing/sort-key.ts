import { sql, type RawBuilder } from "kysely";

import { compareText } from "../compare-text.ts";
import { fieldValueSql } from "../field-value.ts";
import type { Field } from "../filters/filter.ts";

/** Characters of a string that it is sorted by. */
const SORTED_CHARACTERS = 256;

export interface Sort {
  readonly field: Field;
  readonly descending: boolean;
}

/**
 * Where a document stands in a sorted list. Kinds of values come one after the other (numbers, strings, booleans; the
 * other way round when descending); documents without one, or with one that has no order, come last either way. Then by value, then
 * by ordinal, which is always ascending.
 */
export interface SortKey {
  readonly rank: number;
  /** Of numbers, instants (ms) and booleans. */
  readonly number: number | null;
  /** Of strings, in lower case. */
  readonly text: string | null;
  readonly ordinal: number;
}

/** After every value, in both directions. */
const LAST = 3;
const ranks = (descending: boolean) =>
  descending ? { number: 2, string: 1, boolean: 0 } : { number: 0, string: 1, boolean: 2 };

/** The columns `rank`, `number` and `text` of a document, to select from. */
export function sortKeySql({ field, descending }: Sort, alias: string): RawBuilder<unknown> {
  const rank = ranks(descending);
  if (field.kind === "instant") {
    const at = sql.ref(`${alias}.${field.column}`);
    return sql`select ${sql.lit(rank.number)} as rank, (extract(epoch from ${at}) * 1000)::float8 as number, null::text as text`;
  }
  const text =
    field.kind === "id"
      ? sql`v.value #>> '{}'`
      : sql`lower(left(v.value #>> '{}', ${sql.lit(SORTED_CHARACTERS)}) collate "pg_c_utf8")`;
  return sql`
    select
      case jsonb_typeof(v.value) when 'number' then ${sql.lit(rank.number)} when 'string' then ${sql.lit(rank.string)}
        when 'boolean' then ${sql.lit(rank.boolean)} else ${sql.lit(LAST)} end as rank,
      case jsonb_typeof(v.value) when 'number' then (v.value #>> '{}')::float8
        when 'boolean' then (v.value #>> '{}')::boolean::int::float8 end as number,
      case jsonb_typeof(v.value) when 'string' then ${text} end as text
    from (select ${fieldValueSql(field, alias)} as value offset 0) v`;
}

const textOf = (key: RawBuilder<unknown>) => sql`${key}.text collate "pg_c_utf8"`;

/** The order of the keys in `k` and the ordinals in `alias`. */
export function keyOrder({ descending }: Sort, alias: string): RawBuilder<unknown> {
  const direction = descending ? sql`desc` : sql`asc`;
  return sql`k.rank, k.number ${direction}, ${textOf(sql`k`)} ${direction}, ${sql.ref(`${alias}.ordinal`)}`;
}

/** Whether a document comes after a place in the order. */
export function isAfter({ descending }: Sort, at: SortKey, alias: string): RawBuilder<boolean> {
  const beyond = descending ? sql`<` : sql`>`;
  const later = sql`${sql.ref(`${alias}.ordinal`)} > ${at.ordinal}::bigint`;
  const sameRank =
    at.number !== null
      ? sql`(k.number ${beyond} ${at.number}::float8 or (k.number = ${at.number}::float8 and ${later}))`
      : at.text !== null
        ? sql`(${textOf(sql`k`)} ${beyond} ${at.text}::text or (k.text = ${at.text}::text and ${later}))`
        : later;
  return sql`(k.rank > ${at.rank}::int or (k.rank = ${at.rank}::int and ${sameRank}))`;
}

/** The same order in memory. */
export function compareKeys({ descending }: Sort, a: SortKey, b: SortKey): number {
  if (a.rank !== b.rank) return a.rank - b.rank;
  const byValue =
    a.number !== null && b.number !== null ? a.number - b.number : compareText(a.text ?? "", b.text ?? "");
  return (descending ? -byValue : byValue) || a.ordinal - b.ordinal;
}
