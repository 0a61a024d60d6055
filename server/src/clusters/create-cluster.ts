import type { CreateClusterRequest } from "#contract/clusters.ts";
import type { Database } from "../db/database.ts";
import { clusterName } from "./cluster-name.ts";
import { refuseSharedFields } from "./enrichment/refuse-shared-fields.ts";
import { findSources } from "./find-sources.ts";
import { parseCreateRequest } from "./parse-create-request.ts";
import { readPlaceNew } from "./placement/read-place-new.ts";
import { insertCluster } from "./store.ts";

/** Stores the definition a request asks for under the id and returns the id. Nothing runs yet. */
export async function createCluster(
  db: Database,
  owner: { readonly organizationId: string; readonly namespaceId: string },
  request: CreateClusterRequest,
  clusterId: string,
): Promise<string> {
  const parsed = parseCreateRequest(request);
  const name = clusterName(request.cluster_name);
  return db.transaction(async (tx) => {
    const collectionIds = await findSources(tx, owner.namespaceId, request.collection_ids, parsed);
    const definition = { collectionIds, ...parsed };
    await refuseSharedFields(tx, owner.namespaceId, definition);
    return insertCluster(tx, {
      ...owner,
      clusterId,
      name,
      description: null,
      maxAgeSeconds: request.max_age_seconds ?? null,
      placeNewDocuments: readPlaceNew(request.place_new_documents, parsed.method) ?? false,
      definition,
      wireConfig: { config: null, llm_labeling: request.llm_labeling ?? null },
    });
  });
}
