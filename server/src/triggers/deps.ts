import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import type { Limits } from "../platform/config.ts";
import type { Logger } from "../platform/logger.ts";
import type { TestSignals } from "../platform/test-signals.ts";

export interface TriggersDeps {
  readonly db: Database;
  /** Decides what is due. */
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly signals: TestSignals;
  readonly limits: Limits;
}
