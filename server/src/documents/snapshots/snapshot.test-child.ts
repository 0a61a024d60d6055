import { readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import type { SnapshotManifest } from "./snapshot.ts";

// Reads a snapshot in a process of its own, as a run does; started by snapshot.test.ts.
process.once("message", (message) => {
  const { storageFolder, manifest } = message as { storageFolder: string; manifest: SnapshotManifest };
  void (async () => {
    const byId = await readSnapshotVectors(storageFolder, manifest);
    process.send!(Object.fromEntries(byId), () => process.disconnect());
  })();
});
