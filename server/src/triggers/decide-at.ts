import { addMs } from "../platform/clock.ts";
import { closingInstant } from "./closing.ts";
import { nextDueInstant } from "./due-instants/due-instants.ts";
import type { TriggerState } from "./trigger-state.ts";

/**
 * When the scheduler must look at a trigger: its next due instant, or the one at which it is closed, after its jitter.
 * Null while nothing is to be decided by itself: it is paused, failed without a trial to come, or over; and while it
 * waits for a check, which decides it (conditions/).
 */
export function decideAt(state: TriggerState): Date | null {
  const at = looksAt(state);
  return state.condition !== null && !isClosing(state, at) ? null : at;
}

/** When a conditional trigger is to be checked next; null for the other types, and when nothing is to be checked. */
export function checkAt(state: TriggerState): Date | null {
  const at = looksAt(state);
  return state.condition !== null && !isClosing(state, at) ? at : null;
}

function isClosing({ schedule: { endAt } }: TriggerState, at: Date | null): boolean {
  return at !== null && endAt !== null && at > endAt;
}

function looksAt(state: TriggerState): Date | null {
  const { status, progress } = state;
  if (progress.closedAt !== null) return null;
  if (status === "active") return delayed(state, progress.nextDueAt);
  if (status === "failed" && progress.trial?.runId === null) return trialAt(state, progress.trial.at);
  return null;
}

/** A trial is made at the first due instant from its time on; documents counted before that are due then. */
function trialAt(state: TriggerState, from: Date): Date | null {
  const { schedule, progress } = state;
  if (schedule.kind === "event") {
    return progress.nextDueAt !== null && progress.nextDueAt < from ? from : progress.nextDueAt;
  }
  const after = addMs(from, -1) > progress.decidedThrough ? addMs(from, -1) : progress.decidedThrough;
  return delayed(state, nextDueInstant(schedule, after) ?? closingInstant(schedule));
}

function delayed({ delayMs }: TriggerState, instant: Date | null): Date | null {
  return instant === null ? null : addMs(instant, delayMs);
}
