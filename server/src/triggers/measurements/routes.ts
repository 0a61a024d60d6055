import { ListMeasurementsRequest, ListMeasurementsResponse } from "#contract/measurements.ts";
import { TriggerParams } from "#contract/triggers.ts";
import { route, type App } from "../../http/route.ts";
import type { TriggersDeps } from "../deps.ts";
import { findTrigger } from "../store.ts";
import { listMeasurements } from "./list-measurements.ts";

/** What was measured for a conditional trigger. */
export function registerMeasurementRoutes(app: App, { db }: TriggersDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers/:trigger_id/measurements",
    permission: "read",
    namespace: true,
    bodyOptional: true,
    tag: "Cluster Triggers",
    summary: "List what a conditional trigger's checks have found, newest first",
    operationId: "list_trigger_measurements",
    schema: {
      params: TriggerParams,
      body: ListMeasurementsRequest,
      response: { 200: ListMeasurementsResponse },
    },
    handler: async (request) => {
      const trigger = await findTrigger(db.sql, request.namespace.namespaceId, request.params.trigger_id);
      return { measurements: await listMeasurements(db.sql, trigger.trigger_id, request.body) };
    },
  });
}
