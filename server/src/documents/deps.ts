import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import type { Quotas } from "../platform/config.ts";
import type { Courtesy } from "../platform/courtesy.ts";
import type { Logger } from "../platform/logger.ts";
import type { TestSignals } from "../platform/test-signals.ts";
import type { OnCollectionDeleting, OnDocumentsCommitted } from "./hooks.ts";
import type { VectorStore } from "./vector-store.ts";

/** What this room works with; main.ts makes it. */
export interface DocumentsDeps {
  readonly db: Database;
  readonly vectors: VectorStore;
  readonly clock: DatabaseClock;
  readonly onCommitted: OnDocumentsCommitted;
  readonly onDeleting: OnCollectionDeleting;
  /** Of namespaces that have none of their own. */
  readonly quotas: Quotas;
  /** What ingestion gives way by. */
  readonly courtesy: Courtesy;
  readonly logger: Logger;
  readonly signals: TestSignals;
}
