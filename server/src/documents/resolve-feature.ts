import { sql as fragment } from "kysely";

import type { Feature } from "#contract/collections.ts";
import type { Sql } from "../db/database.ts";
import { AppError, notFound } from "../platform/app-error.ts";

export interface CollectionFeatures {
  readonly collectionId: string;
  readonly name: string;
  readonly features: readonly Feature[];
}

/** The collections in the order asked for, each once; throws `not_found` for the first that does not exist. */
export async function readCollections(
  run: Sql,
  collectionIds: readonly string[],
): Promise<CollectionFeatures[]> {
  const ids = [...new Set(collectionIds)];
  if (ids.length === 0) {
    throw new AppError("invalid_value", "No collection is named; at least one is needed.", {
      details: { field: "collection_ids" },
    });
  }
  const rows = await run
    .selectFrom("collections")
    .select(["collection_id", "name", "features"])
    .where(fragment<boolean>`collection_id = any(${ids}::text[])`)
    .execute();
  return ids.map((id) => {
    const row = rows.find((candidate) => candidate.collection_id === id);
    if (!row) throw notFound("collection", id);
    return { collectionId: id, name: row.name, features: row.features };
  });
}

/**
 * The features of those names, each of which every one of the collections must have with the same dimensions; for null
 * the only one that they share. Throws `unknown_feature` (listing those there are), `wrong_dimensions` or `not_found`.
 */
export async function resolveFeatures(
  run: Sql,
  collectionIds: readonly string[],
  names: readonly string[] | null,
): Promise<Feature[]> {
  const collections = await readCollections(run, collectionIds);
  return (names ?? [null]).map((name) => pickFeature(collections, name));
}

/** One of them, of collections that were read already. */
export function pickFeature(collections: readonly CollectionFeatures[], featureName: string | null): Feature {
  const name = featureName ?? onlyShared(collections);
  const found = collections.map((collection) => {
    const feature = collection.features.find((known) => known.name === name);
    if (!feature) throw unknownFeature(collection, name);
    return feature;
  });
  const odd = found.findIndex((feature) => feature.dimensions !== found[0]!.dimensions);
  if (odd >= 0) {
    throw new AppError(
      "wrong_dimensions",
      `The feature '${name}' has ${found[0]!.dimensions} dimensions in the collection '${collections[0]!.name}' and ` +
        `${found[odd]!.dimensions} in '${collections[odd]!.name}'; they cannot be clustered together.`,
      {
        details: {
          feature: name,
          dimensions: Object.fromEntries(collections.map((c, i) => [c.collectionId, found[i]!.dimensions])),
        },
      },
    );
  }
  return found[0]!;
}

function onlyShared(collections: readonly CollectionFeatures[]): string {
  const [first, ...others] = collections;
  const shared = first!.features
    .map(({ name }) => name)
    .filter((name) => others.every((other) => other.features.some((feature) => feature.name === name)));
  if (shared.length === 1) return shared[0]!;
  const where =
    others.length === 0
      ? `the collection '${first!.name}' has`
      : `the collections ${collections.map((collection) => `'${collection.name}'`).join(", ")} share`;
  const message =
    shared.length === 0
      ? `No feature is named, and ${where} none to cluster by.`
      : `No feature is named, and ${where} ${shared.length}: ${shared.join(", ")}. Name the one to use, or several.`;
  throw new AppError("unknown_feature", message, {
    details: { features: shared, collections: collections.map(({ collectionId }) => collectionId) },
  });
}

function unknownFeature(collection: CollectionFeatures, name: string): AppError {
  const names = collection.features.map((feature) => feature.name);
  return new AppError(
    "unknown_feature",
    `The collection '${collection.name}' has no feature '${name}'; it has: ${names.join(", ")}.`,
    { details: { collection_id: collection.collectionId, features: names } },
  );
}
