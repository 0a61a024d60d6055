import type { WireAlgorithm } from "#contract/clusters.ts";
import { notSupported } from "../platform/app-error.ts";

export const BUILT_ALGORITHMS = ["kmeans", "attribute_based"] as const;
export type BuiltAlgorithm = (typeof BUILT_ALGORITHMS)[number];

/** The algorithm, if it exists here; throws `not_supported` naming what does. */
export function requireBuilt(algorithm: WireAlgorithm): BuiltAlgorithm {
  if (algorithm === "kmeans" || algorithm === "attribute_based") return algorithm;
  const name = algorithm === "hierarchical" ? "hierarchical (agglomerative)" : algorithm;
  throw notSupported(`The algorithm ${name}`, `There are: ${BUILT_ALGORITHMS.join(", ")}.`);
}
