import {
  type ConditionalScheduleConfig,
  conditionMetrics,
  defaultThresholds,
} from "#contract/schedule-config.ts";
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
  const { results: clusters } = await client.clusters.list({}, { limit: PAGE });
  const names = new Map(clusters.map(({ cluster_id, cluster_name }) => [cluster_id, cluster_name]));
  printAnswer(options, triggers, () => triggersTable(triggers, names));
}

/** The type is not a column: what a schedule says shows it. `names`: of clusters, by id. */
export function triggersTable(
  triggers: readonly ClusterTrigger[],
  names: ReadonlyMap<string, string | null>,
): string {
  if (triggers.length === 0) return "No triggers yet. POST /v1/clusters/triggers makes one; /docs shows how.";
  const shown = table(
    ["trigger", "cluster", "schedule", "status", "ran", "last run", "result", "next"],
    triggers.map((trigger) => [
      trigger.trigger_id,
      names.get(trigger.cluster_id ?? "") ?? trigger.cluster_id,
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

/** When a trigger is due, in a cell. */
export function showSchedule({
  trigger_type,
  schedule_config,
  event_counter,
}: Pick<ClusterTrigger, "trigger_type" | "schedule_config" | "event_counter">): string {
  const config = schedule_config as Record<string, string | number | undefined>;
  if (trigger_type === "cron") return `${config.cron_expression} ${config.timezone ?? "UTC"}`;
  if (trigger_type === "interval") return `every ${config.interval_seconds} s`;
  if (trigger_type === "conditional") return showCondition(schedule_config as ConditionalScheduleConfig);
  return `${String(event_counter)} of ${String(config.event_threshold)} ${String(config.event_type).replace("_", " ")}`;
}

/** `embedding_drift from 0.04, every 3600 s`: what is measured, from what value it is met, and how often it is looked at. */
function showCondition(config: ConditionalScheduleConfig): string {
  const metric = config.metric ?? conditionMetrics[config.condition_type][0];
  const threshold = config.threshold ?? (metric === "webhook" ? undefined : defaultThresholds[metric]);
  return `${metric} from ${threshold ?? "-"}, every ${config.check_interval_seconds ?? 3600} s`;
}
