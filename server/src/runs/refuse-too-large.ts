import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import { featuresRead } from "./features-read.ts";
import { RunRefused, type RunJob } from "./run-result.ts";

const MB = 1024 * 1024;
/** K-means works on a copy of the vectors it is fitted on. */
const COPIES = 2;
/** Of every document: id, text, label, distance, and what k-means keeps of a row. */
const BYTES_A_DOCUMENT = 300;
/** What is under way between the vector store and us, however much there is to read. */
const READ_AHEAD = 600 * MB;

type Definition = Pick<RunJob["definition"], "method" | "featureName" | "sampleSize">;

/**
 * Refuses (`too_large`) what would not fit into a run's memory, before it reads anything: found out half way, it would
 * be computed and killed three times. An estimate, within a tenth of what was measured at 200,000 and 800,000 vectors of 384
 * dimensions with and without a sample; what it lets through by mistake ends as `out_of_memory`.
 */
export function refuseTooLarge(
  snapshot: Pick<SnapshotManifest, "documents" | "features">,
  definition: Definition,
  limitBytes: number,
): void {
  const { documents } = snapshot;
  const { method, sampleSize = null } = definition;
  if (method.algorithm === "attribute_based") return;
  const dimensions = featuresRead(snapshot, definition).reduce((sum, feature) => sum + feature.dimensions, 0);
  const fitted = Math.min(sampleSize ?? documents, documents);
  const bytesARow = 4 * dimensions;
  const besides = documents * BYTES_A_DOCUMENT + Math.min(READ_AHEAD, documents * bytesARow);
  const needed = besides + COPIES * fitted * bytesARow;
  if (needed <= limitBytes) return;
  const fitting = twoDigits((limitBytes - besides) / (COPIES * bytesARow));
  const what =
    fitted < documents
      ? `A sample of ${count(fitted)} of ${count(documents)} vectors of ${dimensions} dimensions needs`
      : `${count(documents)} vectors of ${dimensions} dimensions, clustered all at once, need`;
  const instead =
    fitting >= method.params.n_clusters
      ? `Set sample_size to ${count(fitting)} or less: k-means is fitted on so many documents and the others are assigned. Or raise the limit.`
      : "Raise the limit; no sample_size would do.";
  throw new RunRefused(
    "too_large",
    `${what} about ${megabytes(needed)} of memory, and a run may take ${megabytes(limitBytes)} (RECLUSTER_RUN_MEMORY_MB). ${instead}`,
  );
}

function count(value: number): string {
  return value.toLocaleString("en-US");
}

function megabytes(bytes: number): string {
  return `${count(Math.round(bytes / MB))} MB`;
}

/** Down to two digits: 123,456 is 120,000. */
function twoDigits(value: number): number {
  if (value < 1) return 0;
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return Math.floor(value / unit) * unit;
}
