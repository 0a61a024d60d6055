import { sql } from "kysely";

import { AppError } from "../platform/app-error.ts";
import { endExecution, lockOpenExecution } from "./end-execution.ts";
import { cleanUpRun } from "./run-files.ts";
import type { RunsDeps } from "./runs-deps.ts";

/**
 * Cancels an execution. One that no worker holds ends at once (`canceled`); for one that computes, the request is
 * recorded and its worker woken, which ends the process and then the execution (`canceling`; asking again changes
 * nothing). If that worker is dead, the reaper does. Throws `execution_finished` (also when the run is not there).
 */
export async function cancelExecution(
  deps: RunsDeps,
  runId: string,
  actor: string,
): Promise<"canceled" | "canceling"> {
  const ended = await deps.db.transaction(async (tx) => {
    const execution = await lockOpenExecution(deps, tx, runId);
    if (!execution) {
      throw new AppError(
        "execution_finished",
        `The execution '${runId}' has finished; only a pending or processing one can be canceled.`,
        { details: { run_id: runId } },
      );
    }
    if (execution.lease_owner === null) {
      const released = await endExecution(deps, tx, execution, {
        status: "canceled",
        by: execution.cancel_requested_by ?? actor,
      });
      return { snapshot: execution.snapshot, released, artifactPath: null };
    }
    await sql`
      update executions set cancel_requested_at = coalesce(cancel_requested_at, ${deps.clock.now}),
        cancel_requested_by = coalesce(cancel_requested_by, ${actor})
      where run_id = ${runId}`.execute(tx);
    deps.db.wakeAfterCommit(tx, "cancels");
    return undefined;
  });
  if (!ended) return "canceling";
  await cleanUpRun(deps, runId, ended);
  return "canceled";
}

const BATCH = 100;

/** Ends executions that are to be canceled and that no worker holds; the holders end theirs. Returns how many it ended. */
export async function endRequestedCancels(deps: RunsDeps): Promise<number> {
  const { rows } = await sql<{ run_id: string }>`
    select run_id from executions
    where cancel_requested_at is not null and status in ('pending', 'processing') and lease_owner is null
    order by run_id limit ${BATCH}`.execute(deps.db.sql);
  let ended = 0;
  for (const { run_id } of rows) {
    try {
      if ((await cancelExecution(deps, run_id, "recluster")) === "canceled") ended++;
    } catch (error) {
      // Another server was faster.
      if (!(error instanceof AppError && error.code === "execution_finished")) throw error;
    }
  }
  return ended;
}
