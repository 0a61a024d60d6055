import { addMs } from "../../platform/clock.ts";
import { closeIfOver, closingInstant, isOver } from "../closing.ts";
import { inTheWay, queueEvidence } from "../cluster-queue.ts";
import {
  continuing,
  fire,
  inactive,
  skip,
  trialToCome,
  triggeredAt,
  type Circumstances,
  type DecisionDraft,
  type Verdict,
} from "../decide.ts";
import { nextDueInstant, spanOf, type DueSpan, type TimeSchedule } from "../due-instants/due-instants.ts";
import type { OpenSkip, Progress, TriggerState } from "../trigger-state.ts";
import { checkEvidence } from "./check-evidence.ts";
import { type Condition, type ConditionProgress, SIGNIFICANT_P } from "./condition.ts";
import type { FinishedCheck, Found } from "./finished-check.ts";

/**
 * A conditional trigger's due instants are its checks, and an instant is decided by what its check has found: without
 * one it waits. Checks that were not made in time are missed; before a change of the trigger (`hurry`) everything up to
 * now is decided, what waits for its check included.
 */
export function decideCondition(
  state: TriggerState,
  condition: Condition,
  schedule: TimeSchedule,
  now: Date,
  circumstances: Circumstances,
): Verdict {
  const { check, hurry } = circumstances;
  const after = state.progress.decidedThrough;
  const horizon = hurry ? now : (check?.dueAt ?? after);
  const through = horizon > after ? horizon : after;
  const { decisions: due, checks } = isOver(state, state.progress)
    ? { decisions: [], checks: state.progress.checks }
    : dueIn(state, condition, schedule, through, now, circumstances);
  const decisions = due.map((draft, at) => (at === 0 ? continuing(state.progress.openSkip, draft) : draft));
  const firing = decisions.find((draft) => draft.fires !== null)?.fires;
  const progress: Progress = {
    ...state.progress,
    checks,
    decidedThrough: through,
    scheduledCount: state.progress.scheduledCount + (firing ? 1 : 0),
    lastTriggeredAt: firing?.triggeredAt ?? state.progress.lastTriggeredAt,
    nextDueAt: nextDueInstant(schedule, through) ?? closingInstant(schedule),
    trial: firing?.isTrial ? null : state.progress.trial,
  };
  // The scheduler looks at it only to close it: what it waits for has been decided by then.
  return closeIfOver(state, { decisions, progress }, { now, through: check || hurry ? through : now });
}

interface Decided {
  readonly decisions: readonly DecisionDraft[];
  readonly checks: ConditionProgress;
}

function dueIn(
  state: TriggerState,
  condition: Condition,
  schedule: TimeSchedule,
  through: Date,
  now: Date,
  circumstances: Circumstances,
): Decided {
  const { check } = circumstances;
  const after = state.progress.decidedThrough;
  const silentThrough = inactiveThrough(state, through);
  const silent = silentThrough > after ? spanOf(schedule, after, silentThrough) : null;
  const decisions = silent ? [inactive(state, silent)] : [];
  const begin = silentThrough > after ? silentThrough : after;
  if (!check || check.dueAt <= begin || check.dueAt > through) {
    const unchecked = spanOf(schedule, begin, through);
    if (unchecked) decisions.push(skip(unchecked, "missed", { changed: true }));
    return { decisions, checks: state.progress.checks };
  }
  const missed = spanOf(schedule, begin, addMs(check.dueAt, -1));
  if (missed) decisions.push(skip(missed, "missed", { checked_at: check.measuredAt.toISOString() }));
  // What follows another row begins a stretch of its own.
  const open = decisions.length === 0 ? state.progress.openSkip : null;
  const checked = decideCheck(state, condition, check, now, { ...circumstances, open });
  return { decisions: [...decisions, checked.draft], checks: checked.checks };
}

