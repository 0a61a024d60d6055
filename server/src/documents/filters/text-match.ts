import { sql, type RawBuilder } from "kysely";

import { charactersOf, complement } from "./regex/char-set.ts";
import { writeSet } from "./regex/translate-regex.ts";

let separators: string | undefined;

/**
 * Whether each word stands in the text as a word. First whether it stands there at all, which is cheap and most often
 * decides it; then between blanks in the text with everything but letters, marks and digits replaced by blanks. One
 * pattern for all searches: PostgreSQL keeps 32 compiled ones, and this one takes milliseconds to compile.
 */
export function textMatches(text: RawBuilder<string>, words: readonly string[]): RawBuilder<boolean> {
  separators ??= `***:${writeSet(complement(charactersOf("[\\p{L}\\p{M}\\p{N}]")))}+`;
  const has = (where: RawBuilder<unknown>, words: readonly string[]) =>
    sql.join(
      words.map((word) => sql`strpos(${where}, ${word}::text) > 0`),
      sql` and `,
    );
  const spaced = sql`' ' || regexp_replace(t.text collate "C", ${separators}::text, ' ', 'g') || ' '`;
  // `offset 0` keeps the planner from writing an expression out once for each word.
  return sql`(select case when ${has(sql`t.text`, words)}
      then (select ${has(
        sql`s.spaced`,
        words.map((word) => ` ${word} `),
      )} from (select ${spaced} as spaced offset 0) s)
      else false end
    from (select ${text} as text offset 0) t)`;
}
