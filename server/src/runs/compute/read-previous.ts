import { join } from "node:path";

import type { Matrix } from "#kernels/index.ts";
import type { SnapshotDocuments } from "../../documents/snapshots/snapshot-reader.ts";
import { eachMember, readCentroids } from "../artifacts/read-artifacts.ts";
import type { PreviousRun, RunJob } from "../run-result.ts";

/** What a run takes over from the one before; null for what it does not. */
export interface PreviousResult {
  /** Places on its map, in the order of this run's documents, NaN for those it did not have. [documents, dims] */
  readonly places: Matrix | null;
  /** Centres to start k-means from. [n_clusters, dimensions] */
  readonly centres: Matrix | null;
  /** What was wanted and is not there, and why. */
  readonly notes: readonly string[];
}

/** Which of a run's clusterings: that of a feature by itself, or the only one. */
export interface OneOfRun {
  readonly feature: string | null;
  readonly dimensions: number;
}

type Wanted<T> = { readonly found: T } | { readonly note: string };

/**
 * Reads what the definition wants of the run before: a map to start from, centres to start from. What is not there (no
 * such run, its files gone, another map, other clusters) is begun afresh, and a note says so.
 */
export async function readPrevious(
  { definition, previous = null, storageFolder }: Omit<RunJob, "manifest">,
  { feature, dimensions }: OneOfRun,
  documents: Pick<SnapshotDocuments, "length" | "documentIds" | "collectionOf">,
): Promise<PreviousResult> {
  const { coordinates, warmStart, method } = definition;
  const folder = previous && join(storageFolder, previous.artifactPath);
  const notes: string[] = [];
  const taken = async <T>(what: string, read: (folder: string) => Promise<Wanted<T>>): Promise<T | null> => {
    const wanted: Wanted<T> = folder
      ? await read(folder).catch(goneOr)
      : { note: "no run before it has completed and is still there" };
    if ("found" in wanted) return wanted.found;
    notes.push(`${what} afresh: ${wanted.note}.`);
    return null;
  };
  const places = coordinates?.from_previous
    ? await taken("The map begins", (from) =>
        previousPlaces(from, coordinates, previous!, documents, feature),
      )
    : null;
  const centres =
    warmStart && method.algorithm === "kmeans"
      ? await taken("K-means starts", (from) =>
          previousCentres(from, method.params.n_clusters, { feature, dimensions }),
        )
      : null;
  if (centres) notes.push(`K-means starts from the ${centres.rows} centroids of the run ${previous!.runId}.`);
  return { places, centres, notes };
}

function goneOr(error: unknown): { note: string } {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  return { note: "the artifacts of the run before are gone" };
}

async function previousPlaces(
  folder: string,
  { method, dims }: NonNullable<RunJob["definition"]["coordinates"]>,
  previous: PreviousRun,
  documents: Pick<SnapshotDocuments, "length" | "documentIds" | "collectionOf">,
  own: string | null,
): Promise<Wanted<Matrix>> {
  const before = previous.coordinates;
  if (before === null) return { note: "the run before has no map" };
  if (before.method !== method || before.dims !== dims) {
    return {
      note: `the map of the run before is by ${before.method} in ${before.dims} dimensions, this one by ${method} in ${dims}`,
    };
  }
  const rowOf = new Map<string, number>();
  for (let row = 0; row < documents.length; row++) {
    rowOf.set(nameOf(documents.collectionOf(row), documents.documentIds.get(row)), row);
  }
  const data = new Float32Array(documents.length * dims).fill(NaN);
  let shared = 0;
  for await (const { collection_id, document_id, coordinates, feature } of eachMember(folder)) {
    if (coordinates?.length !== dims || feature !== own) continue;
    const row = rowOf.get(nameOf(collection_id, document_id));
    if (row === undefined) continue;
    data.set(coordinates, row * dims);
    shared += 1;
  }
  if (shared === 0) return { note: "no document of this run has a place on the map of the run before" };
  return { found: { data, rows: documents.length, cols: dims } };
}

/** A document's id is unique in its collection only; ids of collections have no line breaks. */
function nameOf(collectionId: string, documentId: string): string {
  return `${collectionId}\n${documentId}`;
}

async function previousCentres(
  folder: string,
  clusters: number,
  { feature: own, dimensions }: OneOfRun,
): Promise<Wanted<Matrix>> {
  const centroids = (await readCentroids(folder)).filter(({ feature }) => feature === own);
  const vectors = centroids.map(({ vector }) => vector);
  const fitting = vectors.filter((vector) => vector?.length === dimensions);
  if (vectors.length !== clusters || fitting.length !== clusters) {
    const has = `${vectors.length} centroids of ${vectors[0]?.length ?? 0} dimensions`;
    return { note: `the run before has left ${has}, and ${clusters} of ${dimensions} are wanted` };
  }
  return { found: { data: Float32Array.from(fitting.flat() as number[]), rows: clusters, cols: dimensions } };
}
