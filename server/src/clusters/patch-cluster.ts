import type { PatchClusterRequest } from "#contract/clusters.ts";
import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { AppError, notFound } from "../platform/app-error.ts";
import { clusterName } from "./cluster-name.ts";
import { lockCluster, readCluster, updateCluster, type ClusterRow } from "./store.ts";

const CHANGEABLE = ["cluster_name", "description", "metadata"];
/** What a run would be of: another definition is another cluster. */
const IMMUTABLE: readonly string[] = [
  "collection_ids",
  "cluster_type",
  "vector_config",
  "attribute_config",
  "filters",
  "llm_labeling",
  "enrich_source_collection",
  "source_enrichment_config",
];

/**
 * Renames or describes a cluster; what it computes never changes. A null name or null metadata leaves it as it is, a
 * null description removes it; metadata is replaced as a whole. Returns the cluster as it is now. Throws
 * `immutable_field`.
 */
export async function patchCluster(
  { db, clock }: { readonly db: Database; readonly clock: DatabaseClock },
  namespaceId: string,
  identifier: string,
  request: PatchClusterRequest,
): Promise<ClusterRow> {
  const fields = IMMUTABLE.filter((field) => field in request);
  if (fields.length > 0) {
    throw new AppError(
      "immutable_field",
      `${fields.join(", ")} cannot be changed; ${CHANGEABLE.join(", ")} can. Create another cluster instead.`,
      { details: { fields } },
    );
  }
  const { cluster_name: name, description, metadata } = request;
  const changes = {
    ...(typeof name === "string" ? { name: clusterName(name) } : {}),
    ...(description === undefined ? {} : { description }),
    ...(metadata ? { metadata } : {}),
  };
  return db.transaction(async (tx) => {
    const found = await readCluster(tx, namespaceId, identifier);
    if (!found || !(await lockCluster(tx, namespaceId, found.cluster_id)))
      throw notFound("cluster", identifier);
    if (Object.keys(changes).length > 0) await updateCluster(tx, clock, found.cluster_id, changes);
    return (await readCluster(tx, namespaceId, found.cluster_id))!;
  });
}
