import type { NaiveFound, NaiveQueue, NaiveRow, NaiveRun, NaiveTrigger } from "./naive-state.ts";

/** What the decisions of one trigger at one moment depend on beside itself. */
export interface Moment {
  readonly now: number;
  /** Before a change everything due is decided, jitter or not. */
  readonly hurry: boolean;
  readonly queue: NaiveQueue;
  readonly counter: () => number;
  /** A check that was made, and what it found. */
  readonly check?: { readonly due: number; readonly found: NaiveFound };
  /** Makes an execution; the trigger's positions move to the heads of what it watches. */
  readonly makeRun: (dueAt: number) => NaiveRun;
}

const SECOND = 1000;
const MOST_CAUGHT_UP = 1000;

/** Puts every due instant of a trigger up to now into a row, by the semantics' sections 3 to 6. */
export function decideNaively(trigger: NaiveTrigger, moment: Moment): void {
  if (trigger.status === "disabled") return;
  if (trigger.isClosed) {
    trigger.decidedThrough = Math.max(trigger.decidedThrough, moment.now);
    return;
  }
  const before = trigger.rows.length;
  let through = moment.now;
  if (trigger.type === "event") decideEvent(trigger, moment);
  else if (trigger.type === "conditional") through = decideChecks(trigger, moment);
  else through = decideTime(trigger, moment);
  const last = trigger.rows.length > before ? trigger.rows.at(-1)! : null;
  if (trigger.isOver) close(trigger, moment, "max_executions", (last?.last ?? through) + 1);
  else if (trigger.endAt !== null && through > trigger.endAt && trigger.waiting === null) {
    close(trigger, moment, "outside_bounds", trigger.endAt + 1);
  }
}

function decideTime(trigger: NaiveTrigger, moment: Moment): number {
  const { now } = moment;
  const through = Math.max(trigger.decidedThrough, moment.hurry ? now : now - trigger.delay);
  const due = trigger.isOver ? [] : trigger.dueUpTo(through);
  trigger.decidedThrough = through;
  const silent = due.filter((instant) => !trigger.firesAt(instant));
  addRow(trigger, moment, trigger.status === "failed" ? "trigger_failed" : "paused", silent);
  const alive = due.filter((instant) => trigger.firesAt(instant));
  const windowMs = ((trigger.config.catchup_window_seconds ?? 86_400) as number) * 1000;
  const old = alive.filter((instant) => instant < through - windowMs);
  const recent = alive.filter((instant) => instant >= through - windowMs);
  const isOnTime = (instant: number) => now - instant - trigger.delay <= SECOND;
  // One trial run, not a thousand.
  const policy =
    trigger.status === "failed" && trigger.config.missed === "all" ? "once" : trigger.config.missed;
  if (recent.length === 1 || policy === undefined || policy === "once") {
    addRow(trigger, moment, "missed", old);
    const single = isOnTime(recent[0]!) ? "on_time" : "late";
    fireOrOverlap(trigger, moment, recent, recent.length === 1 ? single : "catch_up");
  } else if (policy === "all") {
    addRow(trigger, moment, "missed", [...old, ...recent.slice(0, -MOST_CAUGHT_UP)]);
    for (const instant of recent.slice(-MOST_CAUGHT_UP)) {
      if (!trigger.isOver) fire(trigger, moment, [instant], "catch_up");
    }
  } else if (moment.hurry && recent.some((instant) => instant > now - trigger.delay)) {
    // What waits for its jitter when the trigger is changed is not missed.
    const waiting = recent.filter((instant) => instant > now - trigger.delay);
    addRow(trigger, moment, "missed", [...old, ...recent.filter((instant) => !waiting.includes(instant))]);
    fireOrOverlap(trigger, moment, waiting, waiting.length === 1 ? "on_time" : "catch_up");
  } else if (recent.length > 0 && isOnTime(recent.at(-1)!)) {
    addRow(trigger, moment, "missed", [...old, ...recent.slice(0, -1)]);
    fireOrOverlap(trigger, moment, recent.slice(-1), "on_time");
  } else addRow(trigger, moment, "missed", [...old, ...recent]);
  return through;
}

function decideEvent(trigger: NaiveTrigger, moment: Moment): void {
  while (trigger.waiting !== null && trigger.waiting <= moment.now) {
    const due = trigger.waiting;
    trigger.waiting = null;
    const isEnough = moment.counter() >= trigger.threshold;
    if (trigger.isOver) break;
    if (!trigger.firesAt(due)) {
      addRow(trigger, moment, trigger.status === "failed" ? "trigger_failed" : "paused", [due]);
      // Counted documents wait for the trial.
      if (isEnough && trigger.trialRun === null) wait(trigger, trigger.trialAt);
    } else if (!isEnough) {
      continue;
    } else if (due < trigger.cooldownEnd) {
      addRow(trigger, moment, "cooldown", [due]);
      wait(trigger, trigger.cooldownEnd);
    } else fireOrOverlap(trigger, moment, [due], "threshold_reached");
    trigger.decidedThrough = due;
  }
}

