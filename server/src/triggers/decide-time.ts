import { addMs } from "../platform/clock.ts";
import { closeIfOver, closingInstant, isOver } from "./closing.ts";
import { inTheWay, queueEvidence } from "./cluster-queue.ts";
import { madeUp, marksOf } from "./daylight-evidence.ts";
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
import {
  instantsIn,
  nextDueInstant,
  nthInstant,
  spanOf,
  type DueSpan,
  type TimeSchedule,
} from "./due-instants/due-instants.ts";
import type { Progress, TriggerState } from "./trigger-state.ts";

/** Decided within this of being due is on time. */
const ON_TIME_MS = 1000;
/** With `missed: all`, as many of the newest missed instants fire; the older ones are only recorded. */
export const MOST_CAUGHT_UP = 1000;

/** Everything due in (decidedThrough, now - jitter], for a trigger whose instants follow from time alone. */
export function decideTime(
  state: TriggerState,
  schedule: TimeSchedule,
  now: Date,
  circumstances: Circumstances,
): Verdict {
  const after = state.progress.decidedThrough;
  const horizon = circumstances.hurry ? now : addMs(now, -state.delayMs);
  const through = horizon > after ? horizon : after;
  const due = dueIn(state, schedule, now, through, circumstances);
  const first = due.find((draft) => draft.count > 0);
  const decisions = due.map((draft) =>
    draft === first ? continuing(state.progress.openSkip, draft) : draft,
  );
  const firings = decisions.flatMap((draft) => draft.fires ?? []);
  const trial = firings.find((firing) => firing.isTrial);
  const progress: Progress = {
    ...state.progress,
    decidedThrough: through,
    scheduledCount: state.progress.scheduledCount + firings.length,
    lastTriggeredAt: firings.at(-1)?.triggeredAt ?? state.progress.lastTriggeredAt,
    nextDueAt: nextDueInstant(schedule, through) ?? closingInstant(schedule),
    trial: trial ? null : state.progress.trial,
  };
  return closeIfOver(state, { decisions, progress }, { now, through });
}

function dueIn(
  state: TriggerState,
  schedule: TimeSchedule,
  now: Date,
  through: Date,
  circumstances: Circumstances,
): DecisionDraft[] {
  // Behind the last of max_executions there are no due instants, whatever the state.
  if (isOver(state, state.progress)) return [];
  const after = state.progress.decidedThrough;
  if (state.status === "active") return dueWhileActive(state, schedule, after, through, now, circumstances);
  const trialAt = trialToCome(state);
  const failedThrough = trialAt === null || trialAt > through ? through : addMs(trialAt, -1);
  const span = spanOf(schedule, after, failedThrough);
  const decisions = span ? [inactive(state, span)] : [];
  if (failedThrough >= through) return decisions;
  const begin = after > failedThrough ? after : failedThrough;
  return [...decisions, ...dueWhileActive(state, schedule, begin, through, now, circumstances)];
}

function dueWhileActive(
  state: TriggerState,
  schedule: TimeSchedule,
  after: Date,
  through: Date,
  now: Date,
  circumstances: Circumstances,
): DecisionDraft[] {
  const tooOld = addMs(through, -state.catchupWindowMs - 1);
  const missed = spanOf(schedule, after, tooOld);
  const begin = after > tooOld ? after : tooOld;
  const recent = spanOf(schedule, begin, through);
  const decisions = recent ? decideRecent(state, schedule, recent, now, circumstances) : [];
  return [...marksOf(schedule, begin, through), ...withOlder(state, missed, decisions)];
}

/** What is older than the catch-up window is only recorded. */
function withOlder(
  state: TriggerState,
  missed: DueSpan | null,
  decisions: readonly DecisionDraft[],
): readonly DecisionDraft[] {
  if (!missed) return decisions;
  const window = { catchup_window_seconds: state.catchupWindowMs / 1000 };
  const [first, ...rest] = decisions;
  if (first?.reason !== "missed") return [skip(missed, "missed", window), ...decisions];
  // One gap, one row.
  const whole = { first: missed.first, last: first.lastDue, count: missed.count + first.count };
  return [skip(whole, "missed", { ...first.evidence, ...window }), ...rest];
}

