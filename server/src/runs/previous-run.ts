import { sql } from "kysely";

import { IDENTITY_DEFAULTS } from "#kernels/index.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { USUAL_COORDINATES } from "../clusters/methods/steps.ts";
import type { Sql } from "../db/database.ts";
import type { ClaimedRun } from "./claim-run.ts";
import type { EarlierRun, PreviousRun, RunMetrics } from "./run-result.ts";

/** The newest completed runs of the same cluster that have left artifacts, newest first: whose clusters this run's may be. */
export async function earlierRuns(run: Sql, clusterId: string): Promise<EarlierRun[]> {
  const { rows } = await sql<{ run_id: string; artifact_path: string; metrics: RunMetrics | null }>`
    select run_id, artifact_path, metrics from executions
    where cluster_id = ${clusterId} and status = 'completed' and artifact_path is not null
    order by triggered_at desc, run_id desc limit ${IDENTITY_DEFAULTS.runs}`.execute(run);
  return rows.map((row) => ({ runId: row.run_id, artifactPath: row.artifact_path, metrics: row.metrics }));
}

/** The newest completed run of the same cluster, if the definition asks to start from it and there is one. */
export async function previousFor(
  run: Sql,
  { clusterId, definition }: Pick<ClaimedRun, "clusterId" | "definition">,
): Promise<PreviousRun | null> {
  if (!definition.warmStart && !definition.coordinates?.from_previous) return null;
  const { rows } = await sql<{ run_id: string; artifact_path: string; definition: ClusterDefinition }>`
    select run_id, artifact_path, definition from executions
    where cluster_id = ${clusterId} and status = 'completed' and artifact_path is not null
    order by triggered_at desc, run_id desc limit 1`.execute(run);
  const row = rows[0];
  if (!row) return null;
  const { coordinates = USUAL_COORDINATES } = row.definition;
  return { runId: row.run_id, artifactPath: row.artifact_path, coordinates };
}
