import {
  ExplainQuery,
  Explanation,
  ListDecisionsRequest,
  ListDecisionsResponse,
} from "#contract/decisions.ts";
import { TriggerParams } from "#contract/triggers.ts";
import { readClock } from "../../db/database-clock.ts";
import { route, type App } from "../../http/route.ts";
import type { TriggersDeps } from "../deps.ts";
import { findTrigger } from "../store.ts";
import { explain } from "./explain.ts";
import { listDecisions } from "./list-decisions.ts";

/** What was decided about a trigger's due instants, and why. */
export function registerDecisionRoutes(app: App, { db, clock }: TriggersDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers/:trigger_id/decisions",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Cluster Triggers",
    summary: "List a trigger's decisions, newest first",
    operationId: "list_trigger_decisions",
    schema: {
      params: TriggerParams,
      body: ListDecisionsRequest,
      response: { 200: ListDecisionsResponse },
    },
    handler: async (request) => {
      const trigger = await findTrigger(db.sql, request.namespace.namespaceId, request.params.trigger_id);
      return listDecisions(db.sql, trigger.trigger_id, request.body);
    },
  });
  route(app, {
    method: "GET",
    url: "/v1/clusters/triggers/:trigger_id/explain",
    permission: "read",
    namespace: true,
    tag: "Cluster Triggers",
    summary: "Why a trigger fired, or did not, at an instant",
    operationId: "explain_trigger",
    schema: { params: TriggerParams, querystring: ExplainQuery, response: { 200: Explanation } },
    handler: async (request) => {
      const trigger = await findTrigger(db.sql, request.namespace.namespaceId, request.params.trigger_id);
      const now = await readClock(db.sql, clock);
      const { at } = request.query;
      return explain(db.sql, trigger, at === undefined ? now : new Date(at), now);
    },
  });
}
