import { addMs } from "../platform/clock.ts";
import { closeIfOver, closingInstant, isOver } from "./closing.ts";
import { inactive, skip, triggeredAt, type DecisionDraft, type RunInTheWay, type Verdict } from "./decide.ts";
import type { Bounds } from "./due-instants/due-instants.ts";
import type { EventSchedule } from "./read-schedule.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

/**
 * An event trigger has one due instant at a time: the commit that crossed its threshold, the end of a cooldown, or
 * the end of the run that was in the way. An instant in a cooldown is skipped and moves to the cooldown's end; one
 * that finds its cluster busy is skipped, consumes nothing, and comes back when the run ends (run-hooks.ts).
 */
export function decideEvent(
  state: TriggerState,
  schedule: EventSchedule,
  now: Date,
  busy: RunInTheWay | null,
): Verdict {
  const decisions: DecisionDraft[] = [];
  let progress: Progress = state.progress;
  for (
    let due = eventDueAt(schedule, progress);
    due !== null && due <= now;
    due = eventDueAt(schedule, progress)
  ) {
    const span = { first: due, last: due, count: 1 };
    const cooldownEnd =
      progress.lastCooldownAt === null ? null : addMs(progress.lastCooldownAt, schedule.cooldownMs);
    if (state.status !== "active") {
      decisions.push(inactive(state, span));
      progress = { ...progress, nextDueAt: null };
    } else if (progress.eventCounter < schedule.threshold || isOver(state, progress)) {
      // Documents were taken away or settings changed since it became due: it is not due.
      progress = { ...progress, nextDueAt: null };
    } else if (cooldownEnd !== null && due < cooldownEnd) {
      const left = Math.ceil((cooldownEnd.getTime() - due.getTime()) / 1000);
      decisions.push(skip(span, "cooldown", { seconds_left: left, until: cooldownEnd.toISOString() }));
      progress = { ...progress, nextDueAt: cooldownEnd };
    } else if (busy) {
      decisions.push(skip(span, "overlap", { execution: busy, ...counts(schedule, progress) }));
      progress = { ...progress, nextDueAt: null };
    } else {
      const at = triggeredAt(state, now);
      decisions.push({
        ...skip(span, "threshold_reached", {
          ...counts(schedule, progress),
          lateness_ms: now.getTime() - due.getTime(),
        }),
        outcome: "fired",
        fires: { dueAt: due, triggeredAt: at },
      });
      progress = {
        ...progress,
        nextDueAt: null,
        eventCounter: 0,
        lastCooldownAt: at,
        lastTriggeredAt: at,
        scheduledCount: progress.scheduledCount + 1,
      };
    }
  }
  progress = {
    ...progress,
    // Not `now`: documents may still be committed in this very millisecond.
    decidedThrough: decisions.at(-1)?.lastDue ?? progress.decidedThrough,
    nextDueAt: eventDueAt(schedule, progress) ?? closingInstant(schedule),
  };
  return closeIfOver(state, { decisions, progress }, now);
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
