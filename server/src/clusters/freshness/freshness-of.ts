import type { ClusterFreshness, FreshnessVerdict } from "#contract/freshness.ts";
import type { ConditionMetric } from "#contract/schedule-config.ts";
import { SIGNIFICANT_P, thresholdOf } from "../../triggers/conditions/condition.ts";
import { notClosing } from "../../triggers/next-scheduled-at.ts";
import { type ChangedRun, noOpRuns } from "./no-op-runs.ts";

/** What is known of a cluster's last result; `now` is the database's clock. */
export interface FreshnessRow {
  readonly now: Date;
  readonly completed_at: Date | null;
  readonly completed_run_id: string | null;
  readonly documents_since: number | null;
  readonly max_age_seconds: number | null;
  readonly due: readonly DueTrigger[] | null;
  /** The newest measurement of drift against the last completed run. */
  readonly drift: MeasuredDrift | null;
  /** Documents of the last runs that could be compared with the one before, newest first. */
  readonly recent: readonly RecentRun[] | null;
}

/** `threshold` is null where the trigger names none. */
type MeasuredDrift = Omit<NonNullable<ClusterFreshness["drift"]>, "threshold"> & {
  readonly threshold: number | null;
};

export interface RecentRun {
  readonly at: string;
  readonly documents: Readonly<Record<"shared" | "added" | "removed" | "moved", number>>;
}

/** A trigger that will be decided, or checked, at an instant, as the database says it in JSON. */
export interface DueTrigger {
  readonly trigger_id: string;
  readonly due_at: string;
  readonly schedule_config: Record<string, unknown>;
}

export function freshnessOf(row: FreshnessRow): ClusterFreshness {
  const { now, completed_at: completedAt, max_age_seconds: maxAge, documents_since: since } = row;
  const drift = row.drift && {
    ...row.drift,
    threshold: row.drift.threshold ?? thresholdOf(row.drift.metric as ConditionMetric),
    measured_at: new Date(row.drift.measured_at).toISOString(),
  };
  const age = completedAt && Math.max(0, Math.floor((now.getTime() - completedAt.getTime()) / 1000));
  return {
    last_success_at: completedAt?.toISOString() ?? null,
    last_success_run_id: row.completed_run_id,
    age_seconds: age,
    documents_since: completedAt && since,
    drift_since: row.drift?.value ?? null,
    drift,
    next_due_at: nextDueAt(row.due ?? []),
    max_age_seconds: maxAge,
    verdict: verdictOf(age, { ...row, drift }),
    no_op: noOpRuns((row.recent ?? []).map(toChanged)),
  };
}

/** Of what holds, the first: what a person has asked for goes before what may or may not matter. */
function verdictOf(
  age: number | null,
  {
    max_age_seconds: maxAge,
    documents_since: since,
    drift,
  }: Pick<FreshnessRow, "max_age_seconds" | "documents_since"> & Pick<ClusterFreshness, "drift">,
): FreshnessVerdict {
  if (age === null) return "never_computed";
  if (maxAge !== null && age > maxAge) return "too_old";
  if (drift && isDrifted(drift)) return "drifted";
  return (since ?? 0) > 0 ? "behind" : "fresh";
}

/** As a check decides it, whatever its trigger makes of it. */
function isDrifted({ value, threshold, p_value: p }: NonNullable<ClusterFreshness["drift"]>): boolean {
  return value !== null && value >= threshold && (p === null || p < SIGNIFICANT_P);
}

function toChanged({ at, documents }: RecentRun): ChangedRun {
  const { shared, added, removed, moved } = documents;
  const all = shared + added + removed;
  return { endedAt: new Date(at), changedShare: all === 0 ? 0 : (moved + added + removed) / all };
}

function nextDueAt(due: readonly DueTrigger[]): string | null {
  const instants = due.flatMap((trigger) => notClosing(trigger, new Date(trigger.due_at)) ?? []);
  if (instants.length === 0) return null;
  return new Date(Math.min(...instants.map((at) => at.getTime()))).toISOString();
}
