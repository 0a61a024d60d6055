import type { DecisionReason } from "#contract/decisions.ts";
import type { Outcome } from "../db/tables.ts";
import { addMs } from "../platform/clock.ts";
import { nextDueInstant, spanOf, type DueSpan, type TimeSchedule } from "./due-instants/due-instants.ts";
import { closeIfOver, closingInstant, isOver } from "./closing.ts";
import { decideEvent } from "./decide-event.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

/** A decision before it has an id. */
export interface DecisionDraft {
  readonly firstDue: Date;
  readonly lastDue: Date;
  readonly count: number;
  readonly outcome: Outcome;
  readonly reason: DecisionReason;
  readonly evidence: Readonly<Record<string, unknown>>;
  /** Set on a decision that fires: the due instant and the instant of its execution. */
  readonly fires: { readonly dueAt: Date; readonly triggeredAt: Date } | null;
}

/** The execution that keeps a cluster busy, as the evidence of `overlap` names it. */
export interface RunInTheWay {
  readonly run_id: string;
  readonly status: string;
  readonly triggered_at: string;
}

export interface Verdict {
  readonly decisions: readonly DecisionDraft[];
  readonly progress: Progress;
}

/** Decided within this of being due is on time. */
const ON_TIME_MS = 1000;

/**
 * Decides every due instant of a trigger up to `now` that is not decided yet, and says what comes next. Pure. Of the
 * reasons that hold, the first of section 4 of the semantics wins; at most one decision fires.
 */
export function decide(state: TriggerState, now: Date, busy: RunInTheWay | null): Verdict {
  const { progress } = state;
  if (progress.closedAt !== null || state.status === "disabled") {
    // There are no due instants behind the end, not even if the end is moved later.
    const decidedThrough = now > progress.decidedThrough ? now : progress.decidedThrough;
    return { decisions: [], progress: { ...progress, decidedThrough, nextDueAt: null } };
  }
  if (state.schedule.kind === "event") return decideEvent(state, state.schedule, now, busy);
  return decideTime(state, state.schedule, now, busy);
}

function decideTime(
  state: TriggerState,
  schedule: TimeSchedule,
  now: Date,
  busy: RunInTheWay | null,
): Verdict {
  const after = state.progress.decidedThrough;
  const decisions: DecisionDraft[] = [];
  if (state.status === "active") {
    if (!isOver(state, state.progress)) {
      const tooOld = addMs(now, -state.catchupWindowMs - 1);
      const missed = spanOf(schedule, after, tooOld);
      if (missed) decisions.push(skip(missed, "missed", missedEvidence(state)));
      const recent = spanOf(schedule, after > tooOld ? after : tooOld, now);
      if (recent)
        decisions.push(busy ? skip(recent, "overlap", { execution: busy }) : fire(state, recent, now));
    }
  } else {
    const span = spanOf(schedule, after, now);
    if (span) decisions.push(inactive(state, span));
  }
  const fired = decisions.find((decision) => decision.fires)?.fires;
  const through = now > after ? now : after;
  const progress: Progress = {
    ...state.progress,
    decidedThrough: through,
    scheduledCount: state.progress.scheduledCount + (fired ? 1 : 0),
    lastTriggeredAt: fired?.triggeredAt ?? state.progress.lastTriggeredAt,
    nextDueAt: nextDueInstant(schedule, through) ?? closingInstant(schedule),
  };
  return closeIfOver(state, { decisions, progress }, now);
}

function fire(state: TriggerState, span: DueSpan, now: Date): DecisionDraft {
  const lateness = now.getTime() - span.last.getTime();
  const single = lateness <= ON_TIME_MS ? "on_time" : "late";
  return {
    firstDue: span.first,
    lastDue: span.last,
    count: span.count,
    outcome: "fired",
    reason: span.count > 1 ? "catch_up" : single,
    evidence: { lateness_ms: lateness, ...(span.count > 1 ? { folded: span.count } : {}) },
    fires: { dueAt: span.last, triggeredAt: triggeredAt(state, now) },
  };
}

/** Executions of a trigger are told apart by their instant, so each is at least a millisecond after the last. */
export function triggeredAt({ progress }: { progress: Pick<Progress, "lastTriggeredAt"> }, now: Date): Date {
  const last = progress.lastTriggeredAt;
  return last !== null && last >= now ? addMs(last, 1) : now;
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
  };
}

/** What was due while the trigger was paused or failed. */
export function inactive(state: TriggerState, span: DueSpan): DecisionDraft {
  const reason = state.status === "failed" ? "trigger_failed" : "paused";
  return skip(span, reason, { since: state.statusSince.toISOString(), by: state.statusBy });
}

function missedEvidence(state: TriggerState): Record<string, unknown> {
  return { catchup_window_seconds: state.catchupWindowMs / 1000 };
}
