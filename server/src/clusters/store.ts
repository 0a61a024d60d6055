import type { Tx } from "../db/database.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import { json } from "../db/json.ts";
import { AppError } from "../platform/app-error.ts";
import { newId } from "../platform/ids.ts";
import type { ClusterDefinition } from "./definition.ts";
import type { WireConfig } from "./execution-config.ts";

export interface NewCluster {
  readonly organizationId: string;
  readonly namespaceId: string;
  readonly name: string;
  readonly description: string | null;
  readonly definition: ClusterDefinition;
  readonly wireConfig: WireConfig;
}

/** Inserts a cluster and returns its id; throws `name_taken` when another of the namespace has the name. */
export async function insertCluster(tx: Tx, cluster: NewCluster): Promise<string> {
  const clusterId = newId("clust");
  try {
    await tx
      .insertInto("clusters")
      .values({
        cluster_id: clusterId,
        namespace_id: cluster.namespaceId,
        organization_id: cluster.organizationId,
        name: cluster.name,
        description: cluster.description,
        collection_ids: [...cluster.definition.collectionIds],
        cluster_type: cluster.definition.method.algorithm === "attribute_based" ? "attribute" : "vector",
        definition: json(cluster.definition) as never,
        wire_config: json(cluster.wireConfig) as never,
        metadata: json({}) as never,
        last_run_id: null,
      })
      .execute();
  } catch (error) {
    throw nameTaken(error, cluster.name);
  }
  return clusterId;
}

/** A violated unique name as the client reads it; other errors unchanged. */
export function nameTaken(error: unknown, name: string): unknown {
  if (!isUniqueViolation(error, "clusters_namespace_id_name_key")) return error;
  return new AppError(
    "name_taken",
    `A cluster named '${name}' exists in this namespace. Choose another name.`,
    {
      details: { field: "cluster_name" },
      cause: error,
    },
  );
}
