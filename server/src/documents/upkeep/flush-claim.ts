import { sql as fragment } from "kysely";

import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Sql } from "../../db/database.ts";

const KEY = "vector_flush_claim";
/** Renewed with each batch; a server that was killed holds up the flush for so long, during which reads find the rows staged. */
const CLAIM_SECONDS = 60;

/**
 * Takes or renews the right to flush for `owner`; false while somebody else has it. Row locks would not do: they
 * would be held while files are written. That two flush at once after a claim ran out is harmless.
 */
export async function claimFlush(sql: Sql, clock: DatabaseClock, owner: string): Promise<boolean> {
  const { rows } = await fragment`
    insert into settings (key, value)
    values (${KEY}, ${owner} || ' ' || (extract(epoch from ${clock.now}) + ${CLAIM_SECONDS}::int))
    on conflict (key) do update set value = excluded.value
    where split_part(settings.value, ' ', 1) = ${owner}
      or split_part(settings.value, ' ', 2)::numeric < extract(epoch from ${clock.now})
    returning key`.execute(sql);
  return rows.length > 0;
}

export async function releaseFlush(sql: Sql, owner: string): Promise<void> {
  await fragment`
    delete from settings where key = ${KEY} and split_part(value, ' ', 1) = ${owner}`.execute(sql);
}
