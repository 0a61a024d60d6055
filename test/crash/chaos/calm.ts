import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { sql, type RawBuilder } from "kysely";

import type { Sql } from "../../../server/src/db/database.ts";
import type { Api } from "../../factories/api.ts";
import type { ServerDatabase } from "../../factories/server-database.ts";

const UNFINISHED = sql`select run_id from executions where status in ('pending', 'processing')`;

/**
 * The end of a storm, on servers that nobody disturbs any more: they must take everything up by themselves before the
 * triggers are paused (those that failed stay as they are) and the last runs end.
 */
export async function calmDown(api: Api, database: ServerDatabase): Promise<void> {
  await database.look(async ({ sql: run }) => {
    const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(run);
    await untilNone(
      run,
      "interval triggers are decided again, and conditions checked",
      sql`select trigger_id from triggers
        where trigger_type in ('interval', 'conditional') and status = 'active' and closed_at is null and decided_through < ${rows[0]!.now}`,
    );
    await pauseAll(run, api, sql`trigger_type <> 'event'`);
    await untilNone(
      run,
      "event triggers fire until what they counted is below their thresholds",
      sql`select trigger_id from triggers
        where trigger_type = 'event' and status = 'active'
          and event_counter >= (schedule_config->>'event_threshold')::bigint
        union all ${UNFINISHED}`,
    );
    await pauseAll(run, api, sql`true`);
    await untilNone(run, "executions end", UNFINISHED);
  });
}

async function pauseAll(run: Sql, api: Api, where: RawBuilder<unknown>): Promise<void> {
  const { rows } = await sql<{ trigger_id: string }>`
    select trigger_id from triggers where status = 'active' and ${where}`.execute(run);
  for (const { trigger_id } of rows) await api.call("POST", `/v1/triggers/${trigger_id}/pause`);
}

async function untilNone(run: Sql, what: string, query: RawBuilder<unknown>): Promise<void> {
  for (let look = 0; look < 900; look++) {
    const { rows } = await query.execute(run);
    if (rows.length === 0) return;
    await delay(200);
  }
  const { rows } = await query.execute(run);
  assert.fail(`gave up after three minutes: ${what}; left: ${JSON.stringify(rows.slice(0, 20))}`);
}
