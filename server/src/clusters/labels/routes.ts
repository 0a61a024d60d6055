import { ClusterLabelsResponse, PatchClusterLabelsRequest } from "#contract/cluster-labels.ts";
import { ClusterIdParams } from "#contract/clusters.ts";
import { route, type App } from "../../http/route.ts";
import { clusterNotFound } from "../cluster-not-found.ts";
import type { RunsDeps } from "../../runs/runs-deps.ts";
import { clusterExists } from "../../runs/store.ts";
import { giveLabels } from "./give-labels.ts";
import { type GivenLabelRow, readGivenLabels } from "./store.ts";

const LABELS = "/v1/clusters/:cluster_id/labels";
const shared = { namespace: true, tag: "Clusters" } as const;

/** Labels that people give to clusters: ours. */
export function registerLabelRoutes(app: App, deps: Pick<RunsDeps, "db" | "clock">): void {
  route(app, {
    ...shared,
    method: "GET",
    url: LABELS,
    permission: "read",
    summary: "Get the labels that people have given to the clusters of a definition",
    operationId: "get_cluster_labels",
    schema: { params: ClusterIdParams, response: { 200: ClusterLabelsResponse } },
    handler: async ({ namespace, params }) => {
      const { cluster_id: clusterId } = params;
      if (!(await clusterExists(deps.db.sql, namespace.namespaceId, clusterId)))
        throw clusterNotFound(clusterId);
      return answer(clusterId, await readGivenLabels(deps.db.sql, clusterId));
    },
  });
  route(app, {
    ...shared,
    method: "PATCH",
    url: LABELS,
    permission: "write",
    summary: "Give clusters labels that no run changes, or give them back",
    operationId: "patch_cluster_labels",
    schema: {
      params: ClusterIdParams,
      body: PatchClusterLabelsRequest,
      response: { 200: ClusterLabelsResponse },
    },
    handler: async ({ namespace, params, caller, body }) => {
      const { cluster_id: clusterId } = params;
      const owner = { namespaceId: namespace.namespaceId, clusterId, actor: caller.actor };
      return answer(clusterId, await giveLabels(deps, owner, body));
    },
  });
}

function answer(clusterId: string, labels: readonly GivenLabelRow[]): ClusterLabelsResponse {
  return {
    cluster_id: clusterId,
    labels: labels.map(({ number, label, locked_at, locked_by }) => ({
      cluster_id: `cl_${number}`,
      label,
      locked_at: locked_at.toISOString(),
      locked_by,
    })),
  };
}
