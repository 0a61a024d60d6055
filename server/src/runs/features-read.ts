import type { Feature } from "#contract/collections.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";

/**
 * The features of the snapshot that a run of this definition reads; none if it groups by attributes. A snapshot that
 * another run has taken may have more. A definition that names no feature means the only one that its
 * collections share, and a snapshot of those has no other.
 */
export function featuresRead(
  { features }: Pick<SnapshotManifest, "features">,
  { method, featureName }: Pick<ClusterDefinition, "method" | "featureName">,
): readonly Feature[] {
  if (method.algorithm === "attribute_based") return [];
  const wanted = featureName ?? (features.length === 1 ? features[0]!.name : null);
  const read = features.filter(({ name }) => name === wanted);
  if (read.length > 0) return read;
  const names = features.map(({ name }) => `'${name}'`).join(", ");
  throw new Error(
    `The snapshot has vectors of ${names || "no feature"}, and the run needs those of ${wanted === null ? "the only one" : `'${wanted}'`}.`,
  );
}
