import { addMs } from "../platform/clock.ts";
import { closeIfOver, closingInstant, isOver } from "./closing.ts";
import { inTheWay, queueEvidence } from "./cluster-queue.ts";
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
} from "./decide.ts";
import type { Bounds } from "./due-instants/due-instants.ts";
import type { EventSchedule } from "./read-schedule.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

/** An instant skipped for the server's quota is due again after this: nothing else would ask. */
const QUOTA_PAUSE_MS = 60_000;

/**
 * An event trigger has one due instant at a time: the commit that crossed its threshold, the end of a cooldown, or
 * the end of the run that was in the way. An instant in a cooldown is skipped and moves to the cooldown's end; one
 * that finds its cluster busy is skipped, consumes nothing, and comes back when the run ends (run-hooks.ts).
 */
export function decideEvent(
  state: TriggerState,
  schedule: EventSchedule,
  now: Date,
  circumstances: Circumstances,
): Verdict {
  const decisions: DecisionDraft[] = [];
  let progress: Progress = state.progress;
  for (
    let due = eventDueAt(schedule, progress);
    due !== null && due <= now;
    due = eventDueAt(schedule, progress)
  ) {
    const step = decideDue({ ...state, progress }, schedule, due, now, circumstances);
    if (step.draft)
      decisions.push(decisions.length === 0 ? continuing(progress.openSkip, step.draft) : step.draft);
    progress = step.progress;
  }
  progress = {
    ...progress,
    // Not `now`: documents may still be committed in this very millisecond.
    decidedThrough: decisions.at(-1)?.lastDue ?? progress.decidedThrough,
    nextDueAt: eventDueAt(schedule, progress) ?? closingInstant(schedule),
  };
  return closeIfOver(state, { decisions, progress }, { now, through: now });
}

interface Step {
  readonly draft: DecisionDraft | null;
  readonly progress: Progress;
}

function decideDue(
  state: TriggerState,
  schedule: EventSchedule,
  due: Date,
  now: Date,
  { queue, quota }: Circumstances,
): Step {
  const { progress } = state;
  const span = { first: due, last: due, count: 1 };
  const next = (draft: DecisionDraft | null, nextDueAt: Date | null): Step => ({
    draft,
    progress: { ...progress, nextDueAt },
  });
  if (isOver(state, progress)) return next(null, null);
  const trialAt = trialToCome(state);
  if (state.status !== "active" && (trialAt === null || due < trialAt)) {
    const enough = progress.eventCounter >= schedule.threshold;
    return next(inactive(state, span), enough ? trialAt : null);
  }
  // Documents were taken away or settings changed since it became due: it is not due.
  if (progress.eventCounter < schedule.threshold) return next(null, null);
  if (quota) return next(skip(span, "quota", { ...quota }), addMs(now, QUOTA_PAUSE_MS));
  const end = cooldownEnd(schedule, progress);
  if (end !== null && due < end) {
    const left = Math.ceil((end.getTime() - due.getTime()) / 1000);
    const evidence = { seconds_left: left, until: end.toISOString() };
    return next(skip(span, "cooldown", evidence), end);
  }
  const execution = inTheWay(state.overlap, queue);
  if (execution) {
    const evidence = { policy: state.overlap, execution, ...counts(schedule, progress) };
    return next(skip(span, "overlap", evidence), null);
  }
  return fireDue(state, schedule, due, now, { queue });
}

function fireDue(
  state: TriggerState,
  schedule: EventSchedule,
  due: Date,
  now: Date,
  { queue }: Pick<Circumstances, "queue">,
): Step {
  const { progress } = state;
  const at = triggeredAt(progress, now);
  const isTrial = state.status === "failed";
  const evidence = {
    ...counts(schedule, progress),
    lateness_ms: now.getTime() - due.getTime(),
    ...(isTrial ? { probation: true } : {}),
    ...queueEvidence(state.overlap, queue),
  };
  const span = { first: due, last: due, count: 1 };
  return {
    draft: fire(span, "threshold_reached", evidence, {
      dueAt: due,
      triggeredAt: at,
      isTrial,
      cancels: state.overlap === "cancel_running",
    }),
    progress: {
      ...progress,
      nextDueAt: null,
      eventCounter: 0,
      lastCooldownAt: at,
      lastTriggeredAt: at,
      scheduledCount: progress.scheduledCount + 1,
      trial: isTrial ? null : progress.trial,
    },
  };
}

/** When the cooldown that its last firing began ends; null if it never fired. */
export function cooldownEnd(
  { cooldownMs }: Pick<EventSchedule, "cooldownMs">,
  { lastCooldownAt }: Pick<Progress, "lastCooldownAt">,
): Date | null {
  return lastCooldownAt === null ? null : addMs(lastCooldownAt, cooldownMs);
}

/** The instant it is due at, without the closing instant, which `nextDueAt` may also hold. */
export function eventDueAt(schedule: Bounds, { nextDueAt }: Pick<Progress, "nextDueAt">): Date | null {
  if (nextDueAt === null) return null;
  return schedule.endAt !== null && nextDueAt > schedule.endAt ? null : nextDueAt;
}

function counts(schedule: EventSchedule, progress: Progress): Record<string, unknown> {
  return {
    event_type: schedule.eventType,
    count: progress.eventCounter,
    threshold: schedule.threshold,
  };
}

/**
 * The next due instant of an event trigger whose counter has reached its threshold at `candidate`: that instant,
 * unless it is due already; never one that is decided, never before its start.
 */
export function dueFrom(schedule: EventSchedule, progress: Progress, candidate: Date): Date | null {
  const known = eventDueAt(schedule, progress);
  if (known !== null || progress.closedAt !== null) return known;
  if (progress.eventCounter < schedule.threshold) return closingInstant(schedule);
  const due = new Date(
    Math.max(
      candidate.getTime(),
      progress.decidedThrough.getTime() + 1,
      schedule.startAt?.getTime() ?? -Infinity,
    ),
  );
  return schedule.endAt !== null && due > schedule.endAt ? closingInstant(schedule) : due;
}
