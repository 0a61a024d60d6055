import { type KMeansResult, type Matrix, NearestCentres } from "#kernels/index.ts";
import type { SnapshotVectors } from "../../documents/snapshots/snapshot-reader.ts";
import type { StepProgress } from "./grouping.ts";
import type { Normalize } from "./normalize.ts";

/** The cluster of each document and the distance to its centre, in document order. */
export type Assigned = Pick<KMeansResult, "labels" | "distances">;

/**
 * Every document of the snapshot, those of the sample as k-means left them, each other one at the nearest centre. The
 * vectors come in batches, in whatever order the store has them; what a document gets does not depend on that.
 *
 * @param sample the documents k-means was fitted on, ascending
 */
export async function assignOthers({
  vectors,
  sample,
  found,
  normalize,
  onProgress,
}: {
  readonly vectors: SnapshotVectors;
  readonly sample: Int32Array;
  readonly found: Assigned & { readonly centers: Matrix };
  readonly normalize: Normalize;
  readonly onProgress: StepProgress;
}): Promise<Assigned> {
  const { documents: total, dimensions: cols } = vectors;
  const labels = new Int32Array(total).fill(-1);
  const distances = new Float32Array(total);
  for (const [row, document] of sample.entries()) {
    labels[document] = found.labels[row]!;
    distances[document] = found.distances[row]!;
  }
  let done = sample.length;
  await NearestCentres.use(found.centers, {}, async (nearest) => {
    let room = new Float32Array(0);
    for await (const batch of vectors.batches()) {
      const documents = batch.documents.filter((document) => document >= 0 && labels[document] === -1);
      if (room.length < documents.length * cols) room = new Float32Array(documents.length * cols);
      const x = { data: room.subarray(0, documents.length * cols), rows: documents.length, cols };
      let row = 0;
      for (const [i, document] of batch.documents.entries()) {
        if (document !== documents[row]) continue;
        x.data.set(batch.vectors.subarray(i * cols, (i + 1) * cols), row * cols);
        row += 1;
      }
      if (row > 0) normalize(x, (at) => documents[at]!);
      const ownLabels = new Int32Array(row);
      const ownDistances = new Float32Array(row);
      await nearest.assign(x, ownLabels, ownDistances);
      for (const [at, document] of documents.entries()) {
        labels[document] = ownLabels[at]!;
        distances[document] = ownDistances[at]!;
      }
      done += row;
      onProgress(done / total);
      if (done === total) break;
    }
  });
  return { labels, distances };
}
