import type { Tx } from "../db/database.ts";
import { randomText } from "../platform/ids.ts";
import type { ClusterDefinition } from "./definition.ts";
import { refuseSharedFields } from "./enrichment/refuse-shared-fields.ts";
import type { WireConfig } from "./execution-config.ts";
import { findSources } from "./find-sources.ts";
import { parseExecutionConfig } from "./parse-execution-config.ts";
import { insertCluster } from "./store.ts";

/**
 * Makes the cluster definition of a trigger that was created with an `execution_config`, so that its runs can be
 * looked at like any other's. `nameHint` begins its name; eight random characters make it unique. Locks the
 * collections (shared) until the transaction ends. Throws what parseExecutionConfig and findSources throw.
 */
export async function insertClusterForTrigger(
  tx: Tx,
  owner: { readonly organizationId: string; readonly namespaceId: string },
  executionConfig: { readonly collection_ids: readonly string[]; readonly config: Record<string, unknown> },
  nameHint: string,
): Promise<{ clusterId: string; definition: ClusterDefinition }> {
  const { config } = executionConfig;
  const parsed = parseExecutionConfig(config);
  const collectionIds = await findSources(tx, owner.namespaceId, executionConfig.collection_ids, parsed);
  const definition: ClusterDefinition = { collectionIds, ...parsed };
  await refuseSharedFields(tx, owner.namespaceId, definition);
  const labeling = (config.llm_labeling ?? null) as WireConfig["llm_labeling"];
  const hint = nameHint.trim().slice(0, 80) || "cluster";
  const clusterId = await insertCluster(tx, {
    ...owner,
    name: `${hint}-${randomText(8)}`,
    description: null,
    definition,
    wireConfig: { config, llm_labeling: labeling },
  });
  return { clusterId, definition };
}
