import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Recluster } from "#client/client.ts";
import type { Decision } from "#contract/decisions.ts";
import { systemClock } from "../../platform/clock.ts";
import { sleep } from "../../platform/timers.ts";
import { changesText } from "../diff.ts";
import { CommandError } from "../explain-failure.ts";
import { followRun } from "../follow-run.ts";
import { placementText } from "../placements.ts";
import { gatherReport } from "../report/gather-report.ts";
import { reportPage } from "../report/report-page.ts";
import type { Made } from "./make-triggers.ts";
import { say, section } from "./say.ts";
import { showAgreement } from "./show-results.ts";

const POLL_MS = 200;
const PATIENCE_MS = 120_000;

/** Waits until the pictures that have just come are placed, and shows where. */
export async function showPlaced(client: Recluster, made: readonly Made[]): Promise<void> {
  const { clusterId } = digitsOf(made);
  section("They get a cluster at once, by prediction: recluster placements digits");
  const started = systemClock.monotonicMs();
  while (systemClock.monotonicMs() - started < PATIENCE_MS) {
    const { placement, placements } = await client.clusters.placements(clusterId, { limit: 1 });
    if (placement.state === "current" && placement.unplaced_share !== null) {
      say(placementText(placement));
      const [first] = placements;
      if (first)
        say(
          `the first of them, ${first.document_id}, is in ${first.cluster_id ?? "none"}${first.label == null ? "" : ` '${first.label}'`} until the next run says otherwise`,
        );
      return;
    }
    // The run that settles them may have come first.
    if (placement.settled !== null) return;
    await sleep(POLL_MS);
  }
  throw new CommandError(`The digits were not placed within ${PATIENCE_MS / 1000} seconds.`);
}

/** What the run made of them. */
async function showSettled(client: Recluster, clusterId: string, runId: string): Promise<void> {
  const started = systemClock.monotonicMs();
  while (systemClock.monotonicMs() - started < PATIENCE_MS) {
    const { placement } = await client.clusters.placements(clusterId, { limit: 1 });
    if (placement.settled?.run_id === runId && placement.state === "current") {
      say(placementText(placement));
      say("so few because eights and nines had no cluster of their own to be predicted");
      return;
    }
    await sleep(POLL_MS);
  }
  throw new CommandError(
    `What was predicted was not compared with ${runId} within ${PATIENCE_MS / 1000} seconds.`,
  );
}

/** Waits until the digits' trigger fires by itself, and shows what its run has changed and why it ran. */
export async function showChange(
  client: Recluster,
  made: readonly Made[],
  labels: ReadonlyMap<string, number>,
): Promise<void> {
  const { clusterId, trigger } = digitsOf(made);
  section("The trigger looks every ten seconds, and fires by itself");
  const fired = await untilMet(client, trigger.trigger_id);
  await followRun(client, fired.job_id!, { label: "computing digits", name: "The run of digits" });
  const run = await client.executions.latest(clusterId);
  section("What changed");
  say(changesText(await client.executions.changes(clusterId, run.run_id)));
  await showAgreement(client, clusterId, run.run_id, labels);
  await showSettled(client, clusterId, run.run_id);
  section("Why? GET /v1/clusters/triggers/{trigger_id}/explain?at=…");
  say((await client.clusterTriggers.explain(trigger.trigger_id, fired.last_due)).text);
}

/** The decision to fire because the condition was met. */
async function untilMet(client: Recluster, triggerId: string): Promise<Decision> {
  const started = systemClock.monotonicMs();
  for (;;) {
    const waited = systemClock.monotonicMs() - started;
    const { decisions } = await client.clusterTriggers.decisions(triggerId, { reason: "condition_met" });
    if (decisions[0]) return decisions[0];
    if (waited > PATIENCE_MS) {
      throw new CommandError(`The trigger of the digits did not fire within ${PATIENCE_MS / 1000} seconds.`);
    }
    await sleep(POLL_MS);
  }
}

/** The same as a page with maps and pictures. */
export async function writeReport(client: Recluster, made: readonly Made[], folder: string): Promise<void> {
  const file = join(folder, "digits-report.html");
  const options = { points: 20_000, pictureFields: ["image"] };
  await writeFile(file, reportPage(await gatherReport(client, digitsOf(made).clusterId, options)));
  section("The report: recluster report digits");
  say(`${file}: the two maps, the events with pictures, the runs, the drift`);
}

function digitsOf(made: readonly Made[]): Made {
  return made.find(({ name }) => name === "digits")!;
}
