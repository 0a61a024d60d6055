import type { ClusterDefinition } from "../clusters/definition.ts";
import type { Sql } from "../db/database.ts";
import type { SnapshotRequest } from "../documents/snapshot.ts";
import { RunRefused } from "./run-result.ts";

/** Where the text of a document is looked for when the definition names no paths. */
const LABEL_PATHS = ["title", "text", "content"];

/**
 * What a run of this definition reads. A feature that the definition leaves open is the collections' only one.
 * Throws RunRefused when a collection or feature is not there, or the choice is not clear.
 */
export async function snapshotRequest(
  run: Sql,
  definition: ClusterDefinition,
  folder: string,
): Promise<SnapshotRequest> {
  const { method, collectionIds } = definition;
  const collections = await run
    .selectFrom("collections")
    .select(["collection_id", "name", "features"])
    .where("collection_id", "in", [...collectionIds])
    .execute();
  const missing = collectionIds.filter((id) => !collections.some((found) => found.collection_id === id));
  if (missing.length > 0) {
    throw new RunRefused(
      "not_found",
      `The cluster's collections ${missing.join(", ")} do not exist any more. Change the cluster's collections.`,
    );
  }
  const grouping = method.algorithm === "attribute_based";
  return {
    collectionIds,
    featureName: grouping ? null : chooseFeature(definition.featureName, collections),
    attributes: grouping ? method.attributes : [],
    textPaths: definition.labelPaths ?? LABEL_PATHS,
    folder,
  };
}

function chooseFeature(
  wanted: string | null,
  collections: readonly {
    readonly name: string;
    readonly features: readonly { readonly name: string; readonly dimensions: number }[];
  }[],
): string {
  const names = [...new Set(collections.flatMap((collection) => collection.features.map((f) => f.name)))];
  const listed = names.length === 0 ? "none" : names.map((name) => `'${name}'`).join(", ");
  if (wanted === null && names.length !== 1) {
    throw new RunRefused(
      "unknown_feature",
      `The cluster does not say by which feature, and its collections do not have just one: ${listed}. Name one in feature_uris.`,
    );
  }
  const name = wanted ?? names[0]!;
  const dimensions = new Set<number>();
  for (const collection of collections) {
    const feature = collection.features.find((candidate) => candidate.name === name);
    if (!feature) {
      throw new RunRefused(
        "unknown_feature",
        `The collection '${collection.name}' has no feature '${name}'; the collections have: ${listed}.`,
      );
    }
    dimensions.add(feature.dimensions);
  }
  if (dimensions.size > 1) {
    throw new RunRefused(
      "wrong_dimensions",
      `The feature '${name}' has ${[...dimensions].join(" and ")} dimensions in the cluster's collections; they cannot be clustered together.`,
    );
  }
  return name;
}
