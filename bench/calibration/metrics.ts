import {
  clusterShareDrift,
  cosineDrift,
  type DriftSample,
  embeddingDrift,
  euclideanDrift,
  type Matrix,
  mmdDrift,
  qualityDegradation,
} from "#kernels/index.ts";

export interface Measured {
  readonly value: number | null;
  /** Undefined where there is no null. */
  readonly pValue?: number | null;
}

export interface Metric {
  readonly name: string;
  /** The default of a trigger, which follows from this experiment (docs/drift.md). */
  readonly threshold: number;
  /** The default before it was measured. */
  readonly guessed: number;
  readonly measure: (a: DriftSample, b: DriftSample, centroids: Matrix, seed: number) => Promise<Measured>;
}

/** A drift fires if its value is at the threshold and, where there is a null, p is below this. */
export const SIGNIFICANT = 0.001;

export const isFiring = ({ value, pValue }: Measured, threshold: number): boolean =>
  value !== null && value >= threshold && (pValue === undefined || (pValue !== null && pValue < SIGNIFICANT));

/** One thread: the experiment runs a process for each core. */
const threads = 1;

export const METRICS: readonly Metric[] = [
  {
    name: "embedding_drift",
    guessed: 0.05,
    threshold: 0.04,
    measure: (a, b, _, seed) => embeddingDrift(a, b, { seed, threads }),
  },
  {
    name: "cosine_drift",
    guessed: 0.05,
    threshold: 0.0015,
    measure: (a, b, _, seed) => cosineDrift(a, b, { seed, threads }),
  },
  {
    name: "euclidean",
    guessed: 0.2,
    threshold: 0.02,
    measure: (a, b, _, seed) => euclideanDrift(a, b, { seed, threads }),
  },
  {
    name: "mmd",
    guessed: 0.1,
    threshold: 0.012,
    measure: (a, b, _, seed) => mmdDrift(a, b, { seed, threads }),
  },
  {
    name: "cluster_share",
    guessed: 0.1,
    threshold: 0.04,
    measure: (a, b, centroids, seed) => clusterShareDrift(a, b, centroids, { seed, threads }),
  },
  ...(["silhouette", "davies_bouldin", "calinski_harabasz"] as const).map((index) => ({
    name: `quality_degradation:${index}`,
    guessed: 0.1,
    threshold: 0.05,
    measure: (a: DriftSample, b: DriftSample, centroids: Matrix, seed: number) =>
      qualityDegradation(a, b, centroids, { index, seed, threads }),
  })),
];
