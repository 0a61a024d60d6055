import { assignNoise, clusterCentroids, drawRows, type Matrix } from "#kernels/index.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import type { VectorMethod } from "../../clusters/methods/index.ts";
import { fewestDocuments } from "../../clusters/sample-size.ts";
import type { SnapshotVectors } from "../../documents/snapshots/snapshot-reader.ts";
import { RunRefused } from "../run-result.ts";
import { type AllDocuments, assignOthers, fillIn } from "./assign-others.ts";
import { bySize } from "./by-size.ts";
import { centreDistances } from "./centre-distances.ts";
import { type Found, findClusters } from "./find-clusters.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import { measureQuality } from "./measure-quality.ts";
import { normalizer } from "./normalize.ts";
import { placeOnMap } from "./place-on-map.ts";
import { reduceVectors } from "./reduce-vectors.ts";

export interface VectorClustering {
  readonly vectors: SnapshotVectors;
  readonly method: VectorMethod;
  readonly definition: Omit<ClusterDefinition, "method" | "collectionIds" | "featureName" | "labelPaths">;
  readonly seed: number;
  /** Places on the map of the run before, in document order, NaN where it had none; null to begin afresh. */
  readonly previous: Matrix | null;
  /** For messages. */
  readonly featureName: string | null;
  readonly filters: object | null;
  readonly nameOf: (document: number) => string;
}

export interface ClusteringSteps {
  readonly reading: StepProgress;
  readonly reducing: StepProgress;
  readonly clustering: StepProgress;
  readonly measuring: StepProgress;
  readonly mapping: StepProgress;
  readonly assigning: StepProgress;
}

/**
 * Reduces, clusters, measures and maps vectors; clusters come largest first. With a sample all that is done with the
 * sample alone, and every other document, whose vectors are never in memory together, gets cluster, distance and place by
 * the rules for new ones. Centres and distances are in the space of the vectors, not in that of the reduction. Throws
 * RunRefused or KernelError.
 */
export async function clusterVectors(input: VectorClustering, steps: ClusteringSteps): Promise<Grouping> {
  const { vectors, method, definition, seed } = input;
  refuseTooFew(input);
  const { documents } = vectors;
  const sample = sampleOf(definition.sampleSize ?? null, documents, seed);
  const x = await vectors.read(sample, (done, total) => steps.reading(done / total));
  const normalize = normalizer({ normalize: definition.normalizeFeatures, nameOf: input.nameOf });
  normalize(x, (row) => (sample ? sample[row]! : row));

  const reduced = await reduceVectors(x, definition.reduce ?? null, { seed, onProgress: steps.reducing });
  const found = await findClusters(reduced.rows, method, { seed, onProgress: steps.clustering });
  const { labels, noise } = settleNoise(reduced.rows, found, definition.reassignNoise ?? false);
  const { sizes, position, kept } = bySize(labels, found.clusters);
  const relabel = (own: Int32Array) => own.map((label) => (label < 0 ? -1 : position[label]!));
  const own = relabel(labels);
  const centres = clusterCentroids(x, own, { method: definition.centroid ?? "mean" });
  const quality = await measureQuality(x, own, seed, steps.measuring);
  const map = await drawMap(input, x, sample, steps.mapping);

  const all = emptyAnswers(documents, map?.coordinates.cols ?? null);
  fillIn(all, sample ?? Int32Array.from({ length: documents }, (_, i) => i), {
    labels: own,
    distances: centreDistances(x, own, centres),
    coordinates: map?.coordinates ?? null,
  });
  if (sample) {
    await found.predicting((predict) =>
      assignOthers({
        ...{ vectors, sample, all, normalize, onProgress: steps.assigning },
        assign: async (others) => {
          const predicted = relabel(await predict(await reduced.apply(others)));
          return {
            labels: predicted,
            distances: centreDistances(others, predicted, centres),
            coordinates: map && (await map.place(others)),
          };
        },
      }),
    );
  }
  const noiseDocuments = all.labels.reduce((count, label) => (label < 0 ? count + 1 : count), 0);
  return {
    ...all,
    clusters: countMembers(all.labels, kept.length).map((size, cluster) => ({
      ...{ size, parent: null, attributes: null, name: null },
      centre: centres.data.slice(cluster * centres.cols, (cluster + 1) * centres.cols),
    })),
    metrics: {
      ...quality,
      ...found.figures,
      ...(sample && found.figures.inertia !== undefined ? { inertia: inertiaOf(all.distances) } : {}),
      noise_share: noiseDocuments / documents,
      seed,
      approximate: quality.approximate || reduced.approximate || sample !== null,
      notes: [
        ...fewerThanAsked(method, sizes),
        ...reduced.notes,
        ...noise,
        ...(sample ? sampleNotes(sample.length, documents, seed, found) : []),
        ...quality.notes,
        ...(map?.notes ?? []),
      ],
    },
  };
}

