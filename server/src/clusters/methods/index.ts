import type { Fault } from "../../platform/app-error.ts";
import { checkFields } from "../../platform/check-fields.ts";
import { agglomerativeMethod, type AgglomerativeParams, settle } from "./agglomerative.ts";
import { dbscanMethod, type DbscanParams } from "./dbscan.ts";
import { gaussianMixtureMethod, type GaussianMixtureParams } from "./gaussian-mixture.ts";
import { hdbscanMethod, type HdbscanParams } from "./hdbscan.ts";
import { kmeansMethod, type KMeansParams } from "./kmeans.ts";
import { type Metric, readParams } from "./wire-method.ts";

/** A method that clusters vectors, with the contract's parameters, defaults filled in. */
export type VectorMethod =
  | { readonly algorithm: "kmeans"; readonly params: KMeansParams }
  | { readonly algorithm: "dbscan"; readonly params: DbscanParams }
  | { readonly algorithm: "hdbscan"; readonly params: HdbscanParams }
  | { readonly algorithm: "agglomerative"; readonly params: AgglomerativeParams }
  | { readonly algorithm: "gaussian_mixture"; readonly params: GaussianMixtureParams };
export type VectorAlgorithm = VectorMethod["algorithm"];

const methods = {
  kmeans: kmeansMethod,
  dbscan: dbscanMethod,
  hdbscan: hdbscanMethod,
  agglomerative: agglomerativeMethod,
  gaussian_mixture: gaussianMixtureMethod,
} as const;

/** How far vectors are from each other, to the method. */
export function metricOf({ algorithm, params }: VectorMethod): Metric {
  switch (algorithm) {
    case "dbscan":
    case "hdbscan":
      return params.metric;
    case "agglomerative":
      return params.affinity;
    case "kmeans":
    case "gaussian_mixture":
      return "euclidean";
  }
}

export const VECTOR_ALGORITHMS = Object.keys(methods) as VectorAlgorithm[];

/** The shapes of a method's parameters. */
export function rulesOf(algorithm: VectorAlgorithm) {
  return methods[algorithm].rules;
}

/** The faults of the shape of parameters as the wire has them. */
export function checkParams(
  algorithm: VectorAlgorithm,
  given: Record<string, unknown>,
  loc: readonly (string | number)[],
): Fault[] {
  return checkFields(given, rulesOf(algorithm), loc);
}

/** The method of parameters whose shape has been checked; throws for values that cannot be computed here. */
export function toVectorMethod(algorithm: VectorAlgorithm, given: Record<string, unknown>): VectorMethod {
  switch (algorithm) {
    case "kmeans":
      return { algorithm, params: readParams(kmeansMethod, given) };
    case "dbscan":
      return { algorithm, params: readParams(dbscanMethod, given) };
    case "hdbscan":
      return { algorithm, params: readParams(hdbscanMethod, given) };
    case "agglomerative":
      return { algorithm, params: settle(readParams(agglomerativeMethod, given)) };
    case "gaussian_mixture":
      return { algorithm, params: readParams(gaussianMixtureMethod, given) };
  }
}
