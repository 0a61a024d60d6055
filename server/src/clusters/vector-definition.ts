import { AppError } from "../platform/app-error.ts";
import type { ClusterDefinition } from "./definition.ts";
import { toVectorMethod, type VectorAlgorithm, type VectorMethod } from "./methods/index.ts";
import { toCoordinates, toReduce } from "./methods/steps.ts";
import { oneOf } from "./methods/wire-method.ts";
import { toSampleSize } from "./sample-size.ts";
import { featureSettings, type FeatureSettings, toFeatures } from "./several-features.ts";

type Fields = Record<string, unknown>;
type Given<T> = T | null | undefined;

/** The settings of a clustering of vectors that all methods share, as both shapes of the wire call them. */
export interface VectorSettings extends FeatureSettings {
  readonly normalize_features?: Given<boolean>;
  readonly sample_size?: Given<number>;
  readonly effective_feature_method?: Given<string>;
  /** Ours, as the three below. */
  readonly reduce?: Given<Fields>;
  readonly coordinates?: Given<Fields>;
  readonly reassign_noise?: Given<boolean>;
  readonly warm_start?: Given<boolean>;
}

const CENTROIDS = ["mean", "median", "medoid"] as const;

/**
 * The definition of a method and settings whose shapes were checked (those of `reduce` and `coordinates` are checked
 * here). Throws ValidationFailed, `invalid_value`, `not_supported`.
 *
 * @param loc the place of the settings in the request
 */
export function toVectorDefinition(
  algorithm: VectorAlgorithm,
  params: Fields,
  settings: VectorSettings,
  loc: readonly (string | number)[],
): Omit<ClusterDefinition, "collectionIds" | "filters" | "labelPaths"> {
  const method = toVectorMethod(algorithm, params);
  const centroid = settings.effective_feature_method ?? "mean";
  oneOf("a cluster", "effective_feature_method", centroid, CENTROIDS);
  const reduce = toReduce(settings.reduce, [...loc, "reduce"]);
  const warmStart = settings.warm_start ?? false;
  if (warmStart) refuseWarmStart(method, reduce !== null);
  return {
    method,
    ...toFeatures(settings, loc),
    normalizeFeatures: settings.normalize_features ?? true,
    sampleSize: toSampleSize(settings.sample_size, method, reduce !== null),
    reduce,
    coordinates: toCoordinates(settings.coordinates, [...loc, "coordinates"]),
    reassignNoise: settings.reassign_noise ?? false,
    warmStart,
    centroid: centroid as (typeof CENTROIDS)[number],
  };
}

/** The settings that make the definition again. */
export function vectorSettings(definition: ClusterDefinition): Fields {
  const { normalizeFeatures, sampleSize, reduce, coordinates } = definition;
  const { reassignNoise, warmStart, centroid } = definition;
  return {
    ...featureSettings(definition),
    normalize_features: normalizeFeatures,
    ...(sampleSize == null ? {} : { sample_size: sampleSize }),
    ...(reduce ? { reduce } : {}),
    ...(coordinates === undefined ? {} : { coordinates: coordinates ?? { method: "none" } }),
    ...(reassignNoise ? { reassign_noise: true } : {}),
    ...(warmStart ? { warm_start: true } : {}),
    ...(centroid === undefined || centroid === "mean" ? {} : { effective_feature_method: centroid }),
  };
}

/** Centroids are in the space of the vectors, and only k-means starts from centres. */
function refuseWarmStart({ algorithm }: VectorMethod, isReduced: boolean): void {
  const refuse = (message: string) =>
    new AppError("invalid_value", message, { details: { field: "warm_start" } });
  if (algorithm !== "kmeans") {
    throw refuse(`warm_start is for k-means, and the algorithm is ${algorithm}. Leave it out.`);
  }
  if (isReduced) {
    throw refuse(
      "warm_start begins with the centroids of the run before, which are not in the space that reduce makes anew each time. Leave one of them out.",
    );
  }
}
