import { notSupported } from "../platform/app-error.ts";

/** The algorithms of the wire, as `clustering_method` and `config.algorithm` name them. */
export const WIRE_ALGORITHMS = [
  "kmeans",
  "dbscan",
  "hdbscan",
  "agglomerative",
  "hierarchical",
  "spectral",
  "gaussian_mixture",
  "mean_shift",
  "optics",
  "attribute_based",
] as const;
export type WireAlgorithm = (typeof WIRE_ALGORITHMS)[number];

export const BUILT_ALGORITHMS = ["kmeans", "attribute_based"] as const;
export type BuiltAlgorithm = (typeof BUILT_ALGORITHMS)[number];

/** The algorithm, if it exists here; throws `not_supported` naming what does. */
export function requireBuilt(algorithm: WireAlgorithm): BuiltAlgorithm {
  if (algorithm === "kmeans" || algorithm === "attribute_based") return algorithm;
  const name = algorithm === "hierarchical" ? "hierarchical (agglomerative)" : algorithm;
  throw notSupported(`The algorithm ${name}`, `There are: ${BUILT_ALGORITHMS.join(", ")}.`);
}
