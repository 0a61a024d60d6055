import { sql } from "kysely";

import { sameFilters } from "../../clusters/definition-filters.ts";
import type { ClusterDefinition } from "../../clusters/definition.ts";
import type { Tx } from "../../db/database.ts";
import type { ExecutionStatus } from "../../db/tables.ts";
import type { SnapshotManifest } from "../../documents/snapshots/snapshot.ts";
import { readManifest, type StoredManifest } from "../../documents/snapshots/stored-manifest.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { snapshotRequest } from "../snapshot-request.ts";

interface RunRow {
  readonly cluster_id: string;
  readonly status: ExecutionStatus;
  readonly snapshot: StoredManifest | null;
  readonly snapshot_kept: boolean;
  readonly same_data_as: string | null;
}

/** Runs listed to somebody whose run's data are gone. */
const LISTED = 10;

/**
 * Makes the execution `runId`, which the caller has just created in this transaction, read the snapshot of the run
 * `sameDataAs` instead of taking its own. That run, and the one that took its snapshot, stay locked, so that nobody lets
 * the snapshot go before the new reader is seen.
 *
 * Throws `not_found` for a run the namespace has not, `snapshot_gone` with the runs of its cluster whose data are still
 * there, `invalid_value` if it has not completed or its snapshot is of other data than this cluster groups.
 */
export async function readSameData(
  tx: Tx,
  namespaceId: string,
  { runId, definition, sameDataAs }: { runId: string; definition: ClusterDefinition; sameDataAs: string },
): Promise<void> {
  const { rows } = await sql<RunRow>`
    select cluster_id, status, snapshot, snapshot_kept, same_data_as from executions
    where namespace_id = ${namespaceId} and run_id = ${sameDataAs} for share`.execute(tx);
  const run = rows[0];
  if (!run) throw notFound("execution", sameDataAs);
  if (run.status === "pending" || run.status === "processing") {
    throw invalid(
      `The run '${sameDataAs}' is ${run.status}; its data can be read again once it has completed.`,
    );
  }
  if (!run.snapshot_kept || !run.snapshot) throw await gone(tx, run.cluster_id, sameDataAs);
  const takenBy = run.same_data_as ?? sameDataAs;
  await sql`select from executions where run_id = ${takenBy} for share`.execute(tx);
  await checkFits(tx, definition, readManifest(run.snapshot), sameDataAs);
  await sql`
    update executions set same_data_as = ${takenBy},
      snapshot = (select snapshot from executions where run_id = ${sameDataAs})
    where run_id = ${runId}`.execute(tx);
}

async function gone(tx: Tx, clusterId: string, runId: string): Promise<AppError> {
  const { rows } = await sql<{ run_id: string; taken_at: string; documents: number }>`
    select run_id, snapshot ->> 'takenAt' as taken_at, (snapshot ->> 'documents')::int as documents
    from executions where cluster_id = ${clusterId} and snapshot_kept
    order by triggered_at desc, run_id desc limit ${LISTED}`.execute(tx);
  const list = rows.map((row) => `${row.run_id} (${row.documents} documents of ${row.taken_at})`).join(", ");
  return new AppError(
    "snapshot_gone",
    `The data of the run '${runId}' are not kept any more. ` +
      (rows.length > 0
        ? `Those of these runs of its cluster can still be read: ${list}.`
        : "There is no run of its cluster whose data can still be read; RECLUSTER_KEEP_SNAPSHOTS says how many keep theirs."),
    { details: { run_id: runId, readable: rows } },
  );
}

/**
 * The snapshot must hold what a run of this definition would read itself, but it may hold more of each document: features
 * and attributes that this run leaves alone.
 */
async function checkFits(
  tx: Tx,
  definition: ClusterDefinition,
  snapshot: SnapshotManifest,
  runId: string,
): Promise<void> {
  const wanted = await snapshotRequest(tx, definition, snapshot.folder);
  const attributes = wanted.attributes.filter((path) => !snapshot.attributes.includes(path));
  const features = snapshot.features.map(({ name }) => name);
  const of = snapshot.sources.map(({ collectionId }) => collectionId);
  const differences = [
    sameMembers(wanted.collectionIds, of) ||
      `it has documents of ${of.join(", ")}, and the cluster groups those of ${wanted.collectionIds.join(", ")}`,
    sameFilters(wanted.filters, snapshot.filters) ||
      `it was chosen by the filters ${JSON.stringify(snapshot.filters)}, and the cluster's are ${JSON.stringify(wanted.filters)}`,
    wanted.featureNames.every((name) => features.includes(name)) ||
      `it has ${vectorsOf(features)}, and the cluster needs ${vectorsOf(wanted.featureNames)}`,
    attributes.length === 0 || `it does not have the attributes ${attributes.join(", ")}`,
    sameMembers(wanted.textPaths ?? [], snapshot.textPaths ?? []) ||
      `its texts are of ${listOf(snapshot.textPaths)}, and the cluster's labels are made of ${listOf(wanted.textPaths)}`,
  ].filter((difference) => difference !== true);
  if (differences.length === 0) return;
  throw invalid(
    `The data of the run '${runId}' are other data than this cluster groups: ${differences.join("; ")}. ` +
      "Run without same_data_as, or name a run of this cluster.",
  );
}

function sameMembers(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((member) => b.includes(member));
}

function vectorsOf(features: readonly string[]): string {
  return features.length === 0
    ? "no vectors"
    : `vectors of ${features.map((name) => `'${name}'`).join(", ")}`;
}

function listOf(paths: readonly string[] | null): string {
  return paths === null ? "nothing" : paths.join(", ");
}

function invalid(message: string): AppError {
  return new AppError("invalid_value", message, { details: { field: "same_data_as" } });
}
