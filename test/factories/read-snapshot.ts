import { fork } from "node:child_process";

import {
  readSnapshotDocuments,
  SnapshotVectors,
} from "../../server/src/documents/snapshots/snapshot-reader.ts";
import type { SnapshotManifest } from "../../server/src/documents/snapshots/snapshot.ts";

/** Ids and vectors of a snapshot, of its first feature unless one is named, in document order, read as a run reads them. */
export async function readSnapshotVectors(
  storageFolder: string,
  manifest: SnapshotManifest,
  feature: string = manifest.features[0]!.name,
): Promise<[id: string, vector: number[]][]> {
  const { documentIds, vectorIds } = await readSnapshotDocuments(storageFolder, manifest);
  const vectors = new SnapshotVectors(storageFolder, manifest, vectorIds, feature);
  const { data, rows, cols } = await vectors.read(null);
  if (rows !== documentIds.length) throw new Error(`${rows} vectors of ${documentIds.length} documents`);
  return Array.from(documentIds, (id, i) => [id, [...data.subarray(i * cols, (i + 1) * cols)]]);
}

const CHILD = "../../server/src/documents/snapshots/snapshot.test-child.ts";

/** The vectors of each feature by document, read in another process. */
export function readSnapshotInChild(
  storageFolder: string,
  manifest: SnapshotManifest,
): Promise<Record<string, Record<string, number[]>>> {
  const child = fork(new URL(CHILD, import.meta.url), { execArgv: ["--conditions=recluster-source"] });
  return new Promise((resolve, reject) => {
    child.once("message", (answer) => resolve(answer as Record<string, Record<string, number[]>>));
    child.once("exit", (code) => reject(new Error(`the child ended with ${code}`)));
    child.send({ storageFolder, manifest });
  });
}
