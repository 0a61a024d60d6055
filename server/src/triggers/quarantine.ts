import type { Tx } from "../db/database.ts";
import type { TriggersDeps } from "./deps.ts";
import { newId } from "../platform/ids.ts";
import { insertDecisions } from "./settle-store.ts";
import { saveStatus } from "./save-status.ts";
import type { TriggerRow } from "./trigger-state.ts";

/**
 * Takes a trigger that cannot be decided out of the queue, loudly: its due instant is on record as `check_failed` and
 * the trigger is `failed` with the reason, until somebody repairs and resumes it.
 */
export async function quarantine(
  { logger }: TriggersDeps,
  tx: Tx,
  row: TriggerRow,
  now: Date,
  error: unknown,
): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const due = row.next_due_at ?? now;
  logger.error(
    { err: error, trigger: row.trigger_id },
    "a trigger could not be decided and is set to failed",
  );
  await insertDecisions(tx, [
    {
      decision_id: newId("dec"),
      trigger_id: row.trigger_id,
      first_due: due,
      last_due: due,
      count: 1,
      decided_at: now,
      outcome: "error",
      reason: "check_failed",
      evidence: { error: message },
      run_id: null,
    },
  ]);
  await saveStatus(tx, row, {
    to: "failed",
    change: "failed",
    at: now,
    actor: "scheduler",
    reason: `Its due instant ${due.toISOString()} could not be decided: ${message}`,
    nextDueAt: null,
    decideAt: null,
    checkAt: null,
    decidedThrough: due,
  });
}
