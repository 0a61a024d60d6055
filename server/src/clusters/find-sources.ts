import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import { AppError, notFound } from "../platform/app-error.ts";
import type { ClusterDefinition } from "./definition.ts";

interface Source {
  readonly collection_id: string;
  readonly name: string;
  readonly features: readonly { readonly name: string; readonly dimensions: number }[];
}

/**
 * The ids of the collections a definition names (by id or name, each once, in the order given), and a check that they
 * can be clustered by its feature. They stay locked against deletion until the transaction ends. Throws `not_found`
 * for an unknown one, `unknown_feature` with the list of what there is, `wrong_dimensions` when they do not agree.
 */
export async function findSources(
  tx: Tx,
  namespaceId: string,
  identifiers: readonly string[],
  definition: Pick<ClusterDefinition, "method" | "featureName">,
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
    checkFeature([...sources.values()], definition.featureName);
  }
  return [...sources.keys()];
}

function checkFeature(sources: readonly Source[], featureName: string | null): void {
  const [first, ...others] = sources;
  const shared = first!.features
    .map((feature) => feature.name)
    .filter((name) => others.every((other) => other.features.some((feature) => feature.name === name)));
  const wanted = featureName ?? (shared.length === 1 ? shared[0]! : null);
  if (wanted === null || !shared.includes(wanted)) throw unknownFeature(featureName, shared, sources);
  const dimensions = sources.map(
    (source) => source.features.find((feature) => feature.name === wanted)!.dimensions,
  );
  if (new Set(dimensions).size > 1) {
    const list = sources.map((source, index) => `'${source.name}' ${dimensions[index]!}`).join(", ");
    throw new AppError(
      "wrong_dimensions",
      `The feature '${wanted}' has different dimensions in these collections (${list}), so their vectors cannot be compared.`,
    );
  }
}

function unknownFeature(
  given: string | null,
  shared: readonly string[],
  sources: readonly Source[],
): AppError {
  const where = sources.map((source) => `'${source.name}'`).join(", ");
  const list =
    shared.length > 0
      ? `it takes one of: ${shared.join(", ")}`
      : "they have no feature in common to cluster by";
  const message =
    given === null
      ? `The collections ${where} do not have exactly one feature, so it must be named; ${list}.`
      : `The feature '${given}' is not in all of the collections ${where}; ${list}.`;
  return new AppError("unknown_feature", message, {
    details: { feature: given, features: shared, collections: sources.map((source) => source.collection_id) },
  });
}
