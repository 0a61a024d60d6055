import { AppError, notFound } from "../platform/app-error.ts";

/**
 * A cluster at a route that takes its id only. Others take its name, too, so a name here is likely: it is said of
 * every text that is no id, whether a cluster has that name or not.
 */
export function clusterNotFound(clusterId: string): AppError {
  if (clusterId.startsWith("clust_")) return notFound("cluster", clusterId);
  return new AppError(
    "not_found",
    `There is no cluster with the id '${clusterId}' in this namespace. Here it goes by its id, clust_…, not by its name; GET /v1/clusters/{name} answers it.`,
    { details: { resource: "cluster", id: clusterId } },
  );
}
