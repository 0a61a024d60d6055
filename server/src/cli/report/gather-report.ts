import type { Recluster } from "#client/client.ts";
import {
  conditionMetrics,
  type ConditionalScheduleConfig,
  defaultThresholds,
} from "#contract/schedule-config.ts";
import type { ClusterTrigger } from "#contract/triggers.ts";
import { systemClock } from "../../platform/clock.ts";
import { CommandError } from "../explain-failure.ts";
import { readRun, type ReadingOptions } from "./read-run.ts";
import type { DriftCurve, ReportData } from "./report-data.ts";

export interface ReportOptions extends ReadingOptions {
  /** The run to report; the newest completed one if it is not given. */
  readonly run?: string;
  /** The run to compare it with; the completed one before if it is not given. */
  readonly since?: string;
}

const RUNS = 60;
const CHECKS = 500;

/** Asks the server for everything that a report shows. */
export async function gatherReport(
  client: Recluster,
  identifier: string,
  options: ReportOptions,
): Promise<ReportData> {
  const cluster = await client.clusters.get(identifier);
  const id = cluster.cluster_id;
  const { results: history } = await client.executions.list(id, {}, { limit: RUNS });
  const runId = options.run ?? cluster.freshness.last_success_run_id;
  if (runId === null) {
    throw new CommandError(
      `'${identifier}' has no completed run to report. \`recluster run ${identifier}\` makes one.`,
    );
  }
  const run = await client.executions.get(id, runId);
  if (run.status !== "completed") {
    throw new CommandError(`${runId} is ${run.status}; a report needs a completed run.`);
  }
  // The run says itself which it was compared with; the first with none.
  const since = options.since ?? run.changes?.since_run_id ?? null;
  const changes = since === null ? null : await client.executions.changes(id, runId, since);
  return {
    cluster,
    madeAt: systemClock.now(),
    after: await readRun(client, run, options),
    before: since === null ? null : await readRun(client, await client.executions.get(id, since), options),
    changes,
    history,
    curves: await readCurves(client, id),
  };
}

/** What the cluster's conditional triggers have measured, oldest first. */
async function readCurves(client: Recluster, clusterId: string): Promise<DriftCurve[]> {
  const { results } = await client.clusterTriggers.list({
    ...{ cluster_id: clusterId, trigger_type: "conditional", limit: 1000 },
  });
  return Promise.all(results.map((trigger) => readCurve(client, trigger)));
}

async function readCurve(client: Recluster, trigger: ClusterTrigger): Promise<DriftCurve> {
  const { measurements } = await client.clusterTriggers.measurements(trigger.trigger_id, { limit: CHECKS });
  const measured = measurements.filter((one) => one.value !== null);
  const config = trigger.schedule_config as unknown as ConditionalScheduleConfig;
  const metric = config.metric ?? conditionMetrics[config.condition_type][0];
  const error = measurements[0]?.evidence.error;
  return {
    triggerId: trigger.trigger_id,
    metric,
    fault: typeof error === "string" ? `The last check failed: ${error}` : null,
    threshold: config.threshold ?? (metric === "webhook" ? NaN : defaultThresholds[metric]),
    points: measured
      .toReversed()
      .map(({ due_at: at, value, fired }) => ({ at: new Date(at), value: value!, fired })),
  };
}
