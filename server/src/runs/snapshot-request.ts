import type { ClusterDefinition } from "../clusters/definition.ts";
import type { Sql } from "../db/database.ts";
import { resolveFeature } from "../documents/resolve-feature.ts";
import type { SnapshotRequest } from "../documents/snapshots/snapshot.ts";

/** Where the text of a document is looked for when the definition names no paths. */
const LABEL_PATHS = ["title", "text", "content"];

/**
 * What a run of this definition reads. A feature that the definition leaves open is the collections' only one.
 * Throws `not_found`, `unknown_feature` or `wrong_dimensions`.
 */
export async function snapshotRequest(
  run: Sql,
  definition: ClusterDefinition,
  folder: string,
): Promise<SnapshotRequest> {
  const { method, collectionIds, filters = null, featureName, labelPaths } = definition;
  const grouping = method.algorithm === "attribute_based";
  return {
    collectionIds,
    filters,
    featureNames: grouping ? [] : [(await resolveFeature(run, collectionIds, featureName)).name],
    attributes: grouping ? method.attributes : [],
    textPaths: labelPaths ?? LABEL_PATHS,
    folder,
  };
}
