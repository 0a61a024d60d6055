import {
  ClusterTrigger,
  CreateClusterTriggerRequest,
  ListClusterTriggersRequest,
  ListClusterTriggersResponse,
} from "#contract/triggers.ts";
import { makeOnce } from "../../http/idempotency/new-id-for.ts";
import { route, type App } from "../../http/route.ts";
import { createTrigger } from "../create-trigger.ts";
import type { TriggersDeps } from "../deps.ts";
import { listTriggers } from "../list-triggers.ts";
import { fromClusterRequest } from "../trigger-requests.ts";
import { findView, toClusterTrigger } from "../trigger-view.ts";

/** Creating and listing, in the shapes of `/v1/clusters/triggers`. */
export function registerClusterTriggerRoutes(app: App, deps: TriggersDeps): void {
  const { db } = deps;
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers",
    permission: "write",
    namespace: true,
    tag: "Cluster Triggers",
    summary: "Create a trigger for a cluster",
    operationId: "create_cluster_trigger",
    schema: { body: CreateClusterTriggerRequest, response: { 201: ClusterTrigger } },
    idempotent: true,
    handler: async (request, reply) => {
      const { body, caller, namespace } = request;
      const wanted = fromClusterRequest(body);
      const make = (id: string) => createTrigger(deps, caller, namespace.namespaceId, wanted, id);
      const read = (id: string) => findView(db.sql, namespace.namespaceId, id);
      void reply.status(201);
      return toClusterTrigger(await makeOnce(request, "trig", make, read));
    },
  });
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers/list",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Cluster Triggers",
    summary: "List triggers of clusters",
    operationId: "list_cluster_triggers",
    schema: { body: ListClusterTriggersRequest, response: { 200: ListClusterTriggersResponse } },
    handler: async ({ body, namespace }) => {
      const { offset = 0, limit = 50, sort_by = "created_at", direction = "desc" } = body;
      const { rows, total } = await listTriggers(db.sql, namespace.namespaceId, {
        clusterId: body.cluster_id ?? null,
        triggerType: body.trigger_type ?? null,
        status: body.status ?? null,
        offset,
        limit,
        sortBy: sort_by,
        direction,
      });
      return { results: rows.map(toClusterTrigger), total, offset, limit };
    },
  });
}
