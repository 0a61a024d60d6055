import {
  readSnapshotDocuments,
  SnapshotVectors,
} from "../../server/src/documents/snapshots/snapshot-reader.ts";
import type { SnapshotManifest } from "../../server/src/documents/snapshots/snapshot.ts";

/** Ids and vectors of a snapshot in document order, read as a run reads them. */
export async function readSnapshotVectors(
  storageFolder: string,
  manifest: SnapshotManifest,
): Promise<[id: string, vector: number[]][]> {
  const { documentIds, vectorIds } = await readSnapshotDocuments(storageFolder, manifest);
  const vectors = new SnapshotVectors(storageFolder, manifest, vectorIds);
  const { data, rows, cols } = await vectors.read(null);
  if (rows !== documentIds.length) throw new Error(`${rows} vectors of ${documentIds.length} documents`);
  return Array.from(documentIds, (id, i) => [id, [...data.subarray(i * cols, (i + 1) * cols)]]);
}
