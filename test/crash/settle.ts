import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import { sql } from "kysely";

import type { Api } from "../factories/api.ts";
import type { ServerDatabase } from "../factories/server-database.ts";

/** Pauses the triggers and waits, for as long as a lost lease may take, until none has an unfinished execution. */
export async function settle(api: Api, triggers: readonly string[]): Promise<void> {
  for (const trigger of triggers) await api.call("POST", `/v1/clusters/triggers/${trigger}/pause`);
  for (let look = 0; look < 1200; look++) {
    let unfinished = 0;
    for (const trigger of triggers) {
      for (const status of ["pending", "processing"]) {
        const { total } = await api.call("POST", `/v1/clusters/triggers/${trigger}/history`, {
          limit: 1,
          status_filter: status,
        });
        unfinished += total;
      }
    }
    if (unfinished === 0) return;
    await delay(100);
  }
  assert.fail("executions are still unfinished two minutes after their triggers were paused");
}

/** The same of all executions there are, those of no trigger too, once nothing creates more: looks into the database. */
export async function untilFinished(database: ServerDatabase): Promise<void> {
  await database.look(async (db) => {
    for (let look = 0; look < 900; look++) {
      const { rows } = await sql<{ unfinished: number }>`
        select count(*) as unfinished from executions where status in ('pending', 'processing')`.execute(
        db.sql,
      );
      if (rows[0]!.unfinished === 0) return;
      await delay(200);
    }
    assert.fail("executions are still unfinished three minutes after the last trigger was paused");
  });
}