/** Checks: what was not checked in time is missed, and before a change what waits for its check, too. */
function decideChecks(trigger: NaiveTrigger, moment: Moment): number {
  const { now, hurry, check } = moment;
  const through = Math.max(trigger.decidedThrough, hurry ? now : (check?.due ?? -Infinity));
  const due = trigger.isOver ? [] : trigger.dueUpTo(through);
  trigger.decidedThrough = through;
  trigger.check = trigger.recheckAt = null;
  const silent = due.filter((instant) => !trigger.firesAt(instant));
  addRow(trigger, moment, trigger.status === "failed" ? "trigger_failed" : "paused", silent);
  const alive = due.filter((instant) => trigger.firesAt(instant));
  addRow(trigger, moment, "missed", alive.filter((instant) => instant !== check?.due));
  if (check && alive.includes(check.due)) decideFound(trigger, moment, check.due, check.found);
  return check || hurry ? through : now;
} // prettier-ignore

function decideFound(trigger: NaiveTrigger, moment: Moment, due: number, found: NaiveFound): void {
  const { config } = trigger;
  const threshold = config.threshold as number;
  const { kind, value, p } = found;
  if (kind === "failed") return void addRow(trigger, moment, "check_failed", [due]);
  if (kind === "too_few") {
    trigger.breaches = 0;
    return addCheck(trigger, moment, "insufficient_data", due);
  }
  if (kind === "no_baseline") return fireOrOverlap(trigger, moment, [due], "no_baseline");
  const isMet = value !== null && value >= threshold && (p === null || p < 0.001);
  trigger.breaches = isMet ? trigger.breaches + 1 : 0;
  if (value === null || value < ((config.clear_threshold ?? threshold) as number)) trigger.uncleared = false;
  if (trigger.uncleared || trigger.breaches < ((config.consecutive_breaches ?? 1) as number)) {
    return addCheck(trigger, moment, "below_threshold", due);
  }
  const runs = trigger.runs.length;
  fireOrOverlap(trigger, moment, [due], "condition_met");
  if (trigger.runs.length > runs) trigger.uncleared = true;
}

/** Consecutive checks that did not fire for one reason against one baseline are one row. */
function addCheck(trigger: NaiveTrigger, moment: Moment, reason: string, due: number): void {
  const open = trigger.openSkip;
  if (open?.reason === reason && open.baseline === trigger.baseline) {
    open.last = due;
    open.count++;
    open.decidedAt = moment.now;
  } else trigger.openSkip = addRow(trigger, moment, reason, [due], { baseline: trigger.baseline });
}

/** There are no due instants behind the end. */
function wait(trigger: NaiveTrigger, until: number | null): void {
  trigger.waiting = until !== null && trigger.endAt !== null && until > trigger.endAt ? null : until;
}

function fireOrOverlap(trigger: NaiveTrigger, moment: Moment, due: readonly number[], reason: string): void {
  if (due.length === 0) return;
  const inTheWay = runInTheWay(trigger.overlap, moment.queue);
  if (inTheWay === null) return fire(trigger, moment, due, reason);
  const open = trigger.openSkip;
  if (open?.reason === "overlap" && open.inTheWay === inTheWay) {
    open.last = due.at(-1)!;
    open.count += due.length;
    open.decidedAt = moment.now;
  } else trigger.openSkip = addRow(trigger, moment, "overlap", due, { inTheWay });
}

function runInTheWay(overlap: string, { running, waiting }: NaiveQueue): NaiveRun | null {
  if (overlap === "skip") return running ?? waiting;
  return overlap === "buffer_one" ? waiting : null;
}

function fire(trigger: NaiveTrigger, moment: Moment, due: readonly number[], reason: string): void {
  const isTrial = trigger.status === "failed";
  const run = moment.makeRun(due.at(-1)!);
  addRow(trigger, moment, reason, due, { run, isTrial });
  trigger.scheduled++;
  moment.queue.waiting ??= run;
  if (isTrial) trigger.trialRun = run;
  if (trigger.type === "event") trigger.lastCooldown = run.triggeredAt;
}

function addRow(
  trigger: NaiveTrigger,
  { now }: Pick<Moment, "now">,
  reason: string,
  due: readonly number[],
  more: Partial<NaiveRow> = {},
): NaiveRow | null {
  if (due.length === 0) return null;
  const row = {
    ...{ reason, first: due[0]!, last: due.at(-1)!, count: due.length, decidedAt: now },
    ...{ run: null, inTheWay: null, isTrial: false, baseline: null, ...more },
  };
  trigger.rows.push(row);
  trigger.openSkip = null;
  return row;
}

/** A row that covers no instant: a closing one, or a run by hand. */
export function addMark(
  trigger: NaiveTrigger,
  { now }: Pick<Moment, "now">,
  reason: string,
  at: number,
  run: NaiveRun | null = null,
): void {
  trigger.rows.push({
    ...{ reason, first: at, last: at, count: 0, decidedAt: now },
    ...{ run, inTheWay: null, isTrial: false, baseline: null },
  });
}

function close(trigger: NaiveTrigger, moment: Moment, reason: string, at: number): void {
  addMark(trigger, moment, reason, at);
  trigger.isClosed = true;
  trigger.waiting = null;
}
