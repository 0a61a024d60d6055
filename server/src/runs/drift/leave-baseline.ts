import { join } from "node:path";

import { drawRows } from "#kernels/index.ts";
import { type SnapshotDocuments, SnapshotVectors } from "../../documents/snapshots/snapshot-reader.ts";
import { featuresRead } from "../features-read.ts";
import type { RunJob } from "../run-result.ts";
import { writeBaseline } from "./baseline-file.ts";

/** Documents on either side of a comparison. */
export const SAMPLE_DOCUMENTS = 2_000;

/**
 * Leaves a uniform sample of what the run has read beside its artifacts: later checks compare with it, when the run's
 * snapshot has long been let go. The vectors are as they were read, before any normalisation or reduction.
 */
export async function leaveBaseline(
  { storageFolder, manifest, definition, seed, artifactPath }: RunJob,
  documents: SnapshotDocuments,
): Promise<void> {
  const features = featuresRead(manifest, definition);
  const { length } = documents;
  const drawn = drawRows(Math.min(SAMPLE_DOCUMENTS, length), length, seed);
  const vectors = [];
  for (const { name } of features) {
    const source = new SnapshotVectors(storageFolder, manifest, documents.vectorIds, name);
    vectors.push(await source.readFew(drawn));
  }
  await writeBaseline(join(storageFolder, artifactPath), {
    documents: length,
    features,
    documentIds: Array.from(drawn, (document) => documents.documentIds.get(document)),
    collectionIds: Array.from(drawn, (document) => documents.collectionOf(document)),
    vectors,
  });
}