function sampleOf(sampleSize: number | null, documents: number, seed: number): Int32Array | null {
  return sampleSize === null || sampleSize >= documents ? null : drawRows(sampleSize, documents, seed);
}

/** Noise goes to the nearest cluster, if that is wanted and there is one. */
function settleNoise(
  x: Matrix,
  { labels, clusters }: Found,
  reassign: boolean,
): { labels: Int32Array; noise: string[] } {
  const count = labels.reduce((sum, label) => (label < 0 ? sum + 1 : sum), 0);
  if (!reassign || count === 0 || clusters === 0) return { labels, noise: [] };
  return {
    labels: assignNoise(x, labels),
    noise: [`${count} documents that were noise got the cluster with the nearest mean (reassign_noise).`],
  };
}

async function drawMap(
  { definition, seed, previous }: VectorClustering,
  x: Matrix,
  sample: Int32Array | null,
  onProgress: StepProgress,
) {
  const { coordinates: step = { method: "pca", dims: 2, from_previous: false } as const } = definition;
  if (step === null) return null;
  return placeOnMap(x, step, previous && sample ? rowsOf(previous, sample) : previous, { seed, onProgress });
}

function rowsOf({ data, cols }: Matrix, chosen: Int32Array): Matrix {
  const own = new Float32Array(chosen.length * cols);
  for (const [row, from] of chosen.entries()) own.set(data.subarray(from * cols, (from + 1) * cols), row * cols);
  return { data: own, rows: chosen.length, cols };
}

function emptyAnswers(documents: number, dims: number | null): AllDocuments {
  return {
    labels: new Int32Array(documents).fill(-1),
    distances: new Float32Array(documents),
    coordinates:
      dims === null ? null : { data: new Float32Array(documents * dims), rows: documents, cols: dims },
  };
}

function countMembers(labels: Int32Array, clusters: number): number[] {
  const sizes = Array.from({ length: clusters }, () => 0);
  for (const label of labels) if (label >= 0) sizes[label]!++;
  return sizes;
}

function inertiaOf(distances: Float32Array): number {
  return distances.reduce((sum, distance) => sum + distance * distance, 0);
}

function refuseTooFew({ vectors, method, featureName, filters }: VectorClustering): void {
  const needed = fewestDocuments(method);
  if (vectors.documents >= needed) return;
  const there = filters
    ? `only ${vectors.documents} in the collections match the cluster's filters ${JSON.stringify(filters)}`
    : `the collections hold ${vectors.documents}`;
  const [what, lower] =
    method.algorithm === "kmeans" || method.algorithm === "agglomerative"
      ? [`${needed} clusters need`, " or lower n_clusters"]
      : [`${method.algorithm} needs`, ""];
  throw new RunRefused(
    "too_few_documents",
    `${what} at least ${needed} documents with a vector of the feature '${featureName}', but ${there}. Add documents${lower}.`,
  );
}

/** A method that is asked for a number of clusters leaves some empty when there are fewer different vectors. */
function fewerThanAsked({ algorithm }: VectorMethod, sizes: Int32Array): string[] {
  const found = sizes.filter((size) => size > 0).length;
  if (found === sizes.length) return [];
  const why = algorithm === "kmeans" ? `there are only ${found} different groups of vectors` : `${found} have members`;
  return [`${sizes.length} clusters were asked for, but ${why}.`];
}

function sampleNotes(sampled: number, documents: number, seed: number, { rule, figures }: Found): string[] {
  const overall = figures.inertia === undefined ? "" : ", inertia is over all documents";
  return [
    `Fitted on a sample of ${sampled} of ${documents} documents, seed ${seed}; the others ${rule}.`,
    `silhouette_score, davies_bouldin_index and calinski_harabasz_score are those of the sample${overall}.`,
  ];
}
