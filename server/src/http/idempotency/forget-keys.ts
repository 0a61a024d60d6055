import type { DatabaseClock } from "../../db/database-clock.ts";
import type { Database } from "../../db/database.ts";
import { systemClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { Loop, type Service } from "../../platform/service.ts";
import type { TestSignals } from "../../platform/test-signals.ts";
import { removeOldKeys } from "./key-store.ts";

const ROUND_MS = 600_000;
const BATCH = 5_000;

interface ForgetDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly signals: TestSignals;
}

/** Removes Idempotency-Keys a day after their last use. `runOnce` returns how many it removed. */
export function createKeyRemoval(deps: ForgetDeps): Service & { runOnce(): Promise<number> } {
  const runOnce = async () => {
    let removed = 0;
    for (let batch = BATCH; batch === BATCH; removed += batch) {
      batch = await removeOldKeys(deps.db.sql, deps.clock, BATCH);
    }
    return removed;
  };
  const loop = new Loop({
    name: "idempotency-keys",
    logger: deps.logger,
    signals: deps.signals,
    clock: systemClock,
    runOnce: async () => {
      await runOnce();
      return ROUND_MS;
    },
  });
  return { name: loop.name, start: () => loop.start(), stop: () => loop.stop(), runOnce };
}
