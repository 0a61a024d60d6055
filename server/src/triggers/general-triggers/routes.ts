import { TaskResponse } from "#contract/tasks.ts";
import {
  CreateTriggerRequest,
  GeneralTrigger,
  ListTriggersRequest,
  ListTriggersResponse,
  TriggerParams,
} from "#contract/triggers.ts";
import { makeOnce } from "../../http/idempotency/new-id-for.ts";
import { route, type App } from "../../http/route.ts";
import { notFound } from "../../platform/app-error.ts";
import { readTask } from "../../runs/tasks/store.ts";
import { toTask } from "../../runs/tasks/to-task.ts";
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
    idempotent: true,
    handler: async (request, reply) => {
      const { body, caller, namespace } = request;
      const wanted = fromGeneralRequest(body);
      const make = (id: string) => createTrigger(deps, caller, namespace.namespaceId, wanted, id);
      const read = (id: string) => findView(db.sql, namespace.namespaceId, id);
      void reply.status(201);
      return toGeneralTrigger(await makeOnce(request, "trig", make, read));
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
    idempotent: true,
    handler: async (request): Promise<TaskResponse> => {
      const { params, caller, namespace } = request;
      const scope = { namespaceId: namespace.namespaceId, actor: caller.actor };
      const run = (id: string) => executeTrigger(deps, scope, params.trigger_id, id);
      const read = async (id: string) => {
        const row = await readTask(db.sql, caller, id);
        if (!row) throw notFound("trigger", params.trigger_id);
        return row;
      };
      return toTask(await makeOnce(request, "run", run, read));
    },
  });
}
