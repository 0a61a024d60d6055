import type { ClusterDefinition } from "../clusters/definition.ts";
import { namedFeatures } from "../clusters/several-features.ts";
import type { Sql } from "../db/database.ts";
import { resolveFeatures } from "../documents/resolve-feature.ts";
import { findLabelAttributes } from "../documents/snapshots/label-attributes.ts";
import type { SnapshotRequest } from "../documents/snapshots/snapshot.ts";

/** Where the text of a document is looked for when the definition names no paths. */
const LABEL_PATHS = ["title", "text", "content"];

/**
 * What a run of this definition reads. A feature that the definition leaves open is the only one that the collections share.
 * Throws `not_found`, `unknown_feature` or `wrong_dimensions`.
 */
export async function snapshotRequest(
  run: Sql,
  definition: ClusterDefinition,
  folder: string,
): Promise<SnapshotRequest> {
  const { method, collectionIds, filters = null, labelPaths } = definition;
  const grouping = method.algorithm === "attribute_based";
  return {
    collectionIds,
    filters,
    featureNames: grouping ? [] : await namesOf(run, definition),
    attributes: grouping ? method.attributes : [],
    textPaths: labelPaths ?? LABEL_PATHS,
    folder,
  };
}

/** What labels are made of where the documents have no text; a grouping by attributes has its names already. */
export async function labelAttributesFor(
  run: Sql,
  { method, labelPaths }: Pick<ClusterDefinition, "method" | "labelPaths">,
  { collectionIds, textPaths }: Pick<SnapshotRequest, "collectionIds" | "textPaths">,
): Promise<string[]> {
  if (method.algorithm === "attribute_based") return [];
  return findLabelAttributes(run, collectionIds, { textPaths: textPaths ?? [], among: labelPaths });
}

async function namesOf(run: Sql, definition: ClusterDefinition): Promise<string[]> {
  const features = await resolveFeatures(run, definition.collectionIds, namedFeatures(definition));
  return features.map(({ name }) => name);
}
