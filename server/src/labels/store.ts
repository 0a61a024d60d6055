import { sql } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql } from "../db/database.ts";
import { json } from "../db/json.ts";

/** Rows removed at once: whoever stores an answer removes a few that are over, so no service has to. */
const REMOVED_AT_ONCE = 100;

/** Answers of the namespace that are no older than that, by hash. */
export async function readAnswers(
  run: Sql,
  clock: DatabaseClock,
  namespaceId: string,
  { hashes, seconds }: { readonly hashes: readonly string[]; readonly seconds: number },
): Promise<Map<string, unknown>> {
  if (hashes.length === 0 || seconds === 0) return new Map();
  const { rows } = await sql<{ content_hash: string; answer: unknown }>`
    select content_hash, answer from label_answers
    where namespace_id = ${namespaceId} and content_hash = any(${hashes}::text[])
      and created_at > ${clock.now} - ${seconds} * interval '1 second'`.execute(run);
  return new Map(rows.map(({ content_hash: hash, answer }) => [hash, answer]));
}

/** Keeps an answer, in the place of an older one, until nobody who asked for so long may use it. */
export async function storeAnswer(
  run: Sql,
  clock: DatabaseClock,
  namespaceId: string,
  { hash, answer, seconds }: { readonly hash: string; readonly answer: object; readonly seconds: number },
): Promise<void> {
  if (seconds === 0) return;
  await sql`
    with old as (
      delete from label_answers where (namespace_id, content_hash) in (
        select namespace_id, content_hash from label_answers where expires_at < ${clock.now}
          and (namespace_id, content_hash) <> (${namespaceId}, ${hash})
        limit ${REMOVED_AT_ONCE}::int for update skip locked))
    insert into label_answers (namespace_id, content_hash, answer, created_at, expires_at)
    values (${namespaceId}, ${hash}, ${json(answer)}, ${clock.now}, ${clock.now} + ${seconds} * interval '1 second')
    on conflict (namespace_id, content_hash) do update
    set answer = excluded.answer, created_at = excluded.created_at, expires_at = excluded.expires_at`.execute(
    run,
  );
}
