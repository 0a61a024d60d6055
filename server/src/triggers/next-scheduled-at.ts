import { addMs } from "../platform/clock.ts";
import { jitterMs } from "./jitter.ts";
import type { TriggerRow } from "./trigger-state.ts";

/**
 * When the trigger will be due next, as people see it: null unless it is active, and null after its last instant,
 * when `next_due_at` only holds the instant at which it is closed. For a failed trigger that is to make a trial run
 * it is the instant of that.
 */
export function nextScheduledAt(row: TriggerRow): Date | null {
  const config = row.schedule_config as { end_at?: string; jitter_seconds?: number };
  const next = row.status === "active" ? row.next_due_at : trialDueAt(row, config.jitter_seconds ?? 0);
  if (next === null) return null;
  return config.end_at !== undefined && next > new Date(config.end_at) ? null : next;
}

function trialDueAt(row: TriggerRow, jitterSeconds: number): Date | null {
  if (row.status !== "failed" || row.decide_at === null) return null;
  return addMs(row.decide_at, -jitterMs(row.trigger_id, jitterSeconds));
}
