export { KernelError, type KernelErrorCode } from "./kernel-error.ts";
export type { Matrix } from "./matrix.ts";
export type { Metric } from "./metric.ts";
export { normalizeRows, normalizeRowsInPlace } from "./normalize-rows.ts";
export { drawRows } from "./draw-rows.ts";
export { kmeans, type KMeansResult } from "./kmeans/kmeans.ts";
export type { KMeansOptions } from "./kmeans/options.ts";
export { estimateKmeans } from "./kmeans/estimate-kmeans.ts";
export { NearestCentres, type NearestCentresOptions } from "./kmeans/assign-to-centres.ts";
export { agglomerative, type AgglomerativeResult } from "./agglomerative/agglomerative.ts";
export { estimateAgglomerative } from "./agglomerative/estimate-agglomerative.ts";
export { type AgglomerativeOptions, CONDENSED_MAX_ROWS, type Linkage } from "./agglomerative/options.ts";
export {
  predictAgglomerative,
  type PredictAgglomerativeOptions,
} from "./agglomerative/predict-agglomerative.ts";
export { dbscan, type DbscanOptions, type DbscanResult } from "./dbscan/dbscan.ts";
export { estimateDbscan } from "./dbscan/estimate-dbscan.ts";
export { predictDbscan, type PredictDbscanOptions } from "./dbscan/predict-dbscan.ts";
export type { CondensedTree } from "./hdbscan/condensed-tree.ts";
export { estimateHdbscan } from "./hdbscan/estimate-hdbscan.ts";
export { hdbscan, type HdbscanModel, type HdbscanResult } from "./hdbscan/hdbscan.ts";
export type { HdbscanOptions } from "./hdbscan/options.ts";
export { predictHdbscan } from "./hdbscan/predict-hdbscan.ts";
export { estimateNearestNeighbours } from "./neighbours/estimate-neighbours.ts";
export { nearestAmong } from "./neighbours/nearest-among.ts";
export {
  nearestNeighbours,
  type NearestNeighboursOptions,
  type NearestNeighboursResult,
} from "./neighbours/nearest-neighbours.ts";
export type { PairOptions } from "./pairs/pair-options.ts";
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
export { trustworthiness, type TrustworthinessOptions } from "./quality/trustworthiness.ts";
export { type AlikeOptions, alikeGroups } from "./labels/alike.ts";
export {
  type AttributeShare,
  classAttributes,
  type ClassAttributesOptions,
} from "./labels/class-attributes.ts";
export { classTfIdf, type ClassTfIdfOptions } from "./labels/class-tf-idf.ts";
export { keywordsNearby, type KeywordsNearbyOptions, type Nearby } from "./labels/keywords-nearby.ts";
export { representatives } from "./labels/representatives.ts";
export { tellApart, type TellApartOptions } from "./labels/tell-apart.ts";
export {
  type AttributeGroup,
  type AttributeGrouping,
  groupByAttributes,
} from "./groups/group-by-attributes.ts";
export { IdentityMatcher, matchIdentities, type Identity } from "./identity/identity-matcher.ts";
export { IDENTITY_DEFAULTS, type IdentityOptions } from "./identity/options.ts";
export { ABSENT, type NamedAssignment, type RunAssignment } from "./identity/run-assignment.ts";
export {
  type ClusterComparison,
  compareRuns,
  type Relation,
  type RunComparison,
} from "./identity/compare-runs.ts";
export { CLUSTER_EVENT_TYPES, type ClusterEvent, type ClusterEventType } from "./identity/events.ts";
export type { Flow } from "./identity/flows.ts";
export { estimateUmap } from "./umap/estimate-umap.ts";
export type { UmapOptions } from "./umap/options.ts";
export { umap, type UmapResult } from "./umap/umap.ts";
export { umapTransform, type UmapModel, type UmapTransformOptions } from "./umap/umap-transform.ts";
export type { DriftOptions, DriftSample } from "./drift/drift-sample.ts";
export { embeddingDrift, type EmbeddingDrift } from "./drift/embedding-drift.ts";
export { clusterShareDrift, type ClusterShareDrift } from "./drift/cluster-share-drift.ts";
export { cosineDrift, type CosineDrift } from "./drift/cosine-drift.ts";
export { euclideanDrift, type EuclideanDrift } from "./drift/euclidean-drift.ts";
export { mmdDrift, type MmdDrift } from "./drift/mmd-drift.ts";
export {
  qualityDegradation,
  type QualityDegradation,
  type QualityIndex,
} from "./drift/quality-degradation.ts";
export { volumeChange, type VolumeChange } from "./drift/volume-change.ts";
