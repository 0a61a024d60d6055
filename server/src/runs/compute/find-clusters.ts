import {
  agglomerative,
  dbscan,
  gaussianMixture,
  hdbscan,
  kmeans,
  type Matrix,
  NearestCentres,
  predictAgglomerative,
  predictDbscan,
  predictGaussianMixture,
  predictHdbscan,
} from "#kernels/index.ts";
import type { VectorMethod } from "../../clusters/methods/index.ts";
import type { RunMetrics } from "../run-result.ts";
import type { StepProgress } from "./grouping.ts";
import { takeRows } from "./take-rows.ts";

/** What rows get that the clusters were not found on; it does not depend on the rows beside them. */
export type Predict = (rows: Matrix) => Promise<{
  /** From 0, -1 for noise. int32 [rows] */
  readonly labels: Int32Array;
  /** What the rows add to the inertia, if the method has one. */
  readonly inertia?: number;
}>;

/** What a method found among the rows it was fitted on. */
export interface Found {
  /** int32 [rows], from 0 to clusters - 1; -1 for noise. */
  readonly labels: Int32Array;
  readonly clusters: number;
  readonly figures: Pick<RunMetrics, "inertia" | "iterations" | "converged" | "log_likelihood">;
  /** How rows get a cluster that were not among them, in words. */
  readonly rule: string;
  /** Runs `work` with that rule. */
  readonly predicting: <T>(work: (predict: Predict) => Promise<T>) => Promise<T>;
}

export interface ClusteringControl {
  readonly seed: number;
  /** Centres to start from, as many as asked for and in the rows' dimensions; k-means only, null for none. */
  readonly start: Matrix | null;
  readonly onProgress: StepProgress;
}

type ParamsOf<A extends VectorMethod["algorithm"]> = Extract<VectorMethod, { algorithm: A }>["params"];

/** Clusters rows by the method; the wire's parameters are the kernels' under other names. Throws KernelError. */
export async function findClusters(
  x: Matrix,
  method: VectorMethod,
  control: ClusteringControl,
): Promise<Found> {
  switch (method.algorithm) {
    case "kmeans":
      return byKmeans(x, method.params, control);
    case "gaussian_mixture":
      return byMixture(x, method.params, control);
    case "dbscan":
      return byDbscan(x, method.params, control);
    case "hdbscan":
      return byHdbscan(x, method.params, control);
    case "agglomerative":
      return byLinkage(x, method.params, control);
  }
}

async function byKmeans(
  x: Matrix,
  params: ParamsOf<"kmeans">,
  { seed, start, onProgress }: ClusteringControl,
): Promise<Found> {
  const { n_clusters: nClusters, max_iter: maxIter, tol, n_init: nInit } = params;
  const init = start ?? params.init;
  const found = await kmeans(x, { nClusters, maxIter, tol, nInit, init, seed, onProgress });
  const { labels, inertia, iterations, converged } = found;
  const taken = withMembers(labels);
  return {
    ...{ labels, clusters: nClusters, figures: { inertia, iterations, converged } },
    rule: "were assigned to the nearest centre",
    predicting: (work) =>
      NearestCentres.use(takeRows(found.centers, taken), {}, (nearest) =>
        work(async (rows) => {
          const own = new Int32Array(rows.rows);
          const distances = new Float32Array(rows.rows);
          await nearest.assign(rows, own, distances);
          return {
            labels: own.map((at) => taken[at]!),
            inertia: distances.reduce((sum, distance) => sum + distance * distance, 0),
          };
        }),
      ),
  };
}

async function byMixture(
  x: Matrix,
  params: ParamsOf<"gaussian_mixture">,
  { seed, onProgress }: ClusteringControl,
): Promise<Found> {
  const nComponents = params.n_components;
  const found = await gaussianMixture(x, {
    nComponents,
    covarianceType: params.covariance_type,
    tol: params.tol,
    regCovar: params.reg_covar,
    maxIter: params.max_iter,
    nInit: params.n_init,
    seed,
    onProgress,
  });
  const { labels, model, lowerBound, iterations, converged } = found;
  const taken = withMembers(labels);
  return {
    ...{ labels, clusters: nComponents },
    figures: { log_likelihood: lowerBound, iterations, converged },
    rule: "got the likeliest component",
    predicting: (work) =>
      work(async (rows) => {
        const predicted = await predictGaussianMixture(model, rows);
        if (taken.length === nComponents) return { labels: predicted.labels };
        return { labels: likeliest(predicted.responsibilities, taken) };
      }),
  };
}

/** The labels that occur, ascending: a cluster that no row was in is none, and later rows do not come into it either. */
function withMembers(labels: Int32Array): Int32Array {
  return Int32Array.from(new Set(labels)).sort();
}

/** The column of the highest value of each row among those taken, the lowest at a tie. */
function likeliest({ data, rows, cols }: Matrix, taken: Int32Array): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) =>
    taken.reduce((best, col) => (data[row * cols + col]! > data[row * cols + best]! ? col : best)),
  );
}

async function byDbscan(
  x: Matrix,
  { eps, min_samples: minSamples, metric }: ParamsOf<"dbscan">,
  { onProgress }: ClusteringControl,
): Promise<Found> {
  const found = await dbscan(x, { eps, minSamples, metric, onProgress });
  return {
    ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
    rule: "got the cluster of the nearest core document within eps, and are noise where there is none",
    predicting: (work) =>
      work(async (rows) => ({ labels: await predictDbscan(rows, x, found, { eps, metric }) })),
  };
}

async function byHdbscan(
  x: Matrix,
  params: ParamsOf<"hdbscan">,
  { onProgress }: ClusteringControl,
): Promise<Found> {
  const found = await hdbscan(x, {
    minClusterSize: params.min_cluster_size,
    minSamples: params.min_samples ?? params.min_cluster_size,
    clusterSelectionEpsilon: params.cluster_selection_epsilon,
    clusterSelectionMethod: params.cluster_selection_method,
    allowSingleCluster: params.allow_single_cluster,
    alpha: params.alpha,
    metric: params.metric,
    ...(params.max_cluster_size === null ? {} : { maxClusterSize: params.max_cluster_size }),
    onProgress,
  });
  return {
    ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
    rule: "got the cluster of the document nearest by mutual reachability, and are noise where they are too far for it",
    predicting: (work) =>
      work(async (rows) => ({ labels: (await predictHdbscan(rows, x, found.model)).labels })),
  };
}

async function byLinkage(
  x: Matrix,
  {
    n_clusters: nClusters,
    distance_threshold: distanceThreshold,
    linkage,
    affinity,
  }: ParamsOf<"agglomerative">,
  { onProgress }: ClusteringControl,
): Promise<Found> {
  const found = await agglomerative(x, {
    ...(distanceThreshold === null ? { nClusters: nClusters! } : { distanceThreshold }),
    ...{ linkage, metric: affinity, onProgress },
  });
  const { labels } = found;
  return {
    ...{ labels, clusters: found.nClusters, figures: {} },
    rule:
      linkage === "ward"
        ? "got the cluster with the nearest mean"
        : "got the cluster of the nearest document",
    predicting: (work) =>
      work(async (rows) => ({
        labels: await predictAgglomerative(rows, x, labels, { linkage, metric: affinity }),
      })),
  };
}
