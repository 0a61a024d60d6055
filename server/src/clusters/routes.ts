import {
  ClusterIdentifierParams,
  ClusterIdParams,
  ClusterMetadata,
  ClusterModel,
  CreateClusterRequest,
  ExecuteClusterRequest,
  ListClustersRequest,
  ListClustersResponse,
  PatchClusterRequest,
} from "#contract/clusters.ts";
import { GenericDeleteResponse } from "#contract/generic-responses.ts";
import { ListQuery } from "#contract/pagination.ts";
import { TaskResponse } from "#contract/tasks.ts";
import { makeOnce } from "../http/idempotency/new-id-for.ts";
import { decodeCursor, encodeCursor, paginationOf } from "../http/list-page.ts";
import { route, type App } from "../http/route.ts";
import { notFound, notSupported } from "../platform/app-error.ts";
import type { RunsDeps } from "../runs/runs-deps.ts";
import { readTask } from "../runs/tasks/store.ts";
import { toTask } from "../runs/tasks/to-task.ts";
import type { Caller, NamespaceRef } from "../tenancy/caller.ts";
import { createCluster } from "./create-cluster.ts";
import { deleteCluster } from "./delete-cluster.ts";
import { executeCluster } from "./execute-cluster.ts";
import { countClusters, listClusters, positionOf, readSort, type ClusterListing } from "./list-clusters.ts";
import { patchCluster } from "./patch-cluster.ts";
import { readCluster } from "./store.ts";
import { toClusterMetadata, toClusterModel } from "./to-cluster.ts";

const CLUSTERS = "/v1/clusters";
const shared = { namespace: true, tag: "Clusters" } as const;

const ownerOf = ({ caller, namespace }: { caller: Caller; namespace: NamespaceRef }) => ({
  organizationId: caller.organizationId,
  namespaceId: namespace.namespaceId,
});

export function registerClusterRoutes(app: App, deps: RunsDeps): void {
  const { db, clock } = deps;
  const read = async (namespaceId: string, identifier: string) => {
    const row = await readCluster(db.sql, clock, namespaceId, identifier);
    if (!row) throw notFound("cluster", identifier);
    return toClusterMetadata(row);
  };

  route(app, {
    ...shared,
    method: "POST",
    url: CLUSTERS,
    permission: "write",
    summary: "Create a cluster",
    operationId: "create_cluster_v1_clusters_post",
    schema: { body: CreateClusterRequest, response: { 200: ClusterMetadata } },
    idempotent: true,
    handler: async (request) => {
      const make = (id: string) => createCluster(db, ownerOf(request), request.body, id);
      return makeOnce(request, "clust", make, (id) => read(request.namespace.namespaceId, id));
    },
  });

  route(app, {
    ...shared,
    method: "GET",
    url: `${CLUSTERS}/:cluster_identifier`,
    permission: "read",
    summary: "Get a cluster by id or name",
    operationId: "get_cluster_v1_clusters__cluster_identifier__get",
    schema: { params: ClusterIdentifierParams, response: { 200: ClusterMetadata } },
    handler: ({ namespace, params }) => read(namespace.namespaceId, params.cluster_identifier),
  });

  route(app, {
    ...shared,
    method: "POST",
    url: `${CLUSTERS}/list`,
    permission: "read",
    bodyOptional: true,
    summary: "List clusters, newest first unless sorted",
    operationId: "list_clusters_v1_clusters_list_post",
    schema: { querystring: ListQuery, body: ListClustersRequest, response: { 200: ListClustersResponse } },
    handler: ({ namespace, query, body }) => listPage(deps, namespace, query, body),
  });

  route(app, {
    ...shared,
    method: "PATCH",
    url: `${CLUSTERS}/:cluster_identifier`,
    permission: "write",
    bodyOptional: true,
    summary: "Rename or describe a cluster",
    operationId: "patch_cluster_v1_clusters__cluster_identifier__patch",
    schema: { params: ClusterIdentifierParams, body: PatchClusterRequest, response: { 200: ClusterModel } },
    handler: async ({ namespace, params, body }) =>
      toClusterModel(await patchCluster(deps, namespace.namespaceId, params.cluster_identifier, body)),
  });

  route(app, {
    ...shared,
    method: "DELETE",
    url: `${CLUSTERS}/:cluster_id`,
    permission: "delete",
    summary: "Delete a cluster with its triggers, executions and artifacts",
    operationId: "delete_cluster_v1_clusters__cluster_id__delete",
    schema: { params: ClusterIdParams, response: { 200: GenericDeleteResponse } },
    handler: async ({ namespace, params }) => {
      await deleteCluster(deps, namespace.namespaceId, params.cluster_id);
      return { message: `The cluster '${params.cluster_id}' is deleted.`, success: true };
    },
  });

  route(app, {
    ...shared,
    method: "POST",
    url: `${CLUSTERS}/:cluster_id/execute`,
    permission: "write",
    bodyOptional: true,
    summary: "Run a cluster now, on its documents as they are or on the data of an earlier run",
    operationId: "execute_clustering_v1_clusters__cluster_id__execute_post",
    schema: { params: ClusterIdParams, body: ExecuteClusterRequest, response: { 200: TaskResponse } },
    idempotent: true,
    handler: async (request) => {
      const { caller, params, body } = request;
      const { cluster_id } = params;
      const run = (runId: string) =>
        executeCluster(deps, ownerOf(request), cluster_id, {
          runId,
          actor: caller.actor,
          sameDataAs: body.same_data_as ?? null,
        });
      const read = async (id: string) => {
        const row = await readTask(db.sql, caller, id);
        if (!row) throw notFound("cluster", cluster_id);
        return toTask(row);
      };
      return makeOnce(request, "run", run, read);
    },
  });
}

async function listPage(
  { db, clock }: Pick<RunsDeps, "db" | "clock">,
  { namespaceId }: NamespaceRef,
  query: ListQuery,
  body: ListClustersRequest,
): Promise<ListClustersResponse> {
  if (body.filters && Object.keys(body.filters).length > 0) {
    throw notSupported("filters", "Use search, or leave filters out.");
  }
  const { limit = 50, offset = 0, cursor, include_total = false } = query;
  const listing: ClusterListing = { namespaceId, search: body.search ?? null, sort: readSort(body.sort) };
  const binding = ["clusters", listing];
  const position = cursor === undefined ? null : decodeCursor(binding, cursor);
  const rows = await listClusters(db.sql, clock, listing, { limit: limit + 1, offset, position });
  const total = await countClusters(db.sql, listing);
  const results = rows.slice(0, limit);
  const last = results.at(-1);
  return {
    results: results.map(toClusterMetadata),
    pagination: paginationOf({
      url: `${CLUSTERS}/list`,
      limit,
      offset,
      byCursor: cursor !== undefined,
      total: include_total ? total : null,
      nextCursor: rows.length > limit && last ? encodeCursor(binding, positionOf(last, listing)) : null,
    }),
    total_count: total,
    stats: null,
  };
}
