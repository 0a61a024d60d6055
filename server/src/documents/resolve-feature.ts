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
 * The feature of that name, which every one of the collections must have with the same dimensions; for null the only
 * feature there is. Throws `unknown_feature` (listing those there are), `wrong_dimensions` or `not_found`.
 */
export async function resolveFeature(
  run: Sql,
  collectionIds: readonly string[],
  featureName: string | null,
): Promise<Feature> {
  return pickFeature(await readCollections(run, collectionIds), featureName);
}

/** The same, of collections that were read already. */
export function pickFeature(collections: readonly CollectionFeatures[], featureName: string | null): Feature {
  const name = featureName ?? onlyName(collections);
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

function onlyName(collections: readonly CollectionFeatures[]): string {
  const names = [
    ...new Set(collections.flatMap((collection) => collection.features.map(({ name }) => name))),
  ];
  if (names.length === 1) return names[0]!;
  throw new AppError(
    "unknown_feature",
    `No feature is named and the collections have ${names.length}: ${names.join(", ")}. Name the one to use.`,
    { details: { features: names } },
  );
}

function unknownFeature(collection: CollectionFeatures, name: string): AppError {
  const names = collection.features.map((feature) => feature.name);
  return new AppError(
    "unknown_feature",
    `The collection '${collection.name}' has no feature '${name}'; it has: ${names.join(", ")}.`,
    { details: { collection_id: collection.collectionId, features: names } },
  );
}
