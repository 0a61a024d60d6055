import type { Recluster } from "#client/client.ts";
import { adjustedRandIndex } from "#kernels/index.ts";
import { systemClock } from "../../platform/clock.ts";
import { sleep } from "../../platform/timers.ts";
import { CommandError } from "../explain-failure.ts";
import { historyTable } from "../history.ts";
import { clustersTable } from "../run.ts";
import { followRun } from "../follow-run.ts";
import type { Made } from "./make-triggers.ts";
import { say, section } from "./say.ts";

const POLL_MS = 100;
const PATIENCE_MS = 60_000;

/** Waits until each trigger has a completed run and prints its history as the endpoint answered it. */
export async function showHistories(
  client: Recluster,
  made: readonly Made[],
  onFirstRow: () => void,
): Promise<void> {
  section("History: POST /v1/clusters/triggers/{trigger_id}/history");
  for (const { name, trigger } of made) {
    await untilCompleted(client, name, trigger.trigger_id, onFirstRow);
    onFirstRow = () => undefined;
    say(`\n${name} (${trigger.trigger_type}, ${trigger.trigger_id})`);
    say(historyTable(await client.clusterTriggers.history(trigger.trigger_id)));
  }
}

async function untilCompleted(
  client: Recluster,
  name: string,
  triggerId: string,
  onFirstRow: () => void,
): Promise<void> {
  const job = await firstJob(client, name, triggerId);
  onFirstRow();
  await followRun(client, job, { label: `computing ${name}`, name: `The run of ${name}` });
}

async function firstJob(client: Recluster, name: string, triggerId: string): Promise<string> {
  const until = systemClock.monotonicMs() + PATIENCE_MS;
  while (systemClock.monotonicMs() < until) {
    const { executions } = await client.clusterTriggers.history(triggerId, { limit: 1 });
    if (executions[0]) return executions[0].job_id;
    await sleep(POLL_MS);
  }
  throw new CommandError(`The trigger of ${name} did not fire within ${PATIENCE_MS / 1000} seconds.`);
}

/** Prints the clusters of each definition's newest completed run, and how far those of the digits agree with the labels. */
export async function showRuns(
  client: Recluster,
  made: readonly Made[],
  labels: ReadonlyMap<string, number>,
): Promise<void> {
  for (const { name, clusterId, trigger } of made) {
    const { executions } = await client.clusterTriggers.history(trigger.trigger_id, {
      status_filter: "completed",
      limit: 1,
    });
    const { additional_data: facts } = await client.tasks.get(executions[0]!.job_id);
    const run = await client.executions.get(clusterId, (facts as { run_id: string }).run_id);
    section(
      `${name}: ${run.num_clusters} clusters of ${run.num_points.toLocaleString("en-US")} documents (${run.run_id})`,
    );
    say(clustersTable(run));
    if (name === "digits") await showAgreement(client, clusterId, run.run_id, labels);
  }
}

/** How far the clusters of a run of the digits agree with what the pictures show. */
export async function showAgreement(
  client: Recluster,
  clusterId: string,
  runId: string,
  labels: ReadonlyMap<string, number>,
): Promise<void> {
  const found: number[] = [];
  const truth: number[] = [];
  let noise = 0;
  const numbers = new Map<string, number>();
  for (;;) {
    const page = await client.executions.data(clusterId, runId, {
      include_centroids: false,
      include_members: true,
      limit: 1000,
      offset: found.length,
    });
    for (const { document_id: document, cluster_id: cluster } of page.members ?? []) {
      const key = cluster ?? "noise";
      if (cluster === null) noise++;
      numbers.set(key, numbers.get(key) ?? numbers.size);
      found.push(numbers.get(key)!);
      truth.push(labels.get(document)!);
    }
    if (found.length >= page.total || (page.members ?? []).length === 0) break;
  }
  const index = adjustedRandIndex(found, truth);
  say(
    `${found.length.toLocaleString("en-US")} pictures beside the digits they show, which clustering never saw: ` +
      `adjusted Rand index ${index.toFixed(3)}, ${((noise / found.length) * 100).toFixed(1)} % noise`,
  );
}
