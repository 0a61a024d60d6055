import { kmeans, KernelError, type Matrix, normalizeRows } from "#kernels/index.ts";
import type { KMeansDefinition } from "../../clusters/definition.ts";
import { RunRefused } from "../run-result.ts";
import type { Grouping, StepProgress } from "./grouping.ts";
import { measureQuality } from "./measure-quality.ts";

export interface VectorClustering {
  readonly vectors: Matrix;
  readonly params: KMeansDefinition["params"];
  readonly normalize: boolean;
  readonly seed: number;
  /** For messages. */
  readonly featureName: string | null;
  readonly nameOf: (row: number) => string;
}

/** K-means over the vectors, largest cluster first, with its quality. Throws RunRefused or KernelError. */
export async function clusterVectors(
  input: VectorClustering,
  onClustering: StepProgress,
  onMeasuring: StepProgress,
): Promise<Grouping> {
  const { params, seed } = input;
  refuseTooFew(input);
  const x = input.normalize ? normalize(input) : input.vectors;
  const found = await kmeans(x, {
    nClusters: params.n_clusters,
    maxIter: params.max_iter,
    tol: params.tol,
    nInit: params.n_init,
    init: params.init,
    seed,
    onProgress: onClustering,
  });
  const sizes = new Array<number>(params.n_clusters).fill(0);
  for (const label of found.labels) sizes[label]!++;
  // K-means leaves clusters empty when there are fewer different vectors than clusters; an empty one is none.
  const kept = [...sizes.keys()]
    .filter((cluster) => sizes[cluster]! > 0)
    .sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const position = new Int32Array(params.n_clusters);
  for (const [index, cluster] of kept.entries()) position[cluster] = index;
  const labels = found.labels.map((label) => position[label]!);
  const quality = await measureQuality(x, labels, seed, onMeasuring);
  const fewer =
    kept.length < params.n_clusters
      ? [
          `${params.n_clusters} clusters were asked for, but there are only ${kept.length} different groups of vectors.`,
        ]
      : [];
  return {
    labels,
    distances: found.distances,
    clusters: kept.map((cluster) => ({
      size: sizes[cluster]!,
      parent: null,
      attributes: null,
      name: null,
      centre: found.centers.data.slice(cluster * x.cols, (cluster + 1) * x.cols),
    })),
    metrics: {
      ...quality,
      notes: [...fewer, ...quality.notes],
      seed,
      inertia: found.inertia,
      iterations: found.iterations,
      converged: found.converged,
    },
  };
}

function refuseTooFew({ vectors, params, featureName }: VectorClustering): void {
  const needed = params.n_clusters;
  if (vectors.rows >= needed) return;
  throw new RunRefused(
    "too_few_documents",
    `${needed} clusters need at least ${needed} documents with a vector of the feature '${featureName}', ` +
      `but the collections hold ${vectors.rows}. Add documents or lower n_clusters.`,
  );
}

function normalize({ vectors, nameOf }: VectorClustering): Matrix {
  try {
    return normalizeRows(vectors);
  } catch (error) {
    if (!(error instanceof KernelError) || error.code !== "zero_vector") throw error;
    throw new RunRefused(
      "zero_vector",
      `The vector of ${nameOf(firstZeroRow(vectors))} is all zeros and has no direction. ` +
        "Give it another vector, delete it, or turn normalize_features off.",
    );
  }
}

function firstZeroRow({ data, rows, cols }: Matrix): number {
  for (let row = 0; row < rows; row++) {
    if (data.subarray(row * cols, (row + 1) * cols).every((value) => value === 0)) return row;
  }
  throw new Error("normalizeRows reported a row of zeros, but there is none.");
}
