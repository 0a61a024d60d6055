import { drawRows, kmeans, type Matrix } from "#kernels/index.ts";
import type { KMeansDefinition } from "../../clusters/definition.ts";
import type { SnapshotVectors } from "../../documents/snapshots/snapshot-reader.ts";
import { RunRefused } from "../run-result.ts";
import { assignOthers, type Assigned } from "./assign-others.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import { measureQuality } from "./measure-quality.ts";
import { normalizer } from "./normalize.ts";

export interface VectorClustering {
  readonly vectors: SnapshotVectors;
  readonly params: KMeansDefinition["params"];
  readonly normalize: boolean;
  /** Documents to fit on; null for all. */
  readonly sampleSize: number | null;
  readonly seed: number;
  /** For messages. */
  readonly featureName: string | null;
  readonly filters: object | null;
  readonly nameOf: (document: number) => string;
}

export interface ClusteringSteps {
  readonly reading: StepProgress;
  readonly clustering: StepProgress;
  readonly assigning: StepProgress;
  readonly measuring: StepProgress;
}

/**
 * K-means over the vectors, largest cluster first, with its quality. With a sample, k-means sees that only: the other
 * documents, whose vectors are never in memory together, go to the nearest of the sample's centres. Throws RunRefused
 * or KernelError.
 */
export async function clusterVectors(input: VectorClustering, steps: ClusteringSteps): Promise<Grouping> {
  const { vectors, params, seed, sampleSize } = input;
  refuseTooFew(input);
  const { documents } = vectors;
  const sample =
    sampleSize === null || sampleSize >= documents ? null : drawRows(sampleSize, documents, seed);
  const x = await vectors.read(sample, (done, total) => steps.reading(done / total));
  const normalize = normalizer(input);
  normalize(x, (row) => (sample ? sample[row]! : row));
  const found = await kmeans(x, {
    nClusters: params.n_clusters,
    maxIter: params.max_iter,
    tol: params.tol,
    nInit: params.n_init,
    init: params.init,
    seed,
    onProgress: steps.clustering,
  });
  const all: Assigned = sample
    ? await assignOthers({ vectors, sample, found, normalize, onProgress: steps.assigning })
    : found;
  const { kept, sizes, position } = bySize(all.labels, params.n_clusters);
  const relabel = (labels: Int32Array) => labels.map((label) => position[label]!);
  const labels = relabel(all.labels);
  const quality = await measureQuality(x, sample ? relabel(found.labels) : labels, seed, steps.measuring);
  return {
    labels,
    distances: all.distances,
    clusters: kept.map((cluster) => ({
      size: sizes[cluster]!,
      parent: null,
      attributes: null,
      name: null,
      centre: centreOf(found.centers, cluster),
    })),
    metrics: {
      ...quality,
      approximate: quality.approximate || sample !== null,
      notes: [
        ...(kept.length < params.n_clusters ? [fewerThanAsked(params.n_clusters, kept.length)] : []),
        ...(sample ? sampleNotes(sample.length, documents, seed) : []),
        ...quality.notes,
      ],
      seed,
      inertia: sample ? all.distances.reduce((sum, distance) => sum + distance * distance, 0) : found.inertia,
      iterations: found.iterations,
      converged: found.converged,
    },
  };
}

function refuseTooFew({ vectors, params, featureName, filters }: VectorClustering): void {
  const needed = params.n_clusters;
  if (vectors.documents >= needed) return;
  const there = filters
    ? `only ${vectors.documents} in the collections match the cluster's filters ${JSON.stringify(filters)}`
    : `the collections hold ${vectors.documents}`;
  throw new RunRefused(
    "too_few_documents",
    `${needed} clusters need at least ${needed} documents with a vector of the feature '${featureName}', ` +
      `but ${there}. Add documents or lower n_clusters.`,
  );
}

/** K-means leaves clusters empty when there are fewer different vectors than clusters; an empty one is none. */
function bySize(labels: Int32Array, clusters: number) {
  const sizes = new Int32Array(clusters);
  for (const label of labels) sizes[label]!++;
  const kept = [...sizes.keys()]
    .filter((cluster) => sizes[cluster]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const position = new Int32Array(clusters);
  for (const [index, cluster] of kept.entries()) position[cluster] = index;
  return { kept, sizes, position };
}

function centreOf({ data, cols }: Matrix, cluster: number): Float32Array {
  return data.slice(cluster * cols, (cluster + 1) * cols);
}

function fewerThanAsked(asked: number, found: number): string {
  return `${asked} clusters were asked for, but there are only ${found} different groups of vectors.`;
}

function sampleNotes(sampled: number, documents: number, seed: number): string[] {
  return [
    `Fitted on a sample of ${sampled} of ${documents} documents, seed ${seed}; the others assigned to the nearest centre.`,
    "silhouette_score, davies_bouldin_index and calinski_harabasz_score are those of the sample, inertia is over all documents.",
  ];
}
