import type { TSchema } from "typebox";

import { TriggerParams, UpdateTriggerRequest } from "#contract/triggers.ts";
import { route, type App } from "../http/route.ts";
import type { Caller, NamespaceRef } from "../tenancy/caller.ts";
import { registerBacktestRoutes } from "./backtest/routes.ts";
import { changeTrigger } from "./change-trigger.ts";
import { registerClusterTriggerRoutes } from "./cluster-triggers/routes.ts";
import { registerDecisionRoutes } from "./decisions/routes.ts";
import type { TriggersDeps } from "./deps.ts";
import { registerGeneralTriggerRoutes } from "./general-triggers/routes.ts";
import { registerMeasurementRoutes } from "./measurements/routes.ts";
import { registerPreviewRoutes } from "./preview/routes.ts";
import type { TriggerScope } from "./settle-one.ts";
import { disableTrigger, pauseTrigger, resumeTrigger } from "./state-change.ts";
import { findTrigger } from "./store.ts";
import { fromPatch } from "./trigger-requests.ts";
import { findView, toClusterTrigger, toGeneralTrigger, type TriggerView } from "./trigger-view.ts";
import { ClusterTrigger, GeneralTrigger } from "#contract/triggers.ts";

/** All routes of triggers but their history, which is a view of executions (runs/). */
export function registerTriggerRoutes(app: App, deps: TriggersDeps): void {
  registerClusterTriggerRoutes(app, deps);
  registerGeneralTriggerRoutes(app, deps);
  registerDecisionRoutes(app, deps);
  registerMeasurementRoutes(app, deps);
  registerBacktestRoutes(app, deps);
  registerPreviewRoutes(app, deps);
  registerObjectRoutes(app, deps, {
    prefix: "/v1/clusters/triggers",
    tag: "Cluster Triggers",
    name: "cluster_trigger",
    answer: ClusterTrigger,
    toAnswer: toClusterTrigger,
  });
  registerObjectRoutes(app, deps, {
    prefix: "/v1/triggers",
    tag: "Triggers",
    name: "trigger",
    answer: GeneralTrigger,
    toAnswer: toGeneralTrigger,
  });
}

export function scopeOf(request: { caller: Caller; namespace: NamespaceRef }): TriggerScope {
  return { namespaceId: request.namespace.namespaceId, actor: request.caller.actor };
}

interface Face {
  readonly prefix: string;
  readonly tag: string;
  readonly name: string;
  readonly answer: TSchema;
  readonly toAnswer: (row: TriggerView) => object;
}

/** A cluster trigger is one object on both APIs; what is done to one trigger differs in the answer's shape only. */
function registerObjectRoutes(app: App, deps: TriggersDeps, { prefix, tag, name, answer, toAnswer }: Face): void {
  const { db } = deps;
  const url = `${prefix}/:trigger_id`;
  const shared = { namespace: true, tag } as const;
  const schema = { params: TriggerParams, response: { 200: answer } };
  const view = async (namespaceId: string, triggerId: string) =>
    toAnswer(await findView(db.sql, namespaceId, triggerId));

  route(app, {
    ...shared,
    method: "GET",
    url,
    permission: "read",
    summary: "Get a trigger",
    operationId: `get_${name}`,
    schema,
    handler: ({ namespace, params }) => view(namespace.namespaceId, params.trigger_id),
  });
  route(app, {
    ...shared,
    method: "PATCH",
    url,
    permission: "write",
    summary: "Change a trigger; schedule_config is merged key by key",
    operationId: `update_${name}`,
    schema: { ...schema, body: UpdateTriggerRequest },
    handler: async (request) => {
      const { trigger_id } = request.params;
      await findTrigger(db.sql, request.namespace.namespaceId, trigger_id);
      const patch = fromPatch(request.body, request.caller);
      await changeTrigger(deps, scopeOf(request), trigger_id, patch);
      return view(request.namespace.namespaceId, trigger_id);
    },
  });
  route(app, {
    ...shared,
    method: "DELETE",
    url,
    permission: "delete",
    summary: "Disable a trigger for good; its history stays",
    operationId: `delete_${name}`,
    schema: { params: TriggerParams, response: {} },
    handler: async (request, reply) => {
      await disableTrigger(deps, scopeOf(request), request.params.trigger_id);
      return reply.status(204).send();
    },
  });
  for (const [verb, act] of [["pause", pauseTrigger], ["resume", resumeTrigger]] as const) {
    route(app, {
      ...shared,
      method: "POST",
      url: `${url}/${verb}`,
      permission: "write",
      summary: verb === "pause" ? "Pause a trigger" : "Resume a paused or failed trigger",
      operationId: `${verb}_${name}`,
      schema,
      handler: async (request) => {
        await act(deps, scopeOf(request), request.params.trigger_id);
        return view(request.namespace.namespaceId, request.params.trigger_id);
      },
    });
  }
} // prettier-ignore
