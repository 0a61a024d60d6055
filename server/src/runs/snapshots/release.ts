import { rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { RunsDeps } from "../runs-deps.ts";
import type { SnapshotUse } from "./let-go.ts";

/** After the commit that found them unneeded: unpins the vectors and removes the files. What fails is left to the sweep. */
export async function releaseSnapshots(deps: RunsDeps, uses: readonly SnapshotUse[]): Promise<void> {
  for (const { takenBy, snapshot } of uses) {
    try {
      await deps.snapshots.unpinSnapshot(snapshot);
      const folder = join(deps.storageFolder, snapshot.folder);
      await rm(folder, { recursive: true, force: true });
      await removeIfEmpty(dirname(folder));
    } catch (error) {
      deps.logger.warn({ err: error, runId: takenBy }, "letting a snapshot go failed; the sweep tries again");
    }
  }
}

/** The run that took the snapshot may have been deleted while another still needed it. */
async function removeIfEmpty(folder: string): Promise<void> {
  try {
    await rmdir(folder);
  } catch (error) {
    if (!["ENOTEMPTY", "EEXIST", "ENOENT"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  }
}
