import { ExecutionChanges, ExecutionChangesQuery } from "#contract/changes.ts";
import { ExecutionParams } from "#contract/executions.ts";
import { readGivenLabels } from "../../clusters/labels/store.ts";
import { route, type App } from "../../http/route.ts";
import { clusterNotFound } from "../../clusters/cluster-not-found.ts";
import type { RunsDeps } from "../runs-deps.ts";
import { clusterExists } from "../store.ts";
import { findChanges } from "./find-changes.ts";
import { layLabels } from "./lay-labels.ts";
import { RunComparer } from "./run-comparer.ts";

/** What changed between two runs: ours. */
export function registerChangeRoutes(
  app: App,
  deps: Pick<RunsDeps, "db" | "storageFolder" | "config">,
): void {
  const { sql } = deps.db;
  const comparer = new RunComparer(() => deps.config.runMemoryBytes);
  route(app, {
    namespace: true,
    tag: "Cluster Executions",
    method: "GET",
    url: "/v1/clusters/:cluster_id/executions/:run_id/changes",
    permission: "read",
    summary: "Get what changed since another run of the cluster, the completed one before unless named",
    operationId: "get_execution_changes",
    schema: {
      params: ExecutionParams,
      querystring: ExecutionChangesQuery,
      response: { 200: ExecutionChanges },
    },
    handler: async ({ namespace, params, query }) => {
      const { cluster_id: clusterId, run_id: runId } = params;
      if (!(await clusterExists(sql, namespace.namespaceId, clusterId))) throw clusterNotFound(clusterId);
      const asked = { clusterId, runId, since: query.since ?? null };
      const changes = await findChanges({ sql, storageFolder: deps.storageFolder, comparer }, asked);
      return layLabels(changes, await readGivenLabels(sql, clusterId));
    },
  });
}
