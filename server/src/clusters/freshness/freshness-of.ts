import type { ClusterFreshness, FreshnessVerdict } from "#contract/freshness.ts";
import { notClosing } from "../../triggers/next-scheduled-at.ts";

/** What is known of a cluster's last result; `now` is the database's clock. */
export interface FreshnessRow {
  readonly now: Date;
  readonly completed_at: Date | null;
  readonly completed_run_id: string | null;
  readonly documents_since: number | null;
  readonly max_age_seconds: number | null;
  readonly due: readonly DueTrigger[] | null;
}

/** A trigger that will be decided, or checked, at an instant, as the database says it in JSON. */
export interface DueTrigger {
  readonly trigger_id: string;
  readonly due_at: string;
  readonly schedule_config: Record<string, unknown>;
}

export function freshnessOf(row: FreshnessRow): ClusterFreshness {
  const { now, completed_at: completedAt, max_age_seconds: maxAge, documents_since: since } = row;
  const age = completedAt && Math.max(0, Math.floor((now.getTime() - completedAt.getTime()) / 1000));
  return {
    last_success_at: completedAt?.toISOString() ?? null,
    last_success_run_id: row.completed_run_id,
    age_seconds: age,
    documents_since: completedAt && since,
    next_due_at: nextDueAt(row.due ?? []),
    max_age_seconds: maxAge,
    verdict: verdictOf(age, since, maxAge),
  };
}

/** Of what holds, the first: what a person has asked for goes before what may or may not matter. */
function verdictOf(age: number | null, since: number | null, maxAge: number | null): FreshnessVerdict {
  if (age === null) return "never_computed";
  if (maxAge !== null && age > maxAge) return "too_old";
  return (since ?? 0) > 0 ? "behind" : "fresh";
}

function nextDueAt(due: readonly DueTrigger[]): string | null {
  const instants = due.flatMap((trigger) => notClosing(trigger, new Date(trigger.due_at)) ?? []);
  if (instants.length === 0) return null;
  return new Date(Math.min(...instants.map((at) => at.getTime()))).toISOString();
}
