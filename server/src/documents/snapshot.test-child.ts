import { readSnapshotDocuments, readSnapshotVectors } from "./snapshot-reader.ts";
import type { SnapshotManifest } from "./snapshot.ts";

// Reads a snapshot in a process of its own, as a run does; started by snapshot.test.ts.
process.once("message", (message) => {
  const { storageFolder, manifest } = message as { storageFolder: string; manifest: SnapshotManifest };
  void (async () => {
    const { data, cols } = await readSnapshotVectors(storageFolder, manifest);
    const { documentIds } = await readSnapshotDocuments(storageFolder, manifest);
    const byId = documentIds.map((id, i) => [id, [...data.subarray(i * cols, (i + 1) * cols)]] as const);
    process.send!(Object.fromEntries(byId), () => process.disconnect());
  })();
});
