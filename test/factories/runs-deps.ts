import { sql } from "kysely";

import { databaseClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { readLabelsConfig } from "../../server/src/platform/config.ts";
import { silentLogger } from "../../server/src/platform/logger.ts";
import { TestSignals } from "../../server/src/platform/test-signals.ts";
import type { EndedExecution } from "../../server/src/runs/hooks.ts";
import type { RunsDeps } from "../../server/src/runs/runs-deps.ts";

/**
 * What the routes about executions need, without a worker: the hook locks as the triggers' room does, and what it is
 * told is kept in `ended`; the folders of snapshots let go are kept in `unpinned`.
 */
export function testRunsDeps(
  db: Database,
  storageFolder: string,
): RunsDeps & { readonly ended: EndedExecution[]; readonly unpinned: string[] } {
  const ended: EndedExecution[] = [];
  const unpinned: string[] = [];
  return {
    db,
    clock: databaseClock,
    storageFolder,
    logger: silentLogger,
    signals: new TestSignals(),
    config: {
      ...{ runsAtOnce: 1, runMemoryBytes: 2 ** 30, runSeconds: 60, keepSnapshots: 1 },
      labels: readLabelsConfig({}),
    },
    hooks: {
      lock: async (tx, clusterId, triggerId) => {
        await sql`select 1 from triggers where trigger_id = ${triggerId} for update`.execute(tx);
        await sql`select 1 from clusters where cluster_id = ${clusterId} for update`.execute(tx);
      },
      ended: (_tx, execution) => {
        ended.push(execution);
        return Promise.resolve();
      },
    },
    snapshots: {
      takeSnapshot: () => Promise.reject(new Error("No run computes in this test.")),
      unpinSnapshot: ({ folder }) => {
        unpinned.push(folder);
        return Promise.resolve();
      },
      listPins: () => Promise.resolve([]),
      unpin: () => Promise.resolve(),
    },
    ended,
    unpinned,
  };
}
