import { sql } from "kysely";

import { EVENT_TYPES } from "#contract/events.ts";
import type { Tx } from "../db/database.ts";
import { json, rowsOf } from "../db/json.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import { readManifest, type StoredManifest } from "../documents/snapshots/stored-manifest.ts";
import { recordEvent } from "../events/record-event.ts";
import type { ConsumedEvents } from "./enqueue.ts";
import { type Lease, LeaseLost } from "./lease.ts";
import type { RunResult } from "./run-result.ts";
import type { RunsDeps } from "./runs-deps.ts";
import { letGoOlder, type SnapshotUse, unneeded } from "./snapshots/let-go.ts";

/** An execution that is about to end, its row locked. */
export interface OpenExecution {
  readonly run_id: string;
  readonly cluster_id: string;
  readonly namespace_id: string;
  readonly organization_id: string;
  readonly trigger_id: string | null;
  readonly status: "pending" | "processing";
  readonly attempt: number;
  readonly lease_owner: string | null;
  readonly triggered_at: Date;
  readonly started_at: Date | null;
  readonly cancel_requested_at: Date | null;
  readonly cancel_requested_by: string | null;
  readonly consumed: ConsumedEvents | null;
  readonly snapshot: SnapshotManifest | null;
  readonly same_data_as: string | null;
  /** The database's clock when the row was locked: the instant at which it ends. */
  readonly now: Date;
}

export type Ending =
  | { readonly status: "completed"; readonly result: RunResult; readonly artifactPath: string }
  | { readonly status: "failed"; readonly error: string; readonly errorCode: string }
  | { readonly status: "canceled"; readonly by: string | null };

/**
 * Locks what an ending touches, in the lock order: the trigger and the cluster (the hook does), then the execution.
 * Undefined when the execution is gone or finished.
 */
export async function lockOpenExecution(
  deps: RunsDeps,
  tx: Tx,
  runId: string,
): Promise<OpenExecution | undefined> {
  const { rows } = await sql<{ cluster_id: string; trigger_id: string | null }>`
    select cluster_id, trigger_id from executions where run_id = ${runId}`.execute(tx);
  if (!rows[0]) return undefined;
  await deps.hooks.lock(tx, rows[0].cluster_id, rows[0].trigger_id);
  const locked = await sql<Omit<OpenExecution, "snapshot"> & { snapshot: StoredManifest | null }>`
    select run_id, cluster_id, namespace_id, organization_id, trigger_id, status, attempt, lease_owner, triggered_at, started_at,
      cancel_requested_at, cancel_requested_by, consumed, snapshot, same_data_as, ${deps.clock.now} as now
    from executions where run_id = ${runId} and status in ('pending', 'processing') for update`.execute(tx);
  const row = locked.rows[0];
  return row && { ...row, snapshot: row.snapshot && readManifest(row.snapshot) };
}

/**
 * Ends an execution: its row, its clusters, the triggers' part, and the wake-ups, in the caller's transaction, which
 * holds the locks of `lockOpenExecution`. `execution_time_ms` is from the first attempt's start to now; an execution
 * that never started has none. A completed run keeps its snapshot, and the cluster's older ones let go of theirs; returns
 * the snapshots that nobody needs any more, to be released after the commit.
 */
export async function endExecution(
  deps: RunsDeps,
  tx: Tx,
  execution: OpenExecution,
  ending: Ending,
): Promise<SnapshotUse[]> {
  const { run_id: runId, now, started_at: startedAt } = execution;
  const completed = ending.status === "completed" ? ending.result : null;
  const error = errorOf(ending);
  const { numAffectedRows } = await sql`
    update executions set status = ${ending.status}, ended_at = ${now}, lease_owner = null, lease_until = null,
      retry_at = null, execution_time_ms = ${startedAt && now.getTime() - startedAt.getTime()},
      num_clusters = ${completed && completed.clusters.length}, num_documents = ${completed && completed.numDocuments},
      metrics = ${completed && json(completed.metrics)}, labeling_errors = ${completed?.labelingErrors ?? null}::text[],
      changes = ${completed?.changes ? json(completed.changes) : null},
      artifact_path = ${ending.status === "completed" ? ending.artifactPath : null},
      error = ${error?.text ?? null}, error_code = ${error?.code ?? null},
      snapshot_kept = ${completed !== null && execution.snapshot !== null}
    where run_id = ${runId} and attempt = ${execution.attempt} and status = ${execution.status}
      and lease_owner is not distinct from ${execution.lease_owner}`.execute(tx);
  if (numAffectedRows !== 1n) throw new LeaseLost(asLease(execution));
  if (completed) await insertClusters(tx, runId, completed);
  if (completed?.changes) {
    await recordEvent(tx, {
      organizationId: execution.organization_id,
      namespaceId: execution.namespace_id,
      type: EVENT_TYPES.clusterChanged,
      at: now,
      clusterId: execution.cluster_id,
      runId,
      ...(execution.trigger_id === null ? {} : { triggerId: execution.trigger_id }),
      data: completed.changes,
    });
  }
  const released = await stopNeeding(deps, tx, execution, completed !== null);
  await deps.hooks.ended(tx, {
    runId,
    clusterId: execution.cluster_id,
    triggerId: execution.trigger_id,
    status: ending.status,
    error: error?.text ?? null,
    consumed: execution.consumed,
    triggeredAt: execution.triggered_at,
    endedAt: now,
  });
  // The cluster is free for its next execution, and what was skipped for overlap may be due again.
  deps.db.wakeAfterCommit(tx, "runs");
  deps.db.wakeAfterCommit(tx, "triggers");
  if (completed) deps.db.wakeAfterCommit(tx, "freshness");
  return released;
}

async function stopNeeding(
  deps: RunsDeps,
  tx: Tx,
  { run_id: runId, cluster_id: clusterId, snapshot, same_data_as: sameDataAs }: OpenExecution,
  completed: boolean,
): Promise<SnapshotUse[]> {
  if (!snapshot) return [];
  const own = { takenBy: sameDataAs ?? runId, snapshot };
  return unneeded(tx, completed ? await letGoOlder(tx, clusterId, deps.config.keepSnapshots) : [own]);
}

function asLease(execution: OpenExecution): Lease {
  return {
    runId: execution.run_id,
    attempt: execution.attempt,
    leaseOwner: execution.lease_owner ?? "nobody",
  };
}

function errorOf(ending: Ending): { text: string; code: string } | null {
  switch (ending.status) {
    case "completed":
      return null;
    case "failed":
      return { text: ending.error, code: ending.errorCode };
    case "canceled":
      return { text: `canceled${ending.by === null ? "" : ` by ${ending.by}`}`, code: "canceled" };
  }
}

async function insertClusters(tx: Tx, runId: string, result: RunResult): Promise<void> {
  const rows = result.clusters.map((cluster) => ({
    number: cluster.number,
    num_members: cluster.numMembers,
    label: cluster.label,
    summary: cluster.summary ?? null,
    keywords: cluster.keywords,
    attributes: cluster.attributes,
    parent_number: cluster.parentNumber,
    feature: cluster.feature,
  }));
  const columns =
    "number bigint, num_members bigint, label text, summary text, keywords text[], attributes jsonb, parent_number bigint, feature text";
  await sql`
    insert into run_clusters (run_id, number, num_members, label, summary, keywords, attributes, parent_number, feature)
    select ${runId}::text, number, num_members, label, summary, keywords, attributes, parent_number, feature
    from ${rowsOf(rows, columns)}`.execute(tx);
}
