import { addMs } from "../platform/clock.ts";
import { jitterMs } from "./jitter.ts";
import type { TriggerRow } from "./trigger-state.ts";

/**
 * When the trigger fires next, its jitter included: null while nothing is to be decided by itself, and null after its
 * last instant, when `decide_at` only holds the instant at which it is closed. For a failed trigger that is to make a
 * trial run it is the instant of that.
 */
export function nextScheduledAt(
  row: Pick<TriggerRow, "trigger_id" | "schedule_config" | "decide_at">,
): Date | null {
  const { end_at, jitter_seconds = 0 } = row.schedule_config as { end_at?: string; jitter_seconds?: number };
  const next = row.decide_at;
  if (next === null || end_at === undefined) return next;
  return addMs(next, -jitterMs(row.trigger_id, jitter_seconds)) > new Date(end_at) ? null : next;
}
