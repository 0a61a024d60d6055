import { sql } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql } from "../db/database.ts";
import { json } from "../db/json.ts";
import type { SnapshotManifest } from "../documents/snapshots/snapshot.ts";
import type { RunProgress } from "./run-result.ts";

/**
 * The right to write to an execution, for one attempt of one worker. Every write names all three, so a worker whose
 * lease was given to another (because it was frozen, or cut off) changes nothing when it wakes.
 */
export interface Lease {
  readonly runId: string;
  readonly attempt: number;
  readonly leaseOwner: string;
}

/** Thrown by a write whose lease is no longer held: whoever wrote must stop and leave the execution alone. */
export class LeaseLost extends Error {
  constructor(lease: Lease) {
    super(
      `The lease on attempt ${lease.attempt} of ${lease.runId} is no longer held by ${lease.leaseOwner}.`,
    );
    this.name = "LeaseLost";
  }
}

/** The condition every write of a worker carries. */
export function heldBy(lease: Lease) {
  return sql<boolean>`run_id = ${lease.runId} and attempt = ${lease.attempt}
    and lease_owner = ${lease.leaseOwner} and status = 'processing'`;
}

export interface RenewedLease {
  readonly run_id: string;
  readonly attempt: number;
  readonly cancel_requested: boolean;
}

/**
 * Renews everything a worker holds, in one statement. What is not in the answer is held no longer. An expired lease
 * that nobody has taken is renewed: its owner is alive after all.
 */
export async function renewLeases(
  run: Sql,
  clock: DatabaseClock,
  worker: string,
  leaseMs: number,
): Promise<RenewedLease[]> {
  const { rows } = await sql<RenewedLease>`
    update executions set lease_until = ${clock.now} + ${leaseMs} * interval '1 millisecond'
    where status = 'processing' and lease_owner = ${worker}
    returning run_id, attempt, cancel_requested_at is not null as cancel_requested`.execute(run);
  return rows;
}

/** What a worker holds and whether it still should, without renewing. */
export async function readLeases(run: Sql, worker: string): Promise<RenewedLease[]> {
  const { rows } = await sql<RenewedLease>`
    select run_id, attempt, cancel_requested_at is not null as cancel_requested
    from executions where status = 'processing' and lease_owner = ${worker}`.execute(run);
  return rows;
}

/** Keeps the snapshot with the execution: every later attempt reads the same. Throws LeaseLost. */
export async function storeSnapshot(run: Sql, lease: Lease, manifest: SnapshotManifest): Promise<void> {
  const { numAffectedRows } =
    await sql`update executions set snapshot = ${json(manifest)} where ${heldBy(lease)}`.execute(run);
  if (numAffectedRows !== 1n) throw new LeaseLost(lease);
}

/** Throws LeaseLost. */
export async function storeProgress(run: Sql, lease: Lease, progress: RunProgress): Promise<void> {
  const { numAffectedRows } =
    await sql`update executions set progress = ${json(progress)} where ${heldBy(lease)}`.execute(run);
  if (numAffectedRows !== 1n) throw new LeaseLost(lease);
}

/**
 * Takes `count` numbers for `cl_<n>` and returns the first. They are taken before the artifacts are written, which
 * contain them; an attempt that fails afterwards leaves a gap, and none is ever used twice.
 */
export async function allocateNumbers(run: Sql, clusterId: string, count: number): Promise<number> {
  const { rows } = await sql<{ first: number }>`
    update clusters set next_number = next_number + ${count} where cluster_id = ${clusterId}
    returning next_number - ${count}::bigint as first`.execute(run);
  if (!rows[0]) throw new Error(`The cluster ${clusterId} does not exist any more.`);
  return rows[0].first;
}
