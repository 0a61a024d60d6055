import type { WireAlgorithm } from "#contract/clusters.ts";
import { notSupported } from "../platform/app-error.ts";
import { VECTOR_ALGORITHMS, type VectorAlgorithm } from "./methods/index.ts";

export type BuiltAlgorithm = VectorAlgorithm | "attribute_based";
export const BUILT_ALGORITHMS: readonly BuiltAlgorithm[] = [...VECTOR_ALGORITHMS, "attribute_based"];

/** The algorithm, if it exists here; throws `not_supported` naming what does. */
export function requireBuilt(algorithm: WireAlgorithm): BuiltAlgorithm {
  const name = algorithm === "hierarchical" ? "agglomerative" : algorithm;
  const built = BUILT_ALGORITHMS.find((known) => known === name);
  if (built !== undefined) return built;
  throw notSupported(`The algorithm ${algorithm}`, `There are: ${BUILT_ALGORITHMS.join(", ")}.`);
}
