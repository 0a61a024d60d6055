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

/** Cluster of each row, from 0, -1 for noise; what a row gets does not depend on the rows beside it. */
export type Predict = (rows: Matrix) => Promise<Int32Array>;

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

interface Control {
  readonly seed: number;
  readonly onProgress: StepProgress;
}

/** Clusters rows by the method; the wire's parameters are the kernels' under other names. Throws KernelError. */
export async function findClusters(x: Matrix, method: VectorMethod, control: Control): Promise<Found> {
  switch (method.algorithm) {
    case "kmeans":
      return byKmeans(x, method.params, control);
    case "gaussian_mixture":
      return byMixture(x, method.params, control);
    case "dbscan": {
      const { eps, min_samples: minSamples, metric } = method.params;
      const found = await dbscan(x, { eps, minSamples, metric, onProgress: control.onProgress });
      const model = { x, ...found, eps, metric };
      return {
        ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
        rule: "got the cluster of the nearest core document within eps, and are noise without one",
        predicting: (work) => work((rows) => predictDbscan(model, rows)),
      };
    }
    case "hdbscan": {
      const { params } = method;
      const found = await hdbscan(x, {
        minClusterSize: params.min_cluster_size,
        minSamples: params.min_samples ?? params.min_cluster_size,
        clusterSelectionEpsilon: params.cluster_selection_epsilon,
        clusterSelectionMethod: params.cluster_selection_method,
        allowSingleCluster: params.allow_single_cluster,
        alpha: params.alpha,
        metric: params.metric,
        ...(params.max_cluster_size === null ? {} : { maxClusterSize: params.max_cluster_size }),
        onProgress: control.onProgress,
      });
      const model = { x, ...found };
      return {
        ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
        rule: "got the cluster of their nearest document by mutual reachability, and are noise where that cluster is denser than they are near",
        predicting: (work) => work(async (rows) => (await predictHdbscan(model, rows)).labels),
      };
    }
    case "agglomerative": {
      const { params } = method;
      const found = await agglomerative(x, {
        ...(params.distance_threshold === null
          ? { nClusters: params.n_clusters! }
          : { distanceThreshold: params.distance_threshold }),
        linkage: params.linkage,
        metric: params.affinity,
        onProgress: control.onProgress,
      });
      const model = { x, ...found };
      return {
        ...{ labels: found.labels, clusters: found.nClusters, figures: {} },
        rule:
          params.linkage === "ward"
            ? "got the cluster with the nearest mean"
            : "got the cluster of their nearest document",
        predicting: (work) => work((rows) => predictAgglomerative(model, rows)),
      };
    }
  }
}

async function byKmeans(
  x: Matrix,
  params: Extract<VectorMethod, { algorithm: "kmeans" }>["params"],
  { seed, onProgress }: Control,
): Promise<Found> {
  const { n_clusters: nClusters, max_iter: maxIter, tol, n_init: nInit, init } = params;
  const found = await kmeans(x, { nClusters, maxIter, tol, nInit, init, seed, onProgress });
  const { labels, inertia, iterations, converged } = found;
  return {
    ...{ labels, clusters: nClusters, figures: { inertia, iterations, converged } },
    rule: "assigned to the nearest centre",
    predicting: (work) =>
      NearestCentres.use(found.centers, {}, (nearest) =>
        work(async (rows) => {
          const own = new Int32Array(rows.rows);
          await nearest.assign(rows, own, new Float32Array(rows.rows));
          return own;
        }),
      ),
  };
}

async function byMixture(
  x: Matrix,
  params: Extract<VectorMethod, { algorithm: "gaussian_mixture" }>["params"],
  { seed, onProgress }: Control,
): Promise<Found> {
  const found = await gaussianMixture(x, {
    nComponents: params.n_components,
    covarianceType: params.covariance_type,
    tol: params.tol,
    regCovar: params.reg_covar,
    maxIter: params.max_iter,
    nInit: params.n_init,
    seed,
    onProgress,
  });
  const { labels, lowerBound, iterations, converged } = found;
  return {
    ...{ labels, clusters: params.n_components },
    figures: { log_likelihood: lowerBound, iterations, converged },
    rule: "got the likeliest component",
    predicting: (work) => work(async (rows) => (await predictGaussianMixture(found.model, rows)).labels),
  };
}
