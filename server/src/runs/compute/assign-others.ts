import type { Matrix } from "#kernels/index.ts";
import type { VectorSource } from "../../documents/snapshots/snapshot-reader.ts";
import type { StepProgress } from "./grouping.ts";
import type { Normalize } from "../rules/normalize.ts";

/** What becomes of rows that the clusters were not found on; `documentOf` says whose they are. */
export type Assign = (
  rows: Matrix,
  documentOf: (row: number) => number,
) => Promise<{
  /** -1 for noise. int32 [rows] */
  readonly labels: Int32Array;
  /** NaN for noise. float32 [rows] */
  readonly distances: Float32Array;
  readonly coordinates: Matrix | null;
}>;

/** Where the answers for all documents of the snapshot are kept, in document order. */
export interface AllDocuments {
  readonly labels: Int32Array;
  readonly distances: Float32Array;
  readonly coordinates: Matrix | null;
}

/**
 * Fills in every document of the snapshot that is not of the sample. The vectors come in batches, in whatever order the
 * store has them; what a document gets does not depend on that.
 *
 * @param sample the documents that are filled in already, ascending
 */
export async function assignOthers({
  vectors,
  sample,
  all,
  normalize,
  assign,
  onProgress,
}: {
  readonly vectors: VectorSource;
  readonly sample: Int32Array;
  readonly all: AllDocuments;
  readonly normalize: Normalize;
  readonly assign: Assign;
  readonly onProgress: StepProgress;
}): Promise<void> {
  const { documents: total, dimensions: cols } = vectors;
  const isDone = new Uint8Array(total);
  for (const document of sample) isDone[document] = 1;
  let done = sample.length;
  let room = new Float32Array(0);
  for await (const batch of vectors.batches()) {
    const documents = batch.documents.filter((document) => document >= 0 && isDone[document] === 0);
    if (documents.length === 0) continue;
    if (room.length < documents.length * cols) room = new Float32Array(documents.length * cols);
    const x = { data: room.subarray(0, documents.length * cols), rows: documents.length, cols };
    let row = 0;
    for (const [i, document] of batch.documents.entries()) {
      if (document !== documents[row]) continue;
      x.data.set(batch.vectors.subarray(i * cols, (i + 1) * cols), row * cols);
      row += 1;
    }
    const documentOf = (row: number) => documents[row]!;
    normalize(x, documentOf);
    fillIn(all, documents, await assign(x, documentOf));
    done += documents.length;
    onProgress(done / total);
    if (done === total) break;
  }
}

/** Writes the answers of some rows to the documents that these rows are. */
export function fillIn(
  all: AllDocuments,
  documents: Int32Array,
  { labels, distances, coordinates }: Awaited<ReturnType<Assign>>,
): void {
  for (const [row, document] of documents.entries()) {
    all.labels[document] = labels[row]!;
    all.distances[document] = distances[row]!;
  }
  if (all.coordinates === null || coordinates === null) return;
  const { cols } = coordinates;
  for (const [row, document] of documents.entries()) {
    all.coordinates.data.set(coordinates.data.subarray(row * cols, (row + 1) * cols), document * cols);
  }
}
