import { systemClock } from "../../platform/clock.ts";
import { nextTurn } from "../../platform/timers.ts";
import { decideAt } from "../decide-at.ts";
import { dueFrom } from "../decide-event.ts";
import { decide, openSkipOf, type DecisionDraft } from "../decide.ts";
import type { TriggerState } from "../trigger-state.ts";
import { PastQueue, type PastRun } from "./past-queue.ts";

/** What an event trigger counts of one committed write. */
export interface PastEvent {
  readonly at: Date;
  readonly amount: number;
}

export interface Past {
  /** By triggeredAt. */
  readonly runs: readonly PastRun[];
  /** By `at`; empty for time triggers. */
  readonly events: readonly PastEvent[];
  /** What a run is taken to last; null if that is not known: then no run is in the trigger's own way. */
  readonly runDurationMs: number | null;
}

export interface Simulated {
  /** Oldest first. */
  readonly decisions: readonly DecisionDraft[];
  readonly computeMs: number | null;
}

/** Other requests are answered in between: so long it computes at most, looking at the clock every so many steps. */
const TURN_MS = 20;
const STEPS_A_LOOK = 64;

/**
 * Steps through the past as a scheduler that is always there would have, deciding by the rules it uses: at each
 * instant something is due, an event is committed, or a run that was in the way ends. `state` is the trigger at the
 * beginning. Every run is taken to complete.
 */
export async function simulate(state: TriggerState, past: Past, before: Date): Promise<Simulated> {
  const queue = new PastQueue(past.runs);
  const rows: DecisionDraft[] = [];
  let current = state;
  let event = 0;
  let turnEndsMs = systemClock.monotonicMs() + TURN_MS;
  for (let step = 1; ; step++) {
    if (step % STEPS_A_LOOK === 0 && systemClock.monotonicMs() > turnEndsMs) {
      await nextTurn();
      turnEndsMs = systemClock.monotonicMs() + TURN_MS;
    }
    const commit = past.events[event];
    const looks = decideAt(current);
    const end = waitsForRun(current) ? queue.nextEnd() : null;
    const now = earliest([commit?.at ?? null, end, looks]);
    if (now === null || now > before) break;
    if (commit && commit.at <= now) {
      event++;
      current = countEvent(current, commit);
    } else if (end !== null && end <= now) {
      queue.at(now);
      current = dueAgain(current, now);
    } else {
      const seen = queue.at(now);
      const verdict = decide(current, now, { queue: seen, quota: null, hurry: false, check: null });
      for (const draft of verdict.decisions) record(rows, draft);
      for (const { fires } of verdict.decisions) {
        if (fires) queue.make(fires.triggeredAt, past.runDurationMs ?? 0, fires.cancels);
      }
      const last = rows.findLastIndex((row) => row.count > 0);
      const openSkip = last < 0 ? null : openSkipOf(rows[last]!, String(last));
      current = { ...current, progress: { ...verdict.progress, openSkip } };
    }
  }
  return { decisions: rows, computeMs: past.runDurationMs === null ? null : queue.computedMs };
} // prettier-ignore

/** A row of its own, or a longer span of the last one. */
export function record(rows: DecisionDraft[], draft: DecisionDraft): void {
  const open = draft.extends === null ? undefined : rows[Number(draft.extends)];
  if (!open) rows.push(draft);
  else {
    const evidence = draft.reason === "overlap" ? open.evidence : draft.evidence;
    rows[Number(draft.extends)] = {
      ...open,
      ...{ lastDue: draft.lastDue, count: open.count + draft.count, evidence },
    };
  }
}

function countEvent(state: TriggerState, { at, amount }: PastEvent): TriggerState {
  const { schedule, progress } = state;
  if (schedule.kind !== "event") return state;
  const next = { ...progress, eventCounter: progress.eventCounter + amount };
  const crosses = progress.eventCounter < schedule.threshold && next.eventCounter >= schedule.threshold;
  return {
    ...state,
    progress: { ...next, nextDueAt: crosses ? dueFrom(schedule, next, at) : next.nextDueAt },
  };
}

/** An event trigger whose instant found its cluster busy. */
function waitsForRun({ schedule, progress }: TriggerState): boolean {
  return (
    schedule.kind === "event" &&
    progress.closedAt === null &&
    progress.eventCounter >= schedule.threshold &&
    (progress.nextDueAt === null || (schedule.endAt !== null && progress.nextDueAt > schedule.endAt))
  );
}

function dueAgain(state: TriggerState, at: Date): TriggerState {
  const { schedule, progress } = state;
  if (schedule.kind !== "event") return state;
  return { ...state, progress: { ...progress, nextDueAt: dueFrom(schedule, progress, at) } };
}

function earliest(instants: readonly (Date | null)[]): Date | null {
  return instants.reduce(
    (first, instant) => (instant !== null && (first === null || instant < first) ? instant : first),
    null,
  );
}
