import { sql } from "kysely";

import type { ExecutionChangesSummary } from "#contract/changes.ts";
import type { Sql } from "../db/database.ts";
import type { ExecutionStatus } from "../db/tables.ts";
import type { StoredManifest } from "../documents/snapshots/stored-manifest.ts";
import type { RunMetrics } from "./run-result.ts";

export interface ExecutionRow {
  readonly run_id: string;
  readonly cluster_id: string;
  readonly status: ExecutionStatus;
  readonly triggered_at: Date;
  readonly ended_at: Date | null;
  readonly num_clusters: number | null;
  readonly num_documents: number | null;
  readonly metrics: RunMetrics | null;
  readonly changes: ExecutionChangesSummary | null;
  readonly error: string | null;
  readonly artifact_path: string | null;
  readonly snapshot: StoredManifest | null;
  readonly snapshot_kept: boolean;
  readonly same_data_as: string | null;
  readonly labeling_errors: readonly string[] | null;
}

const COLUMNS = sql.raw(
  "run_id, cluster_id, status, triggered_at, ended_at, num_clusters, num_documents, metrics, changes, error, artifact_path, " +
    "snapshot, snapshot_kept, same_data_as, labeling_errors",
);

export interface RunClusterRow {
  readonly number: number;
  readonly num_members: number;
  readonly label: string | null;
  /** Whether a person has given the label. */
  readonly label_locked: boolean;
  readonly summary: string | null;
  readonly keywords: string[] | null;
  readonly attributes: Record<string, unknown> | null;
  readonly parent_number: number | null;
  readonly feature: string | null;
}

export async function clusterExists(run: Sql, namespaceId: string, clusterId: string): Promise<boolean> {
  const row = await run
    .selectFrom("clusters")
    .select("cluster_id")
    .where("cluster_id", "=", clusterId)
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function findExecution(
  run: Sql,
  clusterId: string,
  runId: string,
): Promise<ExecutionRow | undefined> {
  const { rows } = await sql<ExecutionRow>`
    select ${COLUMNS} from executions where run_id = ${runId} and cluster_id = ${clusterId}`.execute(run);
  return rows[0];
}

/** Newest first; `after` is the position of the last row of the page before. */
export async function listExecutions(
  run: Sql,
  clusterId: string,
  page: {
    readonly limit: number;
    readonly offset: number;
    readonly after: { readonly triggeredAt: Date; readonly runId: string } | null;
  },
): Promise<ExecutionRow[]> {
  const behind = page.after
    ? sql`and (triggered_at, run_id) < (${page.after.triggeredAt}, ${page.after.runId})`
    : sql``;
  const { rows } = await sql<ExecutionRow>`
    select ${COLUMNS} from executions where cluster_id = ${clusterId} ${behind}
    order by triggered_at desc, run_id desc limit ${page.limit} offset ${page.offset}`.execute(run);
  return rows;
}

export interface ExecutionStats {
  readonly status: ExecutionStatus;
  readonly executions: number;
  readonly execution_time_ms: number | null;
  readonly documents: number | null;
  readonly clusters: number | null;
}

/** Counts, mean time, documents in all and mean clusters of a cluster's executions, by status. */
export async function readExecutionStats(run: Sql, clusterId: string): Promise<ExecutionStats[]> {
  const { rows } = await sql<ExecutionStats>`
    select status, count(*) as executions, avg(execution_time_ms)::float8 as execution_time_ms,
      sum(num_documents)::float8 as documents, avg(num_clusters)::float8 as clusters
    from executions where cluster_id = ${clusterId} group by status order by status`.execute(run);
  return rows;
}

export async function countExecutions(run: Sql, clusterId: string): Promise<number> {
  const { rows } = await sql<{ total: number }>`
    select count(*) as total from executions where cluster_id = ${clusterId}`.execute(run);
  return rows[0]!.total;
}

/** The clusters of a run, by number; a label that a person has given stands in for the run's own. */
export async function readRunClusters(run: Sql, runId: string): Promise<RunClusterRow[]> {
  const { rows } = await sql<RunClusterRow>`
    select c.number, c.num_members, coalesce(given.label, c.label) as label, given.label is not null as label_locked,
      c.summary, c.keywords, c.attributes, c.parent_number, c.feature
    from run_clusters c join executions e using (run_id)
    left join cluster_labels given on given.cluster_id = e.cluster_id and given.number = c.number
    where c.run_id = ${runId} order by c.number`.execute(run);
  return rows;
}
