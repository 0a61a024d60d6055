import { addMs } from "../platform/clock.ts";
import { checkAt } from "./decide-at.ts";
import { jitterMs } from "./jitter.ts";
import { readTriggerState, type TriggerRow } from "./trigger-state.ts";

/**
 * When the trigger fires next, its jitter included: null while nothing is to be decided by itself, and null after its
 * last instant, when `decide_at` only holds the instant at which it is closed. For a failed trigger that is to make a
 * trial run it is the instant of that. A conditional trigger fires at a check: its next one, or the one that is being made.
 */
export function nextScheduledAt(row: TriggerRow): Date | null {
  if (row.trigger_type === "conditional") {
    return row.check_at === null ? null : checkAt(readTriggerState(row));
  }
  return notClosing(row, row.decide_at);
}

/** The instant, unless it is one at which the trigger is only closed. */
export function notClosing(
  row: Pick<TriggerRow, "trigger_id" | "schedule_config">,
  next: Date | null,
): Date | null {
  const { end_at, jitter_seconds = 0 } = row.schedule_config as { end_at?: string; jitter_seconds?: number };
  if (next === null || end_at === undefined) return next;
  return addMs(next, -jitterMs(row.trigger_id, jitter_seconds)) > new Date(end_at) ? null : next;
}
