import { sql } from "kysely";

import type { Tx } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import type { ClusterDefinition } from "../definition.ts";
import { USUAL_FIELDS } from "./enrichment-fields.ts";

/**
 * Refuses (`invalid_value`) a definition whose runs would write a field of a collection that those of another cluster write by
 * themselves: a document would say whichever ran last. The caller holds the collections.
 */
export async function refuseSharedFields(
  tx: Tx,
  namespaceId: string,
  { collectionIds, enrichment }: Pick<ClusterDefinition, "collectionIds" | "enrichment">,
): Promise<void> {
  if (!enrichment?.afterRuns) return;
  const { rows } = await sql<{ name: string; definition: ClusterDefinition }>`
    select name, definition from clusters
    where namespace_id = ${namespaceId} and collection_ids && ${[...collectionIds]}::text[]
      and definition -> 'enrichment' ->> 'afterRuns' = 'true' order by name`.execute(tx);
  const own = (enrichment.fields ?? USUAL_FIELDS).map(({ target_field: field }) => field);
  for (const { name, definition } of rows) {
    const field = (definition.enrichment?.fields ?? USUAL_FIELDS).find(({ target_field }) =>
      own.includes(target_field),
    )?.target_field;
    if (field === undefined) continue;
    throw new AppError(
      "invalid_value",
      `Runs of the cluster '${name}' write the field '${field}' of the same documents. Give this one source_enrichment_config with other target fields.`,
      { details: { field: "source_enrichment_config", cluster: name } },
    );
  }
}
