import { sql } from "kysely";

import type { ClusterDefinition } from "../clusters/definition.ts";
import type { DatabaseClock } from "../db/database-clock.ts";
import { isUniqueViolation } from "../db/database-errors.ts";
import type { Database, Sql, Tx } from "../db/database.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import { readManifest, type StoredManifest } from "../documents/snapshots/stored-manifest.ts";
import type { Lease } from "./lease.ts";

export interface ClaimedRun extends Lease {
  readonly clusterId: string;
  readonly namespaceId: string;
  readonly definition: ClusterDefinition;
  /** Taken by an earlier attempt. */
  readonly snapshot: SnapshotManifest | null;
  /** Whether documents that come later are to be placed by this run. */
  readonly leaveRules: boolean;
}

export interface ClaimOptions {
  readonly clock: DatabaseClock;
  readonly worker: string;
  readonly leaseMs: number;
  /** When this process last served each namespace, as a number that grows. */
  readonly lastServed: ReadonlyMap<string, number>;
}

const RACES = 20;

/**
 * Takes one execution and leases it: first a started one that waits for its next attempt, then a pending one of the
 * namespace whose turn it is. Undefined when there is nothing to take.
 *
 * Turns: the namespace with the fewest executions processing now, then the one this process served longest ago, then
 * the one that has waited longest; within a namespace in order of triggered_at.
 */
export async function claimRun(db: Database, options: ClaimOptions): Promise<ClaimedRun | undefined> {
  for (let race = 0; race < RACES; race++) {
    try {
      return await db.transaction(async (tx) => {
        const runId = (await nextRetry(tx, options.clock)) ?? (await nextPending(tx, options.lastServed));
        return runId === undefined ? undefined : lease(tx, runId, options);
      });
    } catch (error) {
      // Another worker took another execution of the same cluster: the database lets one compute, the other looks again.
      if (!isUniqueViolation(error, "executions_one_per_cluster")) throw error;
    }
  }
  return undefined;
}

/** Milliseconds until the next execution may be tried again; undefined when none waits for that. */
export async function msUntilRetry(run: Sql, clock: DatabaseClock): Promise<number | undefined> {
  const { rows } = await sql<{ ms: number | null }>`
    select (extract(epoch from min(retry_at) - ${clock.now}) * 1000)::float8 as ms from executions
    where status = 'processing' and lease_owner is null and retry_at is not null`.execute(run);
  return rows[0]?.ms ?? undefined;
}

/** Rows with status processing are few (one a cluster at most) and found by their own index. */
async function nextRetry(tx: Tx, clock: DatabaseClock): Promise<string | undefined> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from executions
    where status = 'processing' and lease_owner is null and (retry_at is null or retry_at <= ${clock.now})
      and cancel_requested_at is null
    order by started_at, run_id limit 1 for update skip locked`.execute(tx);
  return rows[0]?.run_id;
}

async function nextPending(tx: Tx, lastServed: ReadonlyMap<string, number>): Promise<string | undefined> {
  for (const namespaceId of await turns(tx, lastServed)) {
    // Clusters that compute now are few; without "not in" over them, a long queue of one busy cluster would be
    // claimed and refused row by row.
    const { rows } = await sql<{ run_id: string }>`
      select run_id from executions
      where status = 'pending' and namespace_id = ${namespaceId} and cancel_requested_at is null
        and cluster_id not in (select cluster_id from executions where status = 'processing')
      order by triggered_at, run_id limit 1 for update skip locked`.execute(tx);
    if (rows[0]) return rows[0].run_id;
  }
  return undefined;
}

/**
 * Namespaces with something pending, in the order of their turns. The recursion hops from namespace to namespace
 * through executions_waiting, one index probe each, however long each queue is.
 */
async function turns(tx: Tx, lastServed: ReadonlyMap<string, number>): Promise<string[]> {
  const { rows } = await sql<{ namespace_id: string; triggered_at: Date; processing: number }>`
    with recursive waiting as (
      (select namespace_id, triggered_at from executions where status = 'pending'
       order by namespace_id, triggered_at, run_id limit 1)
      union all
      select next.namespace_id, next.triggered_at from waiting cross join lateral (
        select namespace_id, triggered_at from executions
        where status = 'pending' and namespace_id > waiting.namespace_id
        order by namespace_id, triggered_at, run_id limit 1) as next
    )
    select namespace_id, triggered_at, coalesce(busy.processing, 0) as processing
    from waiting left join (
      select namespace_id, count(*) as processing from executions where status = 'processing' group by 1
    ) as busy using (namespace_id)`.execute(tx);
  const served = (namespaceId: string) => lastServed.get(namespaceId) ?? 0;
  return rows
    .sort(
      (a, b) =>
        a.processing - b.processing ||
        served(a.namespace_id) - served(b.namespace_id) ||
        a.triggered_at.getTime() - b.triggered_at.getTime(),
    )
    .map((row) => row.namespace_id);
}

async function lease(tx: Tx, runId: string, options: ClaimOptions): Promise<ClaimedRun> {
  const { clock, worker, leaseMs } = options;
  const { rows } = await sql<{
    attempt: number;
    cluster_id: string;
    namespace_id: string;
    definition: ClusterDefinition;
    snapshot: StoredManifest | null;
    leave_rules: boolean | null;
  }>`
    with instant as materialized (
      -- Read once: the run and its first attempt start at the same instant.
      select ${clock.now} as now
    ), claimed as (
      update executions set status = 'processing', attempt = attempt + 1, lease_owner = ${worker},
        lease_until = now + ${leaseMs} * interval '1 millisecond', retry_at = null, progress = null,
        started_at = coalesce(started_at, now)
      from instant where run_id = ${runId}
      returning executions.*, now
    ), recorded as (
      insert into attempts (run_id, attempt, worker, started_at)
      select run_id, attempt, lease_owner, now from claimed
    )
    select attempt, claimed.cluster_id, claimed.namespace_id, claimed.definition, snapshot, place_new_documents as leave_rules
    from claimed left join clusters using (cluster_id)`.execute(tx);
  const row = rows[0]!;
  return {
    runId,
    attempt: row.attempt,
    leaseOwner: worker,
    clusterId: row.cluster_id,
    namespaceId: row.namespace_id,
    definition: row.definition,
    snapshot: row.snapshot && readManifest(row.snapshot),
    leaveRules: row.leave_rules ?? false,
  };
}
