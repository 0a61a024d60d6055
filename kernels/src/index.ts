export { KernelError, type KernelErrorCode } from "./kernel-error.ts";
export type { Matrix } from "./matrix.ts";
export type { Metric } from "./metric.ts";
export { normalizeRows, normalizeRowsInPlace } from "./normalize-rows.ts";
export { drawRows } from "./draw-rows.ts";
export { kmeans, type KMeansResult } from "./kmeans/kmeans.ts";
export type { KMeansOptions } from "./kmeans/options.ts";
export { estimateKmeans } from "./kmeans/estimate-kmeans.ts";
export { NearestCentres, type NearestCentresOptions } from "./kmeans/assign-to-centres.ts";
export {
  gaussianMixture,
  type GaussianMixtureModel,
  type GaussianMixtureResult,
} from "./mixture/gaussian-mixture.ts";
export type { CovarianceType, GaussianMixtureOptions, MixtureStart } from "./mixture/options.ts";
export { type MixturePrediction, predictGaussianMixture } from "./mixture/predict-gaussian-mixture.ts";
export { estimateGaussianMixture } from "./mixture/estimate-gaussian-mixture.ts";
export { applyPca, pca, type PcaModel, type PcaResult } from "./pca/pca.ts";
export { PCA_EXACT_SIDE, type PcaOptions } from "./pca/options.ts";
export { estimatePca } from "./pca/estimate-pca.ts";
export { whitenRows } from "./pca/whiten-rows.ts";
export { alignCoordinates, type AlignedCoordinates } from "./pca/align-coordinates.ts";
export {
  clusterCentroids,
  type ClusterCentroids,
  type ClusterCentroidsOptions,
} from "./clusters/cluster-centroids.ts";
export { assignNoise, type AssignNoiseOptions } from "./clusters/assign-noise.ts";
export {
  adjustedMutualInformation,
  noiseShare,
  normalizedMutualInformation,
  vMeasure,
  type VMeasure,
} from "./quality/mutual-information.ts";
export { adjustedRandIndex } from "./quality/adjusted-rand-index.ts";
export { calinskiHarabasz } from "./quality/calinski-harabasz.ts";
export { daviesBouldin } from "./quality/davies-bouldin.ts";
export {
  silhouette,
  SILHOUETTE_EXACT_ROWS,
  type SilhouetteOptions,
  type SilhouetteResult,
} from "./quality/silhouette.ts";
export { classTfIdf, type ClassTfIdfOptions } from "./labels/class-tf-idf.ts";
export {
  type AttributeGroup,
  type AttributeGrouping,
  groupByAttributes,
} from "./groups/group-by-attributes.ts";
