import {
  ClusterExecutionResult,
  ClusterExecutionsParams,
  ExecutionParams,
  ListClusterExecutionsRequest,
  ListClusterExecutionsResponse,
  type ClusterExecutionListStats,
} from "#contract/executions.ts";
import { ListQuery } from "#contract/pagination.ts";
import type { Sql } from "../db/database.ts";
import { decodeCursor, encodeCursor, paginationOf } from "../http/list-page.ts";
import { route, type App } from "../http/route.ts";
import { AppError, notFound, notSupported } from "../platform/app-error.ts";
import { clusterNotFound } from "../clusters/cluster-not-found.ts";
import { registerArtifactRoutes } from "./artifacts/routes.ts";
import { registerChangeRoutes } from "./changes/routes.ts";
import { cancelExecution } from "./cancel-execution.ts";
import { executionResult } from "./execution-result.ts";
import type { RunsDeps } from "./runs-deps.ts";
import {
  clusterExists,
  countExecutions,
  findExecution,
  listExecutions,
  readExecutionStats,
  readRunClusters,
  type ExecutionRow,
} from "./store.ts";

const EXECUTIONS = "/v1/clusters/:cluster_id/executions";
const ONE = `${EXECUTIONS}/:run_id`;
const shared = { namespace: true, tag: "Cluster Executions" } as const;

/** The routes of a cluster's executions. */
export function registerExecutionRoutes(app: App, deps: RunsDeps): void {
  const { sql } = deps.db;
  route(app, {
    ...shared,
    method: "GET",
    url: EXECUTIONS,
    permission: "read",
    summary: "Get a cluster's latest execution",
    operationId: "get_cluster_execution",
    schema: { params: ClusterExecutionsParams, response: { 200: ClusterExecutionResult } },
    handler: async ({ namespace, params }) => {
      await assertCluster(sql, namespace.namespaceId, params.cluster_id);
      const [latest] = await listExecutions(sql, params.cluster_id, { limit: 1, offset: 0, after: null });
      if (!latest) throw notFound("execution of cluster", params.cluster_id);
      return answer(sql, latest);
    },
  });
  route(app, {
    ...shared,
    method: "GET",
    url: ONE,
    permission: "read",
    summary: "Get an execution of a cluster",
    operationId: "get_cluster_execution_by_run",
    schema: { params: ExecutionParams, response: { 200: ClusterExecutionResult } },
    handler: async ({ namespace, params }) =>
      answer(sql, await existingExecution(sql, namespace.namespaceId, params)),
  });
  route(app, {
    ...shared,
    method: "POST",
    url: `${EXECUTIONS}/list`,
    permission: "read",
    bodyOptional: true,
    summary: "List a cluster's executions, newest first, without their centroids",
    operationId: "list_cluster_executions",
    schema: {
      params: ClusterExecutionsParams,
      querystring: ListQuery,
      body: ListClusterExecutionsRequest,
      response: { 200: ListClusterExecutionsResponse },
    },
    handler: async ({ namespace, params, query, body }) => {
      if (body.filters) throw notSupported("filters", "Leave it out; executions come newest first.");
      if (body.sort) throw notSupported("sort", "Leave it out; executions come newest first.");
      if (body.search) throw notSupported("search", "Leave it out.");
      await assertCluster(sql, namespace.namespaceId, params.cluster_id);
      return listPage(sql, params.cluster_id, query);
    },
  });
  route(app, {
    ...shared,
    method: "POST",
    url: `${ONE}/cancel`,
    permission: "write",
    summary: "Cancel a pending or processing execution",
    operationId: "cancel_execution",
    schema: { params: ExecutionParams, response: { 200: ClusterExecutionResult } },
    handler: async ({ namespace, params, caller }) => {
      await existingExecution(sql, namespace.namespaceId, params);
      await cancelExecution(deps, params.run_id, caller.actor);
      return answer(sql, await existingExecution(sql, namespace.namespaceId, params));
    },
  });
  registerArtifactRoutes(app, deps);
  registerChangeRoutes(app, deps);
}

async function assertCluster(sql: Sql, namespaceId: string, clusterId: string): Promise<void> {
  if (!(await clusterExists(sql, namespaceId, clusterId))) throw clusterNotFound(clusterId);
}

async function existingExecution(
  sql: Sql,
  namespaceId: string,
  { cluster_id, run_id }: { readonly cluster_id: string; readonly run_id: string },
): Promise<ExecutionRow> {
  await assertCluster(sql, namespaceId, cluster_id);
  const row = await findExecution(sql, cluster_id, run_id);
  if (!row) throw notFound("execution", run_id);
  return row;
}

async function answer(sql: Sql, row: ExecutionRow): Promise<ClusterExecutionResult> {
  return executionResult(row, row.status === "completed" ? await readRunClusters(sql, row.run_id) : null);
}

async function listPage(sql: Sql, clusterId: string, query: ListQuery) {
  const { limit = 50, offset = 0, cursor, include_total = false } = query;
  const binding = ["executions", clusterId];
  const after = cursor === undefined ? null : positionIn(decodeCursor(binding, cursor));
  const rows = await listExecutions(sql, clusterId, { limit: limit + 1, offset, after });
  const total = await countExecutions(sql, clusterId);
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return {
    results: page.map((row) => executionResult(row, null)),
    pagination: paginationOf({
      url: `/v1/clusters/${clusterId}/executions/list`,
      limit,
      offset,
      byCursor: cursor !== undefined,
      total: include_total ? total : null,
      nextCursor:
        rows.length > limit && last
          ? encodeCursor(binding, [last.triggered_at.toISOString(), last.run_id])
          : null,
    }),
    total_count: total,
    stats: include_total ? await stats(sql, clusterId) : null,
  };
}

function positionIn([triggeredAt, runId]: readonly (string | number)[]) {
  const instant = new Date(triggeredAt ?? "");
  if (Number.isNaN(instant.getTime()) || typeof runId !== "string") {
    throw new AppError("foreign_cursor", "This cursor does not belong to this list. Begin without a cursor.");
  }
  return { triggeredAt: instant, runId };
}

async function stats(sql: Sql, clusterId: string): Promise<ClusterExecutionListStats> {
  const byStatus = await readExecutionStats(sql, clusterId);
  const completed = byStatus.find((row) => row.status === "completed");
  return {
    total_executions: byStatus.reduce((sum, row) => sum + row.executions, 0),
    executions_by_status: Object.fromEntries(byStatus.map((row) => [row.status, row.executions])),
    avg_execution_time_ms: completed?.execution_time_ms ?? 0,
    total_documents_clustered: completed?.documents ?? 0,
    avg_num_clusters: completed?.clusters ?? 0,
  };
}
