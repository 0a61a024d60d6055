import type { CronExpression } from "./cron-expression.ts";
import { countCronInstants, nextCronInstant } from "./cron-instants.ts";

export interface Bounds {
  /** First and last instant at which the trigger can be due, both included. */
  readonly startAt: Date | null;
  readonly endAt: Date | null;
}

export interface CronSchedule extends Bounds {
  readonly kind: "cron";
  readonly cron: CronExpression;
  readonly timezone: string;
  /** What becomes of a fixed local time that the clock skips: it runs once after the gap, or not at all. */
  readonly dst: "run_once" | "skip";
}

export interface IntervalSchedule extends Bounds {
  readonly kind: "interval";
  readonly intervalMs: number;
  /** The grid's origin; it only gives the phase, the grid runs both ways. */
  readonly anchor: Date;
  /** An instant beside the grid: the creation, with start_immediately. */
  readonly extra: Date | null;
}

/** A schedule whose instants follow from time alone. */
export type TimeSchedule = CronSchedule | IntervalSchedule;

/** Several due instants told as one: `count` of them, the first and the last included. */
export interface DueSpan {
  readonly first: Date;
  readonly last: Date;
  readonly count: number;
}

/** The last instant a Date can hold: cron expressions go on for ever, Dates do not. */
const LAST_MS = 8.64e15 - 400 * 86_400_000;

/** The first due instant later than `after`; null if there is none. */
export function nextDueInstant(schedule: TimeSchedule, after: Date): Date | null {
  const from = Math.max(after.getTime() + 1, schedule.startAt?.getTime() ?? -Infinity);
  if (from > LAST_MS) return null;
  const next = schedule.kind === "cron" ? nextCronInstant(schedule, from) : nextOfInterval(schedule, from);
  if (next === null || (schedule.endAt !== null && next > schedule.endAt.getTime())) return null;
  return new Date(next);
}

/** How many due instants lie in (after, through]. The cost does not grow with their number. */
export function countInstants(schedule: TimeSchedule, after: Date, through: Date): number {
  const from = Math.max(after.getTime() + 1, schedule.startAt?.getTime() ?? -Infinity);
  const to = Math.min(through.getTime(), schedule.endAt?.getTime() ?? Infinity);
  if (to < from) return 0;
  if (schedule.kind === "cron") return countCronInstants(schedule, from, to);
  return countOfInterval(schedule, from, to);
}

/** The due instants in (after, through] as one span; null if there are none. */
export function spanOf(schedule: TimeSchedule, after: Date, through: Date): DueSpan | null {
  const first = nextDueInstant(schedule, after);
  if (first === null || first > through) return null;
  const last = lastDueInstant(schedule, first, through);
  return { first, last, count: first < last ? countInstants(schedule, after, through) : 1 };
}

/** The `n`-th instant in (after, through], from 1; there are as many. By bisection over counts. */
export function nthInstant(schedule: TimeSchedule, after: Date, through: Date, n: number): Date {
  let low = after.getTime() + 1;
  let high = through.getTime();
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    if (countInstants(schedule, after, new Date(middle)) >= n) high = middle;
    else low = middle + 1;
  }
  return new Date(low);
}

/** The instants in (after, through], one by one. */
export function* instantsIn(schedule: TimeSchedule, after: Date, through: Date): Generator<Date> {
  for (let next = nextDueInstant(schedule, after); next && next <= through;) {
    yield next;
    next = nextDueInstant(schedule, next);
  }
}

/** The last one at or before `through`, given one that is. By bisection: some forty steps for a year. */
function lastDueInstant(schedule: TimeSchedule, known: Date, through: Date): Date {
  let last = known.getTime();
  let none = through.getTime();
  while (last < none) {
    const middle = Math.floor((last + none) / 2);
    const next = nextDueInstant(schedule, new Date(middle));
    if (next !== null && next <= through) last = next.getTime();
    else none = middle;
  }
  return new Date(last);
}

function nextOfInterval({ anchor, intervalMs, extra }: IntervalSchedule, from: number): number {
  const steps = Math.ceil((from - anchor.getTime()) / intervalMs);
  const onGrid = anchor.getTime() + steps * intervalMs;
  return extra !== null && extra.getTime() >= from ? Math.min(onGrid, extra.getTime()) : onGrid;
}

function countOfInterval({ anchor, intervalMs, extra }: IntervalSchedule, from: number, to: number): number {
  const origin = anchor.getTime();
  const onGrid = Math.floor((to - origin) / intervalMs) - Math.ceil((from - origin) / intervalMs) + 1;
  const at = extra?.getTime();
  const beside = at !== undefined && at >= from && at <= to && (at - origin) % intervalMs !== 0;
  return onGrid + (beside ? 1 : 0);
}
