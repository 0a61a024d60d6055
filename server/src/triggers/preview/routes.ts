import { PreviewTriggerRequest, PreviewTriggerResponse } from "#contract/preview.ts";
import { readClock } from "../../db/database-clock.ts";
import { route, type App } from "../../http/route.ts";
import { AppError } from "../../platform/app-error.ts";
import type { TriggersDeps } from "../deps.ts";
import { checkScheduleConfig } from "../schedule-config.ts";
import { preview } from "./preview.ts";

const DEFAULT_COUNT = 10;

/** When a trigger would be due, before there is one. */
export function registerPreviewRoutes(app: App, { db, clock, limits }: TriggersDeps): void {
  route(app, {
    method: "POST",
    url: "/v1/clusters/triggers/preview",
    permission: "read",
    namespace: true,
    tag: "Cluster Triggers",
    summary:
      "The next due instants of a cron or interval trigger that is only thought of, or the next checks of a condition",
    operationId: "preview_trigger",
    schema: { body: PreviewTriggerRequest, response: { 200: PreviewTriggerResponse } },
    handler: async ({ body }) => {
      const { trigger_type, schedule_config, from, count = DEFAULT_COUNT } = body;
      if (trigger_type === "event") {
        throw new AppError(
          "invalid_value",
          "An event trigger is due when documents come, so there is nothing to preview. Preview 'cron', 'interval' or 'conditional'.",
          { details: { trigger_type } },
        );
      }
      const checked = checkScheduleConfig(trigger_type, schedule_config, limits);
      if (checked.type === "event") throw new Error("unreachable: a configuration is checked for its type");
      return preview(checked, from == null ? await readClock(db.sql, clock) : new Date(from), count);
    },
  });
}
