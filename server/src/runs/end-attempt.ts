import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import { endExecution, type Ending, lockOpenExecution, type OpenExecution } from "./end-execution.ts";
import { heldBy, type Lease, LeaseLost } from "./lease.ts";
import type { RunLeftovers } from "./run-files.ts";
import type { RunResult } from "./run-result.ts";
import type { RunsDeps } from "./runs-deps.ts";

/** How an attempt ended. */
export type AttemptOutcome =
  | {
      readonly kind: "completed";
      readonly result: RunResult;
      readonly artifactPath: string;
      readonly peakRssBytes: number;
    }
  /** It would fail the same way again. */
  | Fault<"refused">
  /** Infrastructure: crash, out of memory, database away. */
  | Fault<"fault">
  /** Its worker stopped renewing the lease. */
  | Fault<"lost">
  | { readonly kind: "canceled" }
  /** The server stops; nothing is wrong with the run. */
  | { readonly kind: "given_back" };

interface Fault<K extends string> {
  readonly kind: K;
  readonly code: string;
  readonly message: string;
  readonly peakRssBytes?: number;
}

/** `not_ours`: the lease is held no longer, nothing was changed. */
export type AttemptEnd =
  { readonly status: "not_ours" | "retrying" } | ({ readonly status: Ending["status"] } & RunLeftovers);

/** Infrastructure faults an execution survives, less one. */
const MOST_FAULTS = 3;
/** Pause before the second and the third attempt. */
const BACKOFF_MS = [1_000, 5_000];

/**
 * Records how an attempt ended and what follows, in one transaction: the execution ends, or (after an infrastructure
 * fault, or when the server stops) waits for its next attempt. It stays `processing` meanwhile, held by nobody:
 * states only move forward, and its cluster's turn stays its own. A cancel that was asked for always wins.
 *
 * `expired`: the caller is not the lease's owner and may only act if the lease has run out.
 */
export async function endAttempt(
  deps: RunsDeps,
  lease: Lease,
  outcome: AttemptOutcome,
  { expired = false } = {},
): Promise<AttemptEnd> {
  return deps.db.transaction(async (tx): Promise<AttemptEnd> => {
    const execution = await lockOpenExecution(deps, tx, lease.runId);
    if (!execution || !(await isHeld(deps, tx, lease, expired))) return { status: "not_ours" };
    const ending = await endingOf(tx, execution, outcome);
    await recordAttempt(tx, lease, execution, outcome, ending);
    if (ending === undefined) {
      await waitForNext(deps, tx, lease, outcome);
      return { status: "retrying" };
    }
    const released = await endExecution(deps, tx, execution, ending);
    return {
      status: ending.status,
      snapshot: execution.snapshot,
      released,
      artifactPath: ending.status === "completed" ? ending.artifactPath : null,
    };
  });
}

async function isHeld(deps: RunsDeps, tx: Tx, lease: Lease, expired: boolean): Promise<boolean> {
  const { rows } = await sql`
    select 1 from executions where ${heldBy(lease)} and (not ${expired}::boolean or lease_until < ${deps.clock.now})`.execute(
    tx,
  );
  return rows.length === 1;
}

/** Undefined: there will be another attempt. */
async function endingOf(
  tx: Tx,
  execution: OpenExecution,
  outcome: AttemptOutcome,
): Promise<Ending | undefined> {
  if (execution.cancel_requested_at !== null) {
    return { status: "canceled", by: execution.cancel_requested_by };
  }
  switch (outcome.kind) {
    case "completed":
      return { status: "completed", result: outcome.result, artifactPath: outcome.artifactPath };
    case "refused":
      return { status: "failed", error: outcome.message, errorCode: outcome.code };
    case "canceled":
      return { status: "canceled", by: execution.cancel_requested_by };
    case "given_back":
      return undefined;
    case "fault":
    case "lost": {
      const faults = 1 + (await faultsBefore(tx, execution.run_id));
      if (faults < MOST_FAULTS) return undefined;
      return {
        status: "failed",
        error: `${faults} attempts ended by faults outside the run, so it was given up; the last: ${outcome.message}`,
        errorCode: outcome.code,
      };
    }
  }
}

/** Attempts of the run that ended by an infrastructure fault; those given back by a stopping server are none. */
async function faultsBefore(tx: Tx, runId: string): Promise<number> {
  const { rows } = await sql<{ faults: number }>`
    select count(*) as faults from attempts
    where run_id = ${runId} and outcome in ('failed', 'lost') and error_code is distinct from 'given_back'`.execute(
    tx,
  );
  return rows[0]!.faults;
}

async function recordAttempt(
  tx: Tx,
  lease: Lease,
  { now }: OpenExecution,
  outcome: AttemptOutcome,
  ending: Ending | undefined,
): Promise<void> {
  const row = attemptRow(outcome, ending);
  const { numAffectedRows } = await sql`
    update attempts set ended_at = ${now}, outcome = ${row.outcome}, error = ${row.error}, error_code = ${row.code},
      peak_rss_bytes = ${"peakRssBytes" in outcome ? Math.round(outcome.peakRssBytes ?? 0) || null : null}
    where run_id = ${lease.runId} and attempt = ${lease.attempt} and worker = ${lease.leaseOwner}
      and ended_at is null`.execute(tx);
  if (numAffectedRows !== 1n) throw new LeaseLost(lease);
}

function attemptRow(outcome: AttemptOutcome, ending: Ending | undefined) {
  if (ending?.status === "canceled") return { outcome: "canceled", error: null, code: null };
  switch (outcome.kind) {
    case "completed":
    case "canceled":
      return { outcome: outcome.kind, error: null, code: null };
    case "given_back":
      return { outcome: "lost", error: "The server stopped and gave the run back.", code: "given_back" };
    case "lost":
      return { outcome: "lost", error: outcome.message, code: outcome.code };
    case "refused":
    case "fault":
      return { outcome: "failed", error: outcome.message, code: outcome.code };
  }
}

async function waitForNext(deps: RunsDeps, tx: Tx, lease: Lease, outcome: AttemptOutcome): Promise<void> {
  const pauseMs = outcome.kind === "given_back" ? 0 : (BACKOFF_MS[lease.attempt - 1] ?? BACKOFF_MS.at(-1)!);
  const { numAffectedRows } = await sql`
    update executions set lease_owner = null, lease_until = null, progress = null,
      retry_at = ${deps.clock.now} + ${pauseMs} * interval '1 millisecond'
    where ${heldBy(lease)}`.execute(tx);
  if (numAffectedRows !== 1n) throw new LeaseLost(lease);
  deps.db.wakeAfterCommit(tx, "runs");
}
