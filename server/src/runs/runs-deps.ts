import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import type { SnapshotPin } from "../documents/snapshots/snapshot-pins.ts";
import type { SnapshotManifest, SnapshotRequest } from "../documents/snapshots/snapshot.ts";
import type { Config } from "../platform/config.ts";
import type { Logger } from "../platform/logger.ts";
import type { TestSignals } from "../platform/test-signals.ts";
import type { RunHooks } from "./hooks.ts";

/** What this room is given by main.ts. */
export interface RunsDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly storageFolder: string;
  readonly hooks: RunHooks;
  readonly logger: Logger;
  readonly signals: TestSignals;
  readonly config: Pick<Config, "runsAtOnce" | "runMemoryBytes" | "runSeconds" | "keepSnapshots" | "labels">;
  readonly snapshots: {
    readonly takeSnapshot: (request: SnapshotRequest) => Promise<SnapshotManifest>;
    /** Lets the vectors of the snapshot go; may be called again. */
    readonly unpinSnapshot: (manifest: SnapshotManifest) => Promise<void>;
    /** Every pinned version of every vector table, by its tag. */
    readonly listPins: () => Promise<SnapshotPin[]>;
    /** Lets one go; may be called again. */
    readonly unpin: (pin: SnapshotPin) => Promise<void>;
  };
}
