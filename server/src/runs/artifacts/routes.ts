import { join } from "node:path";

import {
  ExecutionArtifactsQuery,
  ExecutionData,
  ExecutionDataRequest,
  ExecutionParams,
} from "#contract/executions.ts";
import { readGivenLabels } from "../../clusters/labels/store.ts";
import type { Sql } from "../../db/database.ts";
import { route, type App } from "../../http/route.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { clusterNotFound } from "../../clusters/cluster-not-found.ts";
import type { RunsDeps } from "../runs-deps.ts";
import { clusterExists, findExecution, readRunClusters } from "../store.ts";
import { memberRanges, type MemberRange } from "./member-ranges.ts";
import { readCentroids, readMembers } from "./read-artifacts.ts";

const ONE = "/v1/clusters/:cluster_id/executions/:run_id";
const shared = { namespace: true, permission: "read", tag: "Cluster executions" } as const;
const PAGE = 1000;

interface Wanted {
  readonly clusterId: string;
  readonly runId: string;
  /** One of the run's clusters, `cl_<n>`. */
  readonly within: string | null;
  readonly centroids: boolean;
  readonly members: boolean;
  /** Dimensions that the members' coordinates must have; null for any. */
  readonly dims: number | null;
  readonly offset: number;
  readonly limit: number;
}

/** What a completed run left: centroids and members. */
export function registerArtifactRoutes(app: App, deps: Pick<RunsDeps, "db" | "storageFolder">): void {
  const read = async (namespaceId: string, wanted: Wanted) => {
    const folder = join(deps.storageFolder, await publishedPath(deps.db.sql, namespaceId, wanted));
    return readArtifacts(deps.db.sql, folder, wanted);
  };
  route(app, {
    ...shared,
    method: "GET",
    url: `${ONE}/artifacts`,
    summary: "Get the centroids of an execution, and the first of its members",
    operationId: "get_execution_artifacts",
    schema: {
      params: ExecutionParams,
      querystring: ExecutionArtifactsQuery,
      response: { 200: ExecutionData },
    },
    handler: ({ namespace, params, query }) => {
      return read(namespace.namespaceId, {
        clusterId: params.cluster_id,
        runId: params.run_id,
        within: null,
        centroids: query.include_centroids ?? true,
        members: query.include_members ?? false,
        dims: query.projection_method === undefined ? null : Number(query.projection_method[0]),
        offset: 0,
        limit: query.limit ?? PAGE,
      });
    },
  });
  route(app, {
    ...shared,
    method: "POST",
    url: `${ONE}/data`,
    bodyOptional: true,
    summary: "Page through the members of an execution, all or those of one of its clusters",
    operationId: "get_execution_data",
    schema: { params: ExecutionParams, body: ExecutionDataRequest, response: { 200: ExecutionData } },
    handler: ({ namespace, params, body }) =>
      read(namespace.namespaceId, {
        clusterId: params.cluster_id,
        runId: params.run_id,
        within: body.cluster_id ?? null,
        centroids: body.include_centroids ?? true,
        members: body.include_members ?? false,
        dims: null,
        offset: body.offset ?? 0,
        limit: body.limit ?? PAGE,
      }),
  });
}

async function publishedPath(
  sql: Sql,
  namespaceId: string,
  { clusterId, runId }: Pick<Wanted, "clusterId" | "runId">,
): Promise<string> {
  if (!(await clusterExists(sql, namespaceId, clusterId))) throw clusterNotFound(clusterId);
  const execution = await findExecution(sql, clusterId, runId);
  if (!execution) throw notFound("execution", runId);
  if (execution.artifact_path !== null) return execution.artifact_path;
  throw new AppError(
    "no_artifacts",
    `The execution '${runId}' is ${execution.status}; only a completed one has artifacts.`,
    { details: { run_id: runId, status: execution.status } },
  );
}

async function readArtifacts(sql: Sql, folder: string, wanted: Wanted): Promise<ExecutionData> {
  const { within, offset, limit } = wanted;
  const range = await rangeOf(sql, wanted);
  const total = range.end - range.start;
  const start = range.start + Math.min(offset, total);
  const page = { start, end: Math.min(start + limit, range.end) };
  const centroids = wanted.centroids ? await readCentroids(folder) : null;
  const given = new Map(
    (await readGivenLabels(sql, wanted.clusterId)).map((one) => [`cl_${one.number}`, one.label]),
  );
  const members = wanted.members ? await readMembers(folder, page) : null;
  const { dims } = wanted;
  const has = members?.find(({ coordinates }) => coordinates !== null)?.coordinates?.length;
  if (dims !== null && has !== undefined && has !== dims) throw otherMap(dims, has);
  return {
    cluster_id: wanted.clusterId,
    run_id: wanted.runId,
    centroids:
      centroids
        ?.filter((centroid) => within === null || centroid.cluster_id === within)
        .map(({ cluster_id, num_members, label, vector, feature }) => ({
          ...{ cluster_id, num_members, vector, feature },
          label: given.get(cluster_id) ?? label,
        })) ?? null,
    members,
    total,
    offset,
    limit,
  };
}

function otherMap(wanted: number, has: number): AppError {
  return new AppError(
    "invalid_value",
    `projection_method is '${wanted}d', and the map of this run has ${has} dimensions. ` +
      `Leave it out, or run a cluster with coordinates {"dims": ${wanted}}.`,
    { details: { field: "projection_method" } },
  );
}

/** Rows of members.parquet that are asked for: all, or those of one cluster. */
async function rangeOf(sql: Sql, { clusterId, runId, within }: Wanted): Promise<MemberRange> {
  if (within === null) {
    const execution = await findExecution(sql, clusterId, runId);
    // A document is a member once for each feature that was clustered by itself.
    const times = execution?.metrics?.features?.length ?? 1;
    return { start: 0, end: times * (execution?.num_documents ?? 0) };
  }
  const clusters = await readRunClusters(sql, runId);
  const ranges = memberRanges(
    clusters.map((cluster) => ({
      number: cluster.number,
      numMembers: cluster.num_members,
      parentNumber: cluster.parent_number,
    })),
  );
  const range = ranges.get(Number(within.slice("cl_".length)));
  if (!range) throw notFound("cluster of the execution", within);
  return range;
}
