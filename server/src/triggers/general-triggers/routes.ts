import { TaskResponse } from "#contract/tasks.ts";
import {
  CreateTriggerRequest,
  GeneralTrigger,
  ListTriggersRequest,
  ListTriggersResponse,
  TriggerParams,
} from "#contract/triggers.ts";
import { route, type App } from "../../http/route.ts";
import { jobIdOf } from "../../runs/job-id.ts";
import { createTrigger } from "../create-trigger.ts";
import type { TriggersDeps } from "../deps.ts";
import { executeTrigger } from "../execute-trigger.ts";
import { listTriggers } from "../list-triggers.ts";
import { fromGeneralRequest } from "../trigger-requests.ts";
import { findView, toGeneralTrigger } from "../trigger-view.ts";

/** Creating, listing and running, in the shapes of `/v1/triggers`; every trigger runs a cluster so far. */
export function registerGeneralTriggerRoutes(app: App, deps: TriggersDeps): void {
  const { db } = deps;
  route(app, {
    method: "POST",
    url: "/v1/triggers",
    permission: "write",
    namespace: true,
    tag: "Triggers",
    summary: "Create a trigger",
    operationId: "create_trigger",
    schema: { body: CreateTriggerRequest, response: { 201: GeneralTrigger } },
    handler: async ({ body, caller, namespace }, reply) => {
      const triggerId = await createTrigger(deps, caller, namespace.namespaceId, fromGeneralRequest(body));
      void reply.status(201);
      return toGeneralTrigger(await findView(db.sql, namespace.namespaceId, triggerId));
    },
  });
  route(app, {
    method: "POST",
    url: "/v1/triggers/list",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Triggers",
    summary: "List triggers",
    operationId: "list_triggers",
    schema: { body: ListTriggersRequest, response: { 200: ListTriggersResponse } },
    handler: async ({ body, namespace }) => {
      const { offset = 0, limit = 50, sort_by = "created_at", direction = "desc" } = body;
      const filter = {
        clusterId: body.resource_id ?? null,
        triggerType: body.trigger_type ?? null,
        status: body.status ?? null,
        offset,
        limit,
        sortBy: sort_by,
        direction,
      };
      // No trigger has another action yet.
      const none = { rows: [], total: 0 };
      const others = (body.action_type ?? "cluster") !== "cluster";
      const { rows, total } = others ? none : await listTriggers(db.sql, namespace.namespaceId, filter);
      return { results: rows.map(toGeneralTrigger), total, offset, limit };
    },
  });
  route(app, {
    method: "POST",
    url: "/v1/triggers/:trigger_id/execute",
    permission: "write",
    namespace: true,
    tag: "Triggers",
    summary: "Run a trigger's action now",
    operationId: "execute_trigger",
    schema: { params: TriggerParams, response: { 200: TaskResponse } },
    handler: async ({ params, caller, namespace }): Promise<TaskResponse> => {
      const scope = { namespaceId: namespace.namespaceId, actor: caller.actor };
      const { runId, clusterId } = await executeTrigger(deps, scope, params.trigger_id);
      return {
        task_id: jobIdOf(runId),
        task_type: "engine_cluster_build",
        status: "PENDING",
        inputs: [],
        outputs: [],
        additional_data: {
          cluster_id: clusterId,
          run_id: runId,
          trigger_id: params.trigger_id,
          progress: null,
        },
        error: null,
      };
    },
  });
}
