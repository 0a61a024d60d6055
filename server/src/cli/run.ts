import type { ClusterExecutionResult } from "#contract/executions.ts";
import { connect } from "./connect.ts";
import { printAnswer } from "./output/answer.ts";
import { loud } from "./output/loud.ts";
import { table } from "./output/table.ts";
import { followRun } from "./follow-run.ts";

export interface RunOptions {
  readonly detach?: boolean;
  readonly json?: boolean;
  /** A run whose data are read again. */
  readonly sameDataAs?: string;
}

/** `recluster run CLUSTER`: asks for a run, follows its progress, prints its clusters. */
export async function runCluster(cluster: string, options: RunOptions): Promise<void> {
  const client = connect();
  const { cluster_id: id } = await client.clusters.get(cluster);
  const { sameDataAs } = options;
  const task = await client.clusters.execute(
    id,
    sameDataAs === undefined ? {} : { same_data_as: sameDataAs },
  );
  const run = (task.additional_data as { run_id: string }).run_id;
  if (options.detach) {
    printAnswer(options, task, () => `${run} waits its turn; \`recluster status\` shows how it goes.`);
    return;
  }
  await followRun(client, task.task_id, { label: `computing ${cluster}`, name: run });
  const result = await client.executions.get(id, run);
  const changed = result.changes ? `\n${result.changes.sentence}` : "";
  printAnswer(
    options,
    result,
    () => `${run} completed.\n${clustersTable(result)}${changed}${labelingText(result)}`,
  );
}

const MOST_FAULTS = 5;

/** What kept a language model from naming clusters; the run completes all the same. */
export function labelingText({ llm_labeling_errors: faults }: ClusterExecutionResult): string {
  if (faults == null || faults.length === 0) return "";
  const more = faults.length - MOST_FAULTS;
  return ["", ...faults.slice(0, MOST_FAULTS), ...(more > 0 ? [`… and ${more} more: --json lists them`] : [])]
    .map((line) => (line === "" ? line : loud(line)))
    .join("\n");
}

/** The clusters of a run, largest first, by what they are called everywhere else; then its quality. */
export function clustersTable(result: ClusterExecutionResult, most = 20): string {
  const clusters = [...(result.centroids ?? [])].sort((a, b) => b.num_members - a.num_members);
  const byFeature = clusters.some((found) => found.feature != null);
  const rows = clusters
    .slice(0, most)
    .map((found) => [
      found.cluster_id,
      found.num_members,
      ...(byFeature ? [found.feature ?? ""] : []),
      found.label ?? found.keywords?.join(", ") ?? "",
    ]);
  const rest = clusters.length > most ? `\n… and ${clusters.length - most} more` : "";
  const { silhouette_score: silhouette, davies_bouldin_index: daviesBouldin } = result.metrics ?? {};
  const quality =
    silhouette == null
      ? ""
      : `\nsilhouette ${silhouette.toFixed(3)}${daviesBouldin == null ? "" : `, Davies–Bouldin ${daviesBouldin.toFixed(3)}`}`;
  return `${table(["cluster", "documents", ...(byFeature ? ["feature"] : []), "about"], rows)}${rest}${quality}`;
}
