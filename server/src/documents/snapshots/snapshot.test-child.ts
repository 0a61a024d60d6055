import { readSnapshotVectors } from "../../../../test/factories/read-snapshot.ts";
import type { SnapshotManifest } from "./snapshot.ts";

// Reads a snapshot in a process of its own, as a run does; started by `readSnapshotInChild`.
process.once("message", (message) => {
  const { storageFolder, manifest } = message as { storageFolder: string; manifest: SnapshotManifest };
  void (async () => {
    const byFeature: Record<string, object> = {};
    for (const { name } of manifest.features) {
      byFeature[name] = Object.fromEntries(await readSnapshotVectors(storageFolder, manifest, name));
    }
    process.send!(byFeature, () => process.disconnect());
  })();
});
