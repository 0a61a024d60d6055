import type { ClusterTrigger } from "#contract/triggers.ts";
import { connect } from "./connect.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { loud, showStatus } from "./output/loud.ts";
import { table } from "./output/table.ts";

const PAGE = 1000;

/** `recluster triggers list` */
export async function listTriggers(options: { json?: boolean }): Promise<void> {
  const client = connect();
  const triggers: ClusterTrigger[] = [];
  for (;;) {
    const page = await client.clusterTriggers.list({ limit: PAGE, offset: triggers.length });
    triggers.push(...page.results);
    if (page.results.length < PAGE) break;
  }
  printAnswer(options, triggers, () => triggersTable(triggers));
}

function triggersTable(triggers: readonly ClusterTrigger[]): string {
  if (triggers.length === 0) return "No triggers yet. POST /v1/clusters/triggers makes one; /docs shows how.";
  const shown = table(
    ["trigger", "type", "schedule", "status", "ran", "last run", "result", "next"],
    triggers.map((trigger) => [
      trigger.trigger_id,
      trigger.trigger_type,
      showSchedule(trigger),
      showStatus(trigger.status),
      trigger.execution_count,
      showInstant(trigger.last_triggered_at),
      showStatus(trigger.last_execution_status ?? "-"),
      showInstant(trigger.next_scheduled_at),
    ]),
  );
  const failed = triggers.filter((trigger) => trigger.status === "failed");
  const reasons = failed.map(({ trigger_id, status_reason }) =>
    loud(`${trigger_id} failed: ${status_reason ?? "no reason recorded"}`),
  );
  return [shown, ...reasons].join("\n");
}

function showSchedule({ trigger_type, schedule_config, event_counter }: ClusterTrigger): string {
  const config = schedule_config as Record<string, string | number | undefined>;
  if (trigger_type === "cron") return `${config.cron_expression} ${config.timezone ?? "UTC"}`;
  if (trigger_type === "interval") return `every ${config.interval_seconds} s`;
  return `${String(event_counter)} of ${String(config.event_threshold)} ${String(config.event_type).replace("_", " ")}`;
}
