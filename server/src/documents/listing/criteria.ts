import { sql, type RawBuilder } from "kysely";

import { ValidationFailed } from "../../platform/app-error.ts";
import type { Filter } from "../filters/filter.ts";
import { filterSql } from "../filters/filter-sql.ts";

const MAX_PIECES = 20;

/** Which documents a list is of. */
export interface Criteria {
  readonly filter: Filter | null;
  /** What stands between blanks in `search`. */
  readonly pieces: readonly string[];
}

export const isEverything = ({ filter, pieces }: Criteria) => filter === null && pieces.length === 0;

/** Throws ValidationFailed for a search of too many pieces. */
export function readSearch(search: string | null | undefined): string[] {
  const pieces = [...new Set((search ?? "").split(/\s+/).filter((piece) => piece !== ""))];
  if (pieces.length <= MAX_PIECES) return pieces;
  const msg = `A search has at most ${MAX_PIECES} words, this has ${pieces.length}`;
  throw new ValidationFailed([{ loc: ["body", "search"], msg, type: "too_long" }]);
}

/** True or false for every row of `documents`. */
export function criteriaSql({ filter, pieces }: Criteria, alias: string): RawBuilder<boolean> {
  const conditions = [
    ...(filter === null ? [] : [filterSql(filter, alias)]),
    ...(pieces.length === 0 ? [] : [searchSql(pieces, alias)]),
  ];
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`;
}

/**
 * Whether each piece stands somewhere in a string of the payload, at any depth, whatever its case. First whether it stands in the
 * payload's JSON, names and all, which is three times as fast and most often decides it.
 */
function searchSql(pieces: readonly string[], alias: string): RawBuilder<boolean> {
  const payload = sql.ref(`${alias}.payload`);
  const standsIn = (text: RawBuilder<unknown>, some: readonly string[]) =>
    sql.join(
      [sql`true`, ...some.map((piece) => sql`strpos(${text}, ${lower(sql`${piece}::text`)}) > 0`)],
      sql` and `,
    );
  const strings = sql`jsonb_path_query(${payload}, 'strict $.** ? (@.type() == "string")') as s (value)`;
  // The blank between two strings is no part of any piece. `offset 0` keeps a text from being made for each piece.
  return sql`case when
      (select ${standsIn(
        sql`j.json`,
        pieces.filter((piece) => !ESCAPED.test(piece)),
      )} from (select ${lower(sql`${payload}::text`)} as json offset 0) j)
    then coalesce((select ${standsIn(sql`t.text`, pieces)}
      from (select ${lower(sql`string_agg(s.value #>> '{}', ' ')`)} as text from ${strings} offset 0) t), false)
    else false end`;
}

/** What JSON writes in another way. */
const ESCAPED = /["\\\u0000-\u001f\u007f]/;
const lower = (text: RawBuilder<unknown>) => sql`lower(${text} collate "pg_c_utf8")`;
