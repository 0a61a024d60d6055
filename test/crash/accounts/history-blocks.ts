import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Sql } from "../../../server/src/db/database.ts";

/** The blocks of the history, small and large ones, count what is there. */
export async function checkHistoryBlocks(run: Sql): Promise<void> {
  const { rows } = await sql`
    with recounted as (
      select trigger_id, level, trigger_ordinal / case level when 0 then 1000 else 1000000 end as block,
        count(*) filter (where status = 'completed') as completed, count(*) filter (where status = 'failed') as failed,
        count(*) filter (where status = 'canceled') as canceled, count(*) filter (where status = 'pending') as pending,
        count(*) filter (where status = 'processing') as processing, min(triggered_at) as first_at,
        max(triggered_at) as last_at
      from executions cross join (values (0::smallint), (1::smallint)) as levels (level)
      where trigger_id is not null group by 1, 2, 3
    )
    select trigger_id, level, block from history_blocks b full join recounted r using (trigger_id, level, block)
    where (b.completed, b.failed, b.canceled, b.pending, b.processing, b.first_at, b.last_at)
      is distinct from (r.completed, r.failed, r.canceled, r.pending, r.processing, r.first_at, r.last_at)`.execute(
    run,
  );
  assert.deepEqual(rows, [], "the blocks of the history count what is there");
}
