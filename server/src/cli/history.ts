import type { TriggerHistory } from "#client/triggers.ts";
import { connect } from "./connect.ts";
import { wholeNumber } from "./options.ts";
import { printAnswer, showDuration, showInstant } from "./output/answer.ts";
import { showStatus } from "./output/loud.ts";
import { table } from "./output/table.ts";

/** `recluster history TRIGGER` */
export async function showHistory(
  trigger: string,
  options: { limit: string; offset: string; status?: string; json?: boolean },
): Promise<void> {
  const history = await connect().clusterTriggers.history(trigger, {
    limit: wholeNumber("--limit", options.limit),
    offset: wholeNumber("--offset", options.offset),
    status_filter: options.status ?? null,
  });
  printAnswer(options, history, () => historyTable(history, options.status));
}

export function historyTable(history: TriggerHistory, status?: string): string {
  if (history.total === 0 && status !== undefined) return `No execution of this trigger is ${status}.`;
  if (history.total === 0) return `Nothing has run yet. \`recluster why ${history.trigger_id}\` says why.`;
  if (history.executions.length === 0) {
    return `There are ${history.total.toLocaleString("en-US")} in all, none behind the first ${history.offset.toLocaleString("en-US")}.`;
  }
  const rows = history.executions.map((run) => [
    showInstant(run.triggered_at),
    showStatus(run.status),
    showDuration(run.execution_time_ms),
    run.num_clusters,
    run.num_documents,
    run.job_id,
    run.error ?? "",
  ]);
  const shown = `${history.offset + 1}–${history.offset + rows.length} of ${history.total.toLocaleString("en-US")}`;
  return `${table(["triggered", "status", "took", "clusters", "documents", "job", "error"], rows)}\n${shown}`;
}
