import type { DecisionReason } from "#contract/decisions.ts";
import type { Outcome } from "../db/tables.ts";
import { addMs } from "../platform/clock.ts";
import type { ClusterQueue } from "./cluster-queue.ts";
import { decideCondition } from "./conditions/decide-condition.ts";
import type { FinishedCheck } from "./conditions/finished-check.ts";
import { decideEvent } from "./decide-event.ts";
import { decideTime } from "./decide-time.ts";
import type { DueSpan } from "./due-instants/due-instants.ts";
import type { OpenSkip, Progress, TriggerState } from "./trigger-state.ts";

/** A decision before it has an id. */
export interface DecisionDraft {
  readonly firstDue: Date;
  readonly lastDue: Date;
  readonly count: number;
  readonly outcome: Outcome;
  readonly reason: DecisionReason;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Set on a decision that fires. */
  readonly fires: Firing | null;
  /** The decision whose span this one continues: no row of its own. */
  readonly extends: string | null;
}

export interface Firing {
  readonly dueAt: Date;
  /** The instant of its execution. */
  readonly triggeredAt: Date;
  /** Whether it is a failed trigger's trial run. */
  readonly isTrial: boolean;
  /** Whether it has the execution canceled that its cluster computes. */
  readonly cancels: boolean;
}

export interface Verdict {
  readonly decisions: readonly DecisionDraft[];
  readonly progress: Progress;
}

/** What a decision depends on beside the trigger. */
export interface Circumstances {
  readonly queue: ClusterQueue;
  /** The server's limit of active triggers that keeps this one from firing; null if none does. */
  readonly quota: { readonly limit: number; readonly active: number } | null;
  /** Before a change everything due is decided, jitter or not. */
  readonly hurry: boolean;
  /** Of a conditional trigger: a check that has been made and is to be decided. */
  readonly check: FinishedCheck | null;
}

/**
 * Decides every due instant of a trigger up to `now` that is not decided yet, and says what comes next. Pure. Of the
 * reasons that hold, the first of section 4 of the semantics wins.
 */
export function decide(state: TriggerState, now: Date, circumstances: Circumstances): Verdict {
  const { progress } = state;
  if (progress.closedAt !== null || state.status === "disabled") {
    // There are no due instants behind the end, not even if the end is moved later.
    const decidedThrough = now > progress.decidedThrough ? now : progress.decidedThrough;
    return { decisions: [], progress: { ...progress, decidedThrough, nextDueAt: null } };
  }
  const { schedule, condition } = state;
  if (schedule.kind === "event") return decideEvent(state, schedule, now, circumstances);
  if (condition) return decideCondition(state, condition, schedule, now, circumstances);
  return decideTime(state, schedule, now, circumstances);
}

/** Executions of a trigger are told apart by their instant, so each is at least a millisecond after the last. */
export function triggeredAt({ lastTriggeredAt }: Pick<Progress, "lastTriggeredAt">, now: Date): Date {
  return lastTriggeredAt !== null && lastTriggeredAt >= now ? addMs(lastTriggeredAt, 1) : now;
}

export function fire(
  span: DueSpan,
  reason: DecisionReason,
  evidence: Readonly<Record<string, unknown>>,
  firing: Firing,
): DecisionDraft {
  return { ...skip(span, reason, evidence), outcome: "fired", fires: firing };
}

export function skip(
  span: DueSpan,
  reason: DecisionReason,
  evidence: Readonly<Record<string, unknown>>,
): DecisionDraft {
  return {
    firstDue: span.first,
    lastDue: span.last,
    count: span.count,
    outcome: "skipped",
    reason,
    evidence,
    fires: null,
    extends: null,
  };
}

/** What was due while the trigger was paused or failed. */
export function inactive(state: TriggerState, span: DueSpan): DecisionDraft {
  const reason = state.status === "failed" ? "trigger_failed" : "paused";
  return skip(span, reason, { since: state.statusSince.toISOString(), by: state.statusBy });
}

/** Whether a failed trigger's trial run is still to be made. */
export function trialToCome({ status, progress }: TriggerState): Date | null {
  return status === "failed" && progress.trial?.runId === null ? progress.trial.at : null;
}

/** What a stretch of skips has in common, as `open_skip` remembers it; null for the skips that are no stretch. */
export function openSkipOf({ reason, evidence }: DecisionDraft, decisionId: string): OpenSkip | null {
  const stretch = { decision_id: decisionId, reason };
  switch (reason) {
    case "overlap":
    case "quota":
      return { ...stretch, run_id: (evidence.execution as { run_id: string } | undefined)?.run_id ?? null };
    case "below_threshold":
    case "insufficient_data": {
      const baseline = evidence.baseline as { run_id: string } | null;
      return {
        ...stretch,
        run_id: baseline?.run_id ?? null,
        highest: (evidence.highest as number | null | undefined) ?? null,
      };
    }
    default:
      return null;
  }
}

/** A skip for the reason of the one before it makes that one's span longer. */
export function continuing(open: OpenSkip | null, draft: DecisionDraft): DecisionDraft {
  const same = open !== null && openSkipOf(draft, open.decision_id);
  if (!same || same.reason !== open.reason || same.run_id !== open.run_id) return draft;
  return { ...draft, extends: open.decision_id };
}
