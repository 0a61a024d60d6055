import type { TriggerRow } from "./trigger-state.ts";

/**
 * When the trigger will be due next, as people see it: null unless it is active, and null after its last instant,
 * when `next_due_at` only holds the instant at which it is closed.
 */
export function nextScheduledAt(row: TriggerRow): Date | null {
  const next = row.next_due_at;
  if (row.status !== "active" || next === null) return null;
  const endAt = (row.schedule_config as { end_at?: string }).end_at;
  return endAt !== undefined && next > new Date(endAt) ? null : next;
}
