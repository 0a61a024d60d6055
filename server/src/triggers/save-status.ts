import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import { json } from "../db/json.ts";
import type { TriggerStatus } from "../db/tables.ts";
import { newId } from "../platform/ids.ts";
import type { TriggerRow } from "./trigger-state.ts";

export interface StatusChange {
  readonly to: TriggerStatus;
  readonly change: "paused" | "resumed" | "failed" | "disabled" | "trial_failed" | "trial_canceled";
  readonly at: Date;
  readonly actor: string;
  /** Why, for people; null where the change says it all. */
  readonly reason: string | null;
  readonly nextDueAt: Date | null;
  readonly decideAt: Date | null;
  /** When a conditional trigger is checked next. */
  readonly checkAt: Date | null;
  readonly decidedThrough?: Date;
  /** From when a failed trigger may make its trial run; absent: it makes none. */
  readonly trialAt?: Date;
}

/** Writes a change of state and its line in the change log. The caller holds the row and has settled it. */
export async function saveStatus(tx: Tx, row: TriggerRow, change: StatusChange): Promise<void> {
  const isNew = change.to !== row.status;
  await sql`
    update triggers set status = ${change.to}, status_reason = ${change.reason},
      status_since = ${isNew ? change.at : row.status_since}, status_by = ${isNew ? change.actor : row.status_by},
      next_due_at = ${change.nextDueAt}, decide_at = ${change.decideAt},
      check_at = ${change.checkAt}, check_owner = null, checking_due_at = null,
      decided_through = greatest(decided_through, ${change.decidedThrough ?? null}::timestamptz),
      consecutive_failures = ${change.change === "resumed" ? 0 : row.consecutive_failures},
      failed_checks = ${change.change === "resumed" ? 0 : row.failed_checks}, open_skip = null,
      trial_at = ${change.trialAt ?? null}, trial_run_id = null, updated_at = ${change.at}
    where trigger_id = ${row.trigger_id}`.execute(tx);
  await logChange(tx, row.trigger_id, {
    ...change,
    from: row.status,
    details: {
      ...(change.reason === null ? {} : { reason: change.reason }),
      ...(change.trialAt ? { trial_at: change.trialAt.toISOString() } : {}),
    },
  });
}

/** A line in the change log; `from` and `to` are null where the state stays as it is. */
export async function logChange(
  tx: Tx,
  triggerId: string,
  entry: {
    readonly at: Date;
    readonly actor: string;
    readonly change: string;
    readonly from: TriggerStatus | null;
    readonly to: TriggerStatus | null;
    readonly details: Record<string, unknown>;
  },
): Promise<void> {
  await tx
    .insertInto("trigger_changes")
    .values({
      change_id: newId("change"),
      trigger_id: triggerId,
      at: entry.at,
      actor: entry.actor,
      change: entry.change,
      from_status: entry.from,
      to_status: entry.to,
      details: json(entry.details) as never,
    })
    .execute();
}
