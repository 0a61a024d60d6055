import { sql, type RawBuilder } from "kysely";

import { charactersOf, complement } from "./regex/char-set.ts";
import { writeSet } from "./regex/translate-regex.ts";

let separator: string | undefined;

/**
 * Whether each word stands in the text as a word: with neither a letter nor a mark nor a digit at its sides. First whether it stands
 * there at all, which is cheap and most often decides it.
 */
export function textMatches(text: RawBuilder<string>, words: readonly string[]): RawBuilder<boolean> {
  const stands = words.map((word) => sql`strpos(t.text, ${word}::text) > 0`);
  const alone = words.map((word) => sql`(t.text collate "C") ~ ${asWord(word)}::text`);
  // `offset 0` keeps the planner from writing the text's expression out once for each word.
  return sql`(select case when ${sql.join(stands, sql` and `)} then ${sql.join(alone, sql` and `)} else false end
    from (select ${text} as text offset 0) t)`;
}

/**
 * The comment at the beginning makes patterns of words of one length differ early: PostgreSQL finds a compiled one by comparing
 * texts, and the classes are 13 kB each.
 */
function asWord(word: string): string {
  separator ??= writeSet(complement(charactersOf("[\\p{L}\\p{M}\\p{N}]")));
  return `***:(?#${word})(?:\\A|${separator})${word}(?:${separator}|\\Z)`;
}
