import type { PatchClusterRequest } from "#contract/clusters.ts";
import type { DatabaseClock } from "../db/database-clock.ts";
import type { Database } from "../db/database.ts";
import { notFound } from "../platform/app-error.ts";
import { clusterName } from "./cluster-name.ts";
import { readPlaceNew } from "./placement/read-place-new.ts";
import { lockCluster, readCluster, updateCluster, type ClusterRow } from "./store.ts";

/**
 * Renames or describes a cluster; what it computes never changes. A null name or null metadata leaves it as it is, a
 * null description or max_age_seconds removes it, a null place_new_documents leaves it; metadata is replaced as a whole. Returns the cluster as it is now.
 */
export async function patchCluster(
  { db, clock }: { readonly db: Database; readonly clock: DatabaseClock },
  namespaceId: string,
  identifier: string,
  request: PatchClusterRequest,
): Promise<ClusterRow> {
  const { cluster_name: name, description, metadata, max_age_seconds } = request;
  const changes = {
    ...(typeof name === "string" ? { name: clusterName(name) } : {}),
    ...(description === undefined ? {} : { description }),
    ...(metadata ? { metadata } : {}),
    ...(max_age_seconds === undefined ? {} : { max_age_seconds }),
  };
  return db.transaction(async (tx) => {
    const found = await readCluster(tx, clock, namespaceId, identifier);
    if (!found || !(await lockCluster(tx, namespaceId, found.cluster_id)))
      throw notFound("cluster", identifier);
    const place = readPlaceNew(request.place_new_documents, found.definition.method);
    const all = { ...changes, ...(place === undefined ? {} : { place_new_documents: place }) };
    if (Object.keys(all).length > 0) await updateCluster(tx, clock, found.cluster_id, all);
    if (place !== undefined) db.wakeAfterCommit(tx, "placements");
    if (max_age_seconds !== undefined) db.wakeAfterCommit(tx, "freshness");
    return (await readCluster(tx, clock, namespaceId, found.cluster_id))!;
  });
}
