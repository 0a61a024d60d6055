import { databaseClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { listPins } from "../../server/src/documents/snapshots/snapshot-pins.ts";
import { takeSnapshot, unpinSnapshot } from "../../server/src/documents/snapshots/snapshot.ts";
import { VectorStore } from "../../server/src/documents/vector-store.ts";
import type { RunsDeps } from "../../server/src/runs/runs-deps.ts";

/** The documents room's snapshots of this database and storage folder. */
export function testSnapshots(db: Database, storageFolder: string): RunsDeps["snapshots"] {
  const deps = { db, vectors: new VectorStore(storageFolder), clock: databaseClock };
  return {
    takeSnapshot: (request) => takeSnapshot(deps, request),
    unpinSnapshot: (manifest) => unpinSnapshot(deps, manifest),
    listPins: () => listPins(deps.vectors),
    unpin: ({ table, tag }) => deps.vectors.unpin(table, tag),
  };
}
