import { sql } from "kysely";

import type { Feature } from "#contract/collections.ts";
import type { Tx } from "../db/database.ts";
import { pickFeature } from "../documents/resolve-feature.ts";
import { notFound } from "../platform/app-error.ts";
import type { ClusterDefinition } from "./definition.ts";
import { namedFeatures } from "./several-features.ts";

interface Source {
  readonly collection_id: string;
  readonly name: string;
  readonly features: readonly Feature[];
}

/**
 * The ids of the collections a definition names (by id or name, each once, in the order given), and a check that they
 * can be clustered by its features, by the rule that its runs follow. They stay locked against deletion until the
 * transaction ends. Throws `not_found` for an unknown one, `unknown_feature` with the list of what there is,
 * `wrong_dimensions` when they do not agree.
 */
export async function findSources(
  tx: Tx,
  namespaceId: string,
  identifiers: readonly string[],
  definition: Pick<ClusterDefinition, "method" | "featureName" | "several">,
): Promise<string[]> {
  const { rows } = await sql<Source>`
    select collection_id, name, features from collections
    where namespace_id = ${namespaceId}
      and (collection_id = any(${[...identifiers]}::text[]) or name = any(${[...identifiers]}::text[]))
    order by collection_id for key share`.execute(tx);
  const sources = new Map<string, Source>();
  for (const identifier of identifiers) {
    const found = rows.find((row) => row.collection_id === identifier || row.name === identifier);
    if (!found) throw notFound("collection", identifier);
    sources.set(found.collection_id, found);
  }
  if (definition.method.algorithm !== "attribute_based") {
    const collections = [...sources.values()].map(({ collection_id, ...source }) => ({
      ...{ collectionId: collection_id, ...source },
    }));
    for (const name of namedFeatures(definition) ?? [null]) pickFeature(collections, name);
  }
  return [...sources.keys()];
}
