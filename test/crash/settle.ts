import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

import type { Api } from "../factories/api.ts";

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