/** What lies inside the catch-up window. */
function decideRecent(
  state: TriggerState,
  schedule: TimeSchedule,
  span: DueSpan,
  now: Date,
  circumstances: Circumstances,
): DecisionDraft[] {
  const isTrial = state.status === "failed";
  const policy = span.count === 1 || (isTrial && state.missed === "all") ? "once" : state.missed;
  if (policy === "once") return [decideOne(state, schedule, span, now, circumstances)];
  if (policy === "all") return catchUpAll(state, schedule, span, now, circumstances);
  if (circumstances.hurry && state.delayMs > 0) {
    return skipOverdue(state, schedule, span, now, circumstances);
  }
  if (lateness(state, span.last, now) > ON_TIME_MS) return [skip(span, "missed", { policy: "skip" })];
  // The newest is on time; what lies before it was missed.
  const before = spanOf(schedule, addMs(span.first, -1), addMs(span.last, -1))!;
  const newest = { first: span.last, last: span.last, count: 1 };
  return [skip(before, "missed", { policy: "skip" }), decideOne(state, schedule, newest, now, circumstances)];
}

/** Before a change: what still waits for its jitter is not missed. */
function skipOverdue(
  state: TriggerState,
  schedule: TimeSchedule,
  span: DueSpan,
  now: Date,
  circumstances: Circumstances,
): DecisionDraft[] {
  const horizon = addMs(now, -state.delayMs);
  const begin = addMs(span.first, -1);
  const overdue = spanOf(schedule, begin, horizon);
  const waiting = spanOf(schedule, horizon > begin ? horizon : begin, span.last);
  return [
    ...(overdue ? [skip(overdue, "missed", { policy: "skip" })] : []),
    ...(waiting ? [decideOne(state, schedule, waiting, now, circumstances)] : []),
  ];
}

/** One firing for the whole span, due at its newest, if the cluster's queue allows one. */
function decideOne(
  state: TriggerState,
  schedule: TimeSchedule,
  span: DueSpan,
  now: Date,
  { queue, quota, hurry }: Circumstances,
): DecisionDraft {
  if (quota) return skip(span, "quota", { ...quota });
  const execution = inTheWay(state.overlap, queue);
  if (execution) return skip(span, "overlap", { policy: state.overlap, execution });
  const late = lateness(state, span.last, now);
  const single = late <= ON_TIME_MS ? "on_time" : "late";
  const isTrial = state.status === "failed";
  const hurried = hurry && late < 0;
  const evidence = {
    lateness_ms: now.getTime() - span.last.getTime(),
    ...(state.delayMs > 0 ? (hurried ? { hurried } : { jitter_ms: state.delayMs }) : {}),
    ...(span.count > 1 ? { folded: span.count } : {}),
    ...(isTrial ? { probation: true } : {}),
    ...madeUp(schedule, span.last),
    ...queueEvidence(state.overlap, queue),
  };
  return fire(span, span.count > 1 ? "catch_up" : single, evidence, {
    dueAt: span.last,
    triggeredAt: triggeredAt(state.progress, now),
    isTrial,
    cancels: state.overlap === "cancel_running",
  });
}

/** Each of the newest by itself, oldest first; they queue up whatever the overlap policy says. */
function catchUpAll(
  state: TriggerState,
  schedule: TimeSchedule,
  span: DueSpan,
  now: Date,
  { quota }: Circumstances,
): DecisionDraft[] {
  if (quota) return [skip(span, "quota", { ...quota })];
  const decisions: DecisionDraft[] = [];
  let after = addMs(span.first, -1);
  if (span.count > MOST_CAUGHT_UP) {
    const newestMissed = nthInstant(schedule, after, span.last, span.count - MOST_CAUGHT_UP);
    const missed = spanOf(schedule, after, newestMissed)!;
    decisions.push(skip(missed, "missed", { policy: "all", most: MOST_CAUGHT_UP }));
    after = newestMissed;
  }
  const room = state.maxExecutions === null ? Infinity : state.maxExecutions - state.progress.scheduledCount;
  let { lastTriggeredAt } = state.progress;
  let fired = 0;
  for (const due of instantsIn(schedule, after, span.last)) {
    // Behind the last of max_executions there are no due instants.
    if (fired === room) break;
    lastTriggeredAt = triggeredAt({ lastTriggeredAt }, now);
    const evidence = { policy: "all", lateness_ms: now.getTime() - due.getTime(), of: span.count };
    const firing = { dueAt: due, triggeredAt: lastTriggeredAt, isTrial: false, cancels: false };
    decisions.push(fire({ first: due, last: due, count: 1 }, "catch_up", evidence, firing));
    fired++;
  }
  return decisions;
}

/** By how much a decision at `now` is later than it was to be, in milliseconds. */
function lateness({ delayMs }: TriggerState, due: Date, now: Date): number {
  return now.getTime() - due.getTime() - delayMs;
}