/** Up to where the trigger fires nothing: paused, or failed and before its trial. */
function inactiveThrough(state: TriggerState, through: Date): Date {
  if (state.status === "active") return new Date(-8.64e15);
  const trialAt = trialToCome(state);
  return trialAt === null || trialAt > through ? through : addMs(trialAt, -1);
}

interface CheckDecided {
  readonly draft: DecisionDraft;
  readonly checks: ConditionProgress;
}

function decideCheck(
  state: TriggerState,
  condition: Condition,
  check: FinishedCheck,
  now: Date,
  { queue, quota, open }: Circumstances & { readonly open: OpenSkip | null },
): CheckDecided {
  const { dueAt, found } = check;
  const span = { first: dueAt, last: dueAt, count: 1 };
  const checks = checksAfter(condition, state.progress.checks, found);
  const evidence = checkEvidence(condition, check, checks, now);
  const skipped = (draft: DecisionDraft): CheckDecided => ({ draft, checks });
  if (quota) return skipped(skip(span, "quota", { ...quota }));
  if (found.kind === "failed") return skipped({ ...skip(span, "check_failed", evidence), outcome: "error" });
  if (found.kind === "too_few") return skipped(skip(span, "insufficient_data", evidence));
  if (!isDue(condition, checks, found)) return skipped(belowThreshold(open, span, evidence, found));
  const execution = inTheWay(state.overlap, queue);
  if (execution) return skipped(skip(span, "overlap", { policy: state.overlap, execution, ...evidence }));
  const isTrial = state.status === "failed";
  const reason = found.kind === "no_baseline" ? "no_baseline" : "condition_met";
  const more = { ...(isTrial ? { probation: true } : {}), ...queueEvidence(state.overlap, queue) };
  return {
    draft: fire(span, reason, { ...evidence, ...more }, {
      dueAt,
      triggeredAt: triggeredAt(state.progress, now),
      isTrial,
      cancels: state.overlap === "cancel_running",
    }),
    // A run that fails leaves it without a baseline: then it is due again.
    checks: { ...checks, fired: checks.fired || reason === "condition_met" },
  };
} // prettier-ignore

/** Consecutive ones are one row, which tells the newest value and the highest. */
function belowThreshold(
  open: OpenSkip | null,
  span: DueSpan,
  evidence: Readonly<Record<string, unknown>>,
  found: Found,
): DecisionDraft {
  const draft = skip(span, "below_threshold", evidence);
  const value = found.kind === "measured" ? found.value : null;
  const before = continuing(open, draft).extends === null ? null : (open?.highest ?? null);
  const highest = before !== null && (value === null || before > value) ? before : value;
  return { ...draft, evidence: { ...evidence, highest } };
}

/** A failed check says nothing about the condition; too few documents are no breach and clear nothing. */
function checksAfter(condition: Condition, before: ConditionProgress, found: Found): ConditionProgress {
  switch (found.kind) {
    case "failed":
    case "no_baseline":
      return before;
    case "too_few":
      return { ...before, breaches: 0 };
    case "measured":
      return {
        breaches: isBreach(condition, found) ? before.breaches + 1 : 0,
        fired: before.fired && !isClear(condition, found),
      };
  }
}

/** A drift must be as large as wanted and, where chance can be told, not be chance. */
export function isBreach(
  { threshold }: Condition,
  { value, pValue, met }: Found & { kind: "measured" },
): boolean {
  if (met !== null) return met;
  return value !== null && value >= threshold && (pValue === null || pValue < SIGNIFICANT_P);
}

function isClear({ clearThreshold }: Condition, { value, met }: Found & { kind: "measured" }): boolean {
  return met === null ? value === null || value < clearThreshold : !met;
}

function isDue({ consecutiveBreaches }: Condition, checks: ConditionProgress, found: Found): boolean {
  return found.kind === "no_baseline" || (!checks.fired && checks.breaches >= consecutiveBreaches);
}
