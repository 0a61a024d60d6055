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

/** Whether each piece stands somewhere in a string of the payload, at any depth, whatever its case. */
function searchSql(pieces: readonly string[], alias: string): RawBuilder<boolean> {
  const found = pieces.map((piece) => sql`strpos(t.text, lower(${piece}::text collate "pg_c_utf8")) > 0`);
  const strings = sql`jsonb_path_query(${sql.ref(`${alias}.payload`)}, 'strict $.** ? (@.type() == "string")') as s (value)`;
  // The blank between two strings is no part of any piece. `offset 0` keeps the text from being made for each piece.
  return sql`coalesce((select ${sql.join(found, sql` and `)}
    from (select lower(string_agg(s.value #>> '{}', ' ') collate "pg_c_utf8") as text from ${strings} offset 0) t), false)`;
}
