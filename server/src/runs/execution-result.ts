import type {
  ClusterExecutionCentroid,
  ClusterExecutionMetrics,
  ClusterExecutionResult,
  ExecutionSnapshot,
} from "#contract/executions.ts";
import { readManifest } from "../documents/snapshots/stored-manifest.ts";
import type { RunMetrics } from "./run-result.ts";
import type { ExecutionRow, RunClusterRow } from "./store.ts";

/**
 * An execution as its routes answer it. The contract has neither `canceled` (it reads `failed`, and the message says
 * so) nor null for the counts (0 before the end). `clusters` null leaves the centroids out, as lists do.
 */
export function executionResult(
  row: ExecutionRow,
  clusters: readonly RunClusterRow[] | null,
): ClusterExecutionResult {
  return {
    run_id: row.run_id,
    cluster_id: row.cluster_id,
    status: row.status === "canceled" ? "failed" : row.status,
    num_clusters: row.num_clusters ?? 0,
    num_points: row.num_documents ?? 0,
    metrics: row.metrics && metrics(row.metrics),
    centroids: row.status === "completed" && clusters ? clusters.map(centroid) : null,
    created_at: row.triggered_at.toISOString(),
    completed_at: row.ended_at?.toISOString() ?? null,
    error_message: row.error,
    llm_labeling_errors: row.labeling_errors && [...row.labeling_errors],
    snapshot: snapshotOf(row),
    changes: row.changes,
  };
}

function snapshotOf({ snapshot, snapshot_kept, same_data_as }: ExecutionRow): ExecutionSnapshot | null {
  if (!snapshot) return null;
  const { takenAt, documents: total, sources } = readManifest(snapshot);
  return {
    taken_at: takenAt,
    documents: total,
    kept: snapshot_kept,
    same_data_as,
    collections: sources.map(({ collectionId, seq, documents }) => ({
      collection_id: collectionId,
      seq,
      documents,
    })),
  };
}

function metrics({ features, ...figures }: RunMetrics): ClusterExecutionMetrics {
  return {
    ...figures,
    notes: [...figures.notes],
    ...(features && { features: features.map((feature) => ({ ...feature })) }),
  };
}

function centroid(cluster: RunClusterRow): ClusterExecutionCentroid {
  return {
    cluster_id: `cl_${cluster.number}`,
    num_members: cluster.num_members,
    label: cluster.label,
    label_locked: cluster.label_locked,
    summary: cluster.summary,
    keywords: cluster.keywords,
    parent_cluster_id: cluster.parent_number === null ? null : `cl_${cluster.parent_number}`,
    attributes: cluster.attributes,
    feature: cluster.feature,
  };
}
