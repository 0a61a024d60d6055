import { agglomerative, dbscan, gaussianMixture, hdbscan, kmeans, type Matrix } from "#kernels/index.ts";
import type { VectorMethod } from "../../clusters/methods/index.ts";
import type { ClusterRule } from "../rules/cluster-rule.ts";
import type { RunMetrics } from "../run-result.ts";
import type { StepProgress } from "./grouping.ts";
import { takeRows } from "../rules/take-rows.ts";

/** What a method found among the rows it was fitted on. */
export interface Found {
  /** int32 [rows], from 0 to clusters - 1; -1 for noise. */
  readonly labels: Int32Array;
  readonly clusters: number;
  readonly figures: Pick<RunMetrics, "inertia" | "iterations" | "converged" | "log_likelihood">;
  /** How rows get a cluster that were not among them, in words. */
  readonly ruleInWords: string;
  readonly rule: ClusterRule;
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
    ruleInWords: "were assigned to the nearest centre",
    rule: { kind: "centres", centres: takeRows(found.centers, taken), labels: taken },
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
  return {
    ...{ labels, clusters: nComponents },
    figures: { log_likelihood: lowerBound, iterations, converged },
    ruleInWords: "got the likeliest component",
    rule: { kind: "mixture", model, labels: withMembers(labels) },
  };
}

/** The labels that occur, ascending: a cluster that no row was in is none, and later rows do not come into it either. */
function withMembers(labels: Int32Array): Int32Array {
  return Int32Array.from(new Set(labels)).sort();
}

async function byDbscan(
  x: Matrix,
  { eps, min_samples: minSamples, metric }: ParamsOf<"dbscan">,
  { onProgress }: ClusteringControl,
): Promise<Found> {
  const found = await dbscan(x, { eps, minSamples, metric, onProgress });
  return {
    ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
    ruleInWords: "got the cluster of the nearest core document within eps, and are noise where there is none",
    rule: { kind: "dbscan", x, found, eps, metric },
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
    ruleInWords:
      "got the cluster of the document nearest by mutual reachability, and are noise where they are too far for it",
    rule: { kind: "hdbscan", x, model: found.model },
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
    ruleInWords:
      linkage === "ward"
        ? "got the cluster with the nearest mean"
        : "got the cluster of the nearest document",
    rule: { kind: "linkage", x, labels, linkage, metric: affinity },
  };
}
