import { sql } from "kysely";

import type { DatabaseClock } from "../../server/src/db/database-clock.ts";
import { readClock } from "../../server/src/db/database-clock.ts";
import type { Database } from "../../server/src/db/database.ts";
import { json } from "../../server/src/db/json.ts";
import type { OnDocumentsCommitted } from "../../server/src/documents/hooks.ts";
import { newId } from "../../server/src/platform/ids.ts";
import type { ConsumedEvents } from "../../server/src/runs/enqueue.ts";
import type { RunHooks } from "../../server/src/runs/hooks.ts";
import type { TestTenant } from "./tenant.ts";

/** A collection without documents, by its columns alone. */
export async function insertCollection(db: Database, { namespaceId }: TestTenant): Promise<string> {
  const id = newId("col");
  await sql`insert into collections (collection_id, namespace_id, name, features)
    values (${id}, ${namespaceId}, ${id.toLowerCase()}, '[{"name":"v","dimensions":2}]')`.execute(db.sql);
  return id;
}

/** A k-means cluster over collections, by its columns alone. */
export async function insertClusterRow(
  db: Database,
  { namespaceId, organizationId }: TestTenant,
  collectionIds: readonly string[],
): Promise<string> {
  const id = newId("clust");
  const definition = {
    collectionIds,
    method: {
      algorithm: "kmeans",
      params: { n_clusters: 2, max_iter: 10, random_state: 1, n_init: 1, tol: 1e-4, init: "k-means++" },
    },
    featureName: null,
    normalizeFeatures: true,
    labelPaths: null,
  };
  await sql`insert into clusters (cluster_id, namespace_id, organization_id, name, collection_ids, cluster_type, definition, wire_config)
    values (${id}, ${namespaceId}, ${organizationId}, ${id.toLowerCase()}, ${collectionIds}, 'vector', ${json(definition)}, '{}')`.execute(
    db.sql,
  );
  return id;
}

/** Commits a write of documents as the documents room does: head, event row, hook, in one transaction. */
export async function commitDocuments(
  db: Database,
  clock: DatabaseClock,
  hook: OnDocumentsCommitted,
  collectionId: string,
  { added = 0, updated = 0, batches = 1 }: { added?: number; updated?: number; batches?: number },
): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await sql<{ seq: number; a: number; u: number; b: number }>`
      update collections set event_seq = event_seq + 1, total_added = total_added + ${added},
        total_updated = total_updated + ${updated}, total_batches = total_batches + ${batches}
      where collection_id = ${collectionId}
      returning event_seq as seq, total_added as a, total_updated as u, total_batches as b`.execute(tx);
    const { seq, a, u, b } = rows[0]!;
    const committedAt = await readClock(tx, clock);
    await sql`insert into document_events values
      (${collectionId}, ${seq}, ${committedAt}, ${added}, ${updated}, ${batches}, ${a}, ${u}, ${b})`.execute(
      tx,
    );
    await hook(tx, { collectionId, seq, committedAt, added, updated, batches });
  });
}

/** Ends an execution as the runs room does: hooks.lock, the row, hooks.ended, in one transaction. */
export async function endRun(
  db: Database,
  clock: DatabaseClock,
  hooks: RunHooks,
  runId: string,
  status: "completed" | "failed" | "canceled",
): Promise<void> {
  await db.transaction(async (tx) => {
    const { rows } = await sql<{
      cluster_id: string;
      trigger_id: string | null;
      consumed: ConsumedEvents | null;
      triggered_at: Date;
    }>`select cluster_id, trigger_id, consumed, triggered_at from executions where run_id = ${runId}`.execute(
      tx,
    );
    const run = rows[0]!;
    await hooks.lock(tx, run.cluster_id, run.trigger_id);
    const endedAt = await readClock(tx, clock);
    const error = status === "failed" ? "it broke" : null;
    const artifacts = status === "completed" ? `runs/${runId}/attempt-1` : null;
    await sql`update executions set status = ${status}, ended_at = ${endedAt}, error = ${error},
      artifact_path = ${artifacts} where run_id = ${runId}`.execute(tx);
    await hooks.ended(tx, {
      runId,
      clusterId: run.cluster_id,
      triggerId: run.trigger_id,
      status,
      error,
      consumed: run.consumed,
      triggeredAt: run.triggered_at,
      endedAt,
    });
  });
}

/** Ends everything that waits or runs in a namespace. */
export async function endAllRuns(
  db: Database,
  clock: DatabaseClock,
  hooks: RunHooks,
  { namespaceId }: TestTenant,
  status: "completed" | "failed" | "canceled" = "completed",
): Promise<number> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from executions where namespace_id = ${namespaceId} and status in ('pending', 'processing')
    order by triggered_at`.execute(db.sql);
  for (const { run_id } of rows) await endRun(db, clock, hooks, run_id, status);
  return rows.length;
}
