import { addMs } from "../platform/clock.ts";
import { skip, type DecisionDraft, type Verdict } from "./decide.ts";
import type { Bounds } from "./due-instants/due-instants.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

/**
 * The instant at which a trigger with an end is closed: the first one after it. The scheduler wakes for it as for a
 * due instant, so that the closing decision is on record when the end has passed, not when it was set.
 */
export function closingInstant(bounds: Bounds): Date | null {
  return bounds.endAt === null ? null : addMs(bounds.endAt, 1);
}

/** Whether its last instant has been: the last of its executions was created. */
export function isOver(state: TriggerState, progress: Progress): boolean {
  return state.maxExecutions !== null && progress.scheduledCount >= state.maxExecutions;
}

/**
 * Adds the one closing decision when there are no more due instants; it covers none, so its count is 0. `through`: how
 * far instants are decided, which is earlier than now by the trigger's jitter.
 */
export function closeIfOver(
  state: TriggerState,
  verdict: Verdict,
  { now, through }: { readonly now: Date; readonly through: Date },
): Verdict {
  const { progress } = verdict;
  const { endAt } = state.schedule;
  if (isOver(state, progress)) {
    const last = verdict.decisions.at(-1)?.lastDue ?? through;
    const evidence = { max_executions: state.maxExecutions, executions: progress.scheduledCount };
    return close(verdict, now, closing(addMs(last, 1), "max_executions", evidence));
  }
  if (endAt !== null && through > endAt && (progress.nextDueAt === null || progress.nextDueAt > endAt)) {
    return close(verdict, now, closing(addMs(endAt, 1), "outside_bounds", { end_at: endAt.toISOString() }));
  }
  return verdict;
}

function close(verdict: Verdict, now: Date, row: DecisionDraft): Verdict {
  return {
    decisions: [...verdict.decisions, row],
    progress: { ...verdict.progress, nextDueAt: null, closedAt: now },
  };
}

function closing(
  at: Date,
  reason: "outside_bounds" | "max_executions",
  evidence: Record<string, unknown>,
): DecisionDraft {
  return skip({ first: at, last: at, count: 0 }, reason, evidence);
}
