import type { Feature } from "#contract/collections.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { namedFeatures } from "../clusters/several-features.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";

/**
 * The features of the snapshot that a run of this definition reads, in the definition's order; none if it groups by attributes. A snapshot that
 * another run has taken may have more. A definition that names no feature means the only one that its
 * collections share, and a snapshot of those has no other.
 */
export function featuresRead(
  { features }: Pick<SnapshotManifest, "features">,
  definition: Pick<ClusterDefinition, "method" | "featureName" | "several">,
): readonly Feature[] {
  if (definition.method.algorithm === "attribute_based") return [];
  const wanted = namedFeatures(definition);
  if (wanted === null && features.length === 1) return features;
  const read = wanted?.map((wantedName) => features.find(({ name }) => name === wantedName)) ?? [];
  if (read.length > 0 && read.every((feature) => feature !== undefined)) return read;
  const names = features.map(({ name }) => `'${name}'`).join(", ");
  throw new Error(
    `The snapshot has vectors of ${names || "no feature"}, and the run needs those of ${wanted === null ? "the only one" : wanted.map((name) => `'${name}'`).join(", ")}.`,
  );
}
