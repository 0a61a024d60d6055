// Each from its own file: the library's index would load the engine into the server's own process.
import { estimateAgglomerative } from "#kernels/agglomerative/estimate-agglomerative.ts";
import { estimateDbscan } from "#kernels/dbscan/estimate-dbscan.ts";
import { estimateHdbscan } from "#kernels/hdbscan/estimate-hdbscan.ts";
import { estimateKmeans } from "#kernels/kmeans/estimate-kmeans.ts";
import { estimateGaussianMixture } from "#kernels/mixture/estimate-gaussian-mixture.ts";
import { estimatePca } from "#kernels/pca/estimate-pca.ts";
import { estimateUmap } from "#kernels/umap/estimate-umap.ts";
import type { VectorMethod } from "../clusters/methods/index.ts";
import { type CoordinatesStep, type ReduceStep, USUAL_COORDINATES } from "../clusters/methods/steps.ts";
import type { RunJob } from "./run-result.ts";

export type VectorDefinition = Pick<
  RunJob["definition"],
  "sampleSize" | "reduce" | "coordinates" | "centroid"
> & { readonly method: VectorMethod };

export interface RunEstimate {
  readonly bytes: number;
  readonly seconds: number;
}

type Shape = { readonly rows: number; readonly cols: number };
/** Bytes beyond the rows, and multiply-adds. */
type Cost = { readonly bytes: number; readonly operations: number };

const MB = 1024 * 1024;
/** Of every document: id, text, label, distance, place, and their order in the artifacts. */
const BYTES_A_DOCUMENT = 250;
/** The process itself, after a run of 60 documents by any method. */
const PROCESS = 170 * MB;
/** What is under way between the vector store and us, however much there is to read. */
const READ_AHEAD = 430 * MB;

/**
 * Multiply-adds a second of one core, as measured on 5,000 digits of 784 dimensions. What is
 * multiplied by few columns at once is bound by memory, and what is done between the products counts in.
 */
const RATES = {
  pairs: 6e9,
  ward: 3e9,
  tree: 3e9,
  mixture: 2e9,
  umap: 4e9,
  pca: 2e9,
} as const;

/**
 * What a run takes: bytes within a tenth of what was measured of k-means at 200,000 and 800,000 vectors of 384 dimensions,
 * with and without a sample; seconds within a factor of three on a machine that has nothing else to do.
 */
export function estimateRun(
  { documents, dimensions }: { readonly documents: number; readonly dimensions: number },
  definition: VectorDefinition,
  cores: number,
): RunEstimate {
  const { method, sampleSize, reduce = null, coordinates: map = USUAL_COORDINATES } = definition;
  const rows = Math.min(sampleSize ?? documents, documents);
  const x: Shape = { rows, cols: dimensions };
  const reduced: Shape = reduce
    ? { rows, cols: Math.min(reduce.dims, reduce.method === "pca" ? dimensions : Infinity) }
    : x;
  const stages = [
    reduce && costOfStep(x, reduce),
    costOfMethod(reduced, method),
    costOfCentroids(x, method, definition.centroid ?? "mean"),
    map && costOfStep(x, map),
    rows < documents ? costOfOthers({ rows: documents - rows, cols: dimensions }, x, definition) : null,
  ].filter((cost) => cost !== null);
  const held = 4 * rows * dimensions + (reduce ? 4 * rows * reduced.cols : 0);
  const besides = PROCESS + documents * BYTES_A_DOCUMENT + Math.min(READ_AHEAD, documents * 4 * dimensions);
  return {
    bytes: besides + held + Math.max(...stages.map(({ bytes }) => bytes)),
    seconds: stages.reduce((sum, { seconds }) => sum + seconds, 0) / cores,
  };
}

type TimedCost = { readonly bytes: number; /** of one core */ readonly seconds: number };

function timed({ bytes, operations }: Cost, rate: number): TimedCost {
  return { bytes, seconds: operations / rate };
}

function costOfMethod(x: Shape, { algorithm, params }: VectorMethod): TimedCost {
  switch (algorithm) {
    case "kmeans": {
      const { n_clusters: nClusters, n_init: nInit, max_iter: maxIter, init } = params;
      return timed(estimateKmeans(x, { nClusters, nInit, maxIter, init }), rateOfCentres(nClusters));
    }
    case "gaussian_mixture": {
      const { n_components: nComponents, covariance_type: covarianceType } = params;
      const { n_init: nInit, max_iter: maxIter } = params;
      return timed(
        estimateGaussianMixture(x, { nComponents, covarianceType, nInit, maxIter }),
        RATES.mixture,
      );
    }
    case "dbscan":
      return timed(estimateDbscan(x, { minSamples: Math.min(params.min_samples, x.rows) }), RATES.pairs);
    case "hdbscan": {
      const { min_cluster_size: minClusterSize, min_samples: minSamples } = params;
      return timed(
        estimateHdbscan(x, { minClusterSize, minSamples: minSamples ?? minClusterSize }),
        RATES.pairs,
      );
    }
    case "agglomerative": {
      const { linkage } = params;
      const rate = linkage === "single" ? RATES.pairs : linkage === "ward" ? RATES.ward : RATES.tree;
      return timed(estimateAgglomerative(x, { linkage }), rate);
    }
  }
}

/** The more centres there are, the more of the time are products. */
function rateOfCentres(clusters: number): number {
  return Math.min(20e9, 0.5e9 * clusters);
}

function costOfStep(x: Shape, step: ReduceStep | CoordinatesStep): TimedCost {
  if (step.method === "pca") {
    const nComponents = Math.min(step.dims, x.cols, x.rows);
    return timed(estimatePca(x, { nComponents }), RATES.pca);
  }
  const { dims: nComponents, n_neighbors: nNeighbors, min_dist: minDist, metric } = step;
  return timed(estimateUmap(x, { nComponents, nNeighbors, minDist, metric }), RATES.umap);
}

/** A medoid is found by the distances inside its cluster. How large the clusters will be is not known: all in one at worst. */
function costOfCentroids({ rows, cols }: Shape, method: VectorMethod, centroid: string): TimedCost {
  if (centroid !== "medoid") return { bytes: 0, seconds: 0 };
  const clusters = method.algorithm === "kmeans" ? method.params.n_clusters : 1;
  return timed({ bytes: 4 * rows * cols, operations: (rows * rows * cols) / 2 / clusters }, RATES.pairs);
}

/** Documents beyond the sample are compared with its centres, or with its rows by whatever looks for neighbours. */
function costOfOthers(others: Shape, sample: Shape, definition: VectorDefinition): TimedCost {
  const { method, reduce = null, coordinates: map = USUAL_COORDINATES } = definition;
  const { algorithm, params } = method;
  const byRows = others.rows * sample.rows;
  let operations = 0;
  if (reduce?.method === "umap") operations += byRows * sample.cols;
  if (map?.method === "umap") operations += byRows * sample.cols;
  const cols = reduce?.dims ?? sample.cols;
  if (algorithm === "kmeans") operations += others.rows * params.n_clusters * cols;
  else if (algorithm === "gaussian_mixture") {
    operations += others.rows * params.n_components * cols * (params.covariance_type === "full" ? cols : 2);
  } else operations += byRows * cols;
  return timed({ bytes: 4 * sample.rows * sample.cols, operations }, RATES.pairs);
}
