import { join } from "node:path";

import {
  clusterShareDrift,
  cosineDrift,
  embeddingDrift,
  euclideanDrift,
  type DriftSample,
  type Matrix,
  mmdDrift,
  qualityDegradation,
} from "#kernels/index.ts";
import type { ConditionMetric } from "#contract/schedule-config.ts";
import { readCentroids } from "../artifacts/read-artifacts.ts";
import { RunRefused } from "../run-result.ts";
import { type Baseline, readBaseline } from "./baseline-file.ts";
import { type DriftGroup, prepareGroups, type SamplePreparation } from "./prepare-samples.ts";

/** Metrics of vectors: a volume is counted, not measured here. */
export type DriftMetric = Exclude<ConditionMetric, "volume_change" | "webhook">;

/** What a child process needs to measure how far today's documents are from those a run has read. */
export interface DriftJob extends SamplePreparation {
  readonly metric: DriftMetric;
  readonly storageFolder: string;
  /** Of the baseline's run, relative to the storage folder. */
  readonly artifactPath: string;
  readonly seed: number;
  /** Today's sample; the vectors of each feature, [documents, dimensions]. */
  readonly current: Omit<Baseline, "vectors"> & { readonly vectors: readonly Float32Array[] };
}

export interface DriftResult {
  readonly value: number | null;
  readonly pValue: number | null;
  readonly details: Readonly<Record<string, unknown>>;
}

type Measured = DriftResult;

/**
 * Measures one metric. Where each of several features was clustered by itself, each is measured by itself and the largest
 * value counts, its p-value multiplied by the number of features (Bonferroni). Throws RunRefused or KernelError.
 */
export async function measureDrift(job: DriftJob): Promise<DriftResult> {
  const folder = join(job.storageFolder, job.artifactPath);
  const baseline = await readBaseline(folder);
  if (!baseline) throw new RunRefused("no_baseline", "The run has left no sample to measure against.");
  const current = { ...job.current, vectors: toMatrices(job.current) };
  const groups = prepareGroups(job, baseline, current);
  const measured: (Measured & { readonly feature: string | null })[] = [];
  for (const group of groups) measured.push({ ...(await measureGroup(job, folder, group)), feature: group.feature });
  const largest = measured.reduce((most, one) => ((one.value ?? -1) > (most.value ?? -1) ? one : most));
  const sampled = {
    baseline: { of: baseline.documents, drawn: baseline.documentIds.length },
    current: { of: current.documents, drawn: current.documentIds.length },
  };
  const leftOut = groups.reduce((sum, group) => sum + group.zeroVectors, 0);
  return {
    value: largest.value,
    pValue: largest.pValue === null ? null : Math.min(1, largest.pValue * groups.length),
    details: {
      ...largest.details,
      ...(largest.feature === null ? {} : { feature: largest.feature, features_measured: groups.length }),
      sampled,
      ...(leftOut === 0 ? {} : { zero_vectors_left_out: leftOut }),
    },
  };
} // prettier-ignore

function toMatrices({ features, documentIds, vectors }: DriftJob["current"]): Matrix[] {
  return features.map(({ dimensions: cols }, at) => {
    return { data: vectors[at]!, rows: documentIds.length, cols };
  });
}

async function measureGroup({ metric, seed }: DriftJob, folder: string, group: DriftGroup): Promise<Measured> {
  const { baseline, current, feature } = group;
  const options = { seed };
  switch (metric) {
    case "embedding_drift": {
      const { value, pValue, auc, folds } = await embeddingDrift(baseline, current, options);
      return { value, pValue, details: { auc, folds } };
    }
    case "cosine_drift": {
      const { value, pValue, noiseFloor } = await cosineDrift(baseline, current, options);
      return { value, pValue, details: { noise_floor: noiseFloor } };
    }
    case "euclidean": {
      const { value, pValue, distance, noise } = await euclideanDrift(baseline, current, options);
      return { value, pValue, details: { distance, noise } };
    }
    case "mmd": {
      const { value, pValue, bandwidth, permutations } = await mmdDrift(baseline, current, options);
      return { value, pValue, details: { bandwidth, permutations } };
    }
    case "cluster_share": {
      const centroids = await centroidsOf(folder, feature, group.dimensions);
      const drift = await clusterShareDrift(baseline, current, centroids.matrix, options);
      return { value: drift.value, pValue: drift.pValue, details: { clusters: mostMoved(centroids.ids, drift) } };
    }
    case "quality_degradation":
      return quality(await centroidsOf(folder, feature, group.dimensions), baseline, current, "silhouette");
    case "davies_bouldin_degradation":
      return quality(await centroidsOf(folder, feature, group.dimensions), baseline, current, "davies_bouldin");
    case "calinski_harabasz_degradation":
      return quality(await centroidsOf(folder, feature, group.dimensions), baseline, current, "calinski_harabasz");
  }
} // prettier-ignore

interface Centroids {
  readonly ids: readonly string[];
  readonly matrix: Matrix;
}

async function quality(
  { matrix }: Centroids,
  baseline: DriftSample,
  current: DriftSample,
  index: "silhouette" | "davies_bouldin" | "calinski_harabasz",
): Promise<Measured> {
  const { value, baselineQuality, currentQuality } = await qualityDegradation(baseline, current, matrix, {
    index,
  });
  const details = { index, baseline_quality: baselineQuality, current_quality: currentQuality };
  return { value, pValue: null, details };
}

/** Throws RunRefused for a run whose clusters have no centres, or that has found none. */
async function centroidsOf(folder: string, own: string | null, dimensions: number): Promise<Centroids> {
  const rows = (await readCentroids(folder)).filter(
    ({ vector, feature }) => feature === own && vector?.length === dimensions,
  );
  if (rows.length === 0) {
    throw new RunRefused("no_centroids", "The run has found no cluster with a centre to measure by.");
  }
  const data = Float32Array.from(rows.flatMap(({ vector }) => vector!));
  const matrix = { data, rows: rows.length, cols: dimensions };
  return { ids: rows.map(({ cluster_id }) => cluster_id), matrix };
}

const MOST_CLUSTERS = 5;

/** The clusters whose shares have changed most. */
function mostMoved(
  ids: readonly string[],
  { baselineShares, currentShares }: { baselineShares: Float64Array; currentShares: Float64Array },
): object[] {
  return ids
    .map((cluster_id, at) => ({ cluster_id, before: baselineShares[at]!, now: currentShares[at]! }))
    .sort((a, b) => Math.abs(b.now - b.before) - Math.abs(a.now - a.before))
    .slice(0, MOST_CLUSTERS);
}
