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
  printAnswer(options, history, () => historyTable(history));
}

export function historyTable(history: TriggerHistory): string {
  if (history.total === 0) return "Nothing has run yet. `recluster why <trigger>` says why.";
  const rows = history.executions.map((run) => [
    showInstant(run.triggered_at),
    showStatus(run.status),
    showDuration(run.execution_time_ms),
    run.num_clusters,
    run.num_documents,
    run.job_id,
    run.error ?? "",
  ]);
  const shown = `${history.offset + Math.min(1, rows.length)}–${history.offset + rows.length} of ${history.total.toLocaleString("en-US")}`;
  return `${table(["triggered", "status", "took", "clusters", "documents", "job", "error"], rows)}\n${shown}`;
}
