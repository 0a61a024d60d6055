import type { CronSchedule } from "./due-instants.ts";
import { localTimeText, offsetText } from "./local-text.ts";
import { countLocal, lastLocal, nextLocal } from "./local-times.ts";
import { stretchesFrom, type ZoneStretch } from "./zone-offsets.ts";

/** Local times that an expression names and that do not run, because the clock changed: of one change, for one reason. */
export interface DaylightMark {
  /** `dst_gap`: the clock skipped them, and they are not to be made up. `dst_overlap`: they ran at their first pass. */
  readonly reason: "dst_gap" | "dst_overlap";
  /** The first instant after the gap, or those of the first and the last second pass. */
  readonly first: Date;
  readonly last: Date;
  /** The first ten, like `2026-03-08T02:30:00`. */
  readonly localTimes: readonly string[];
  /** How many local times there are. */
  readonly count: number;
  /** Of the zone before and after the change, like `-05:00`. */
  readonly offsetBefore: string;
  readonly offsetAfter: string;
}

/** One change of the clock and the local times in [begin, end) that it took from an expression. */
interface Loss {
  readonly reason: DaylightMark["reason"];
  readonly stretch: ZoneStretch;
  /** Local milliseconds. */
  readonly begin: number;
  readonly end: number;
}

/** A local time that does not run, and the instant that stands for it. */
export interface SkippedTime {
  readonly reason: DaylightMark["reason"];
  readonly at: Date;
  /** Local milliseconds. */
  readonly local: number;
}

const SHOWN = 10;

/**
 * The marks of a schedule in (after, through], within its bounds, in order of time. An expression that follows the
 * wall clock has none. Where no clock changes it costs a look at the zone's cached stretches.
 */
export function daylightMarks(schedule: CronSchedule, after: Date, through: Date): DaylightMark[] {
  const marks: DaylightMark[] = [];
  for (const loss of lossesIn(schedule, after, through)) {
    const { reason, stretch, begin, end } = loss;
    const count = countLocal(schedule.cron, begin, end);
    if (count === 0) continue;
    const localTimes: string[] = [];
    for (const { local } of timesOf(schedule, loss)) {
      localTimes.push(localTimeText(local));
      if (localTimes.length === SHOWN) break;
    }
    marks.push({
      reason,
      first: instantOf(loss, nextLocal(schedule.cron, begin)),
      last: instantOf(loss, lastLocal(schedule.cron, begin, end)),
      localTimes,
      count,
      offsetBefore: offsetText(stretch.offsetBefore),
      offsetAfter: offsetText(stretch.offset),
    });
  }
  return marks;
}

/** The same as `daylightMarks`, one local time after the other. */
export function* skippedTimes(schedule: CronSchedule, after: Date, through: Date): Generator<SkippedTime> {
  for (const loss of lossesIn(schedule, after, through)) yield* timesOf(schedule, loss);
}

function* timesOf({ cron }: CronSchedule, loss: Loss): Generator<SkippedTime> {
  for (let local = nextLocal(cron, loss.begin); local < loss.end; local = nextLocal(cron, local + 1)) {
    yield { reason: loss.reason, at: instantOf(loss, local), local };
  }
}

function instantOf({ reason, stretch }: Loss, local: number): Date {
  return new Date(reason === "dst_gap" ? stretch.from : local - stretch.offset);
}

function* lossesIn(schedule: CronSchedule, after: Date, through: Date): Generator<Loss> {
  const { cron, timezone, dst, startAt, endAt } = schedule;
  if (cron.followsWallClock || timezone === "UTC") return;
  const from = Math.max(after.getTime() + 1, startAt?.getTime() ?? -Infinity);
  const to = Math.min(through.getTime(), endAt?.getTime() ?? Infinity);
  if (to < from) return;
  for (const stretch of stretchesFrom(timezone, from)) {
    if (stretch.from > to) return;
    const { offset, reached } = stretch;
    const shown = stretch.from + offset;
    if (reached > shown) {
      const begin = Math.max(shown, from + offset);
      const end = Math.min(reached, stretch.to + offset, to + offset + 1);
      if (begin < end) yield { reason: "dst_overlap", stretch, begin, end };
    } else if (reached < shown && dst === "skip" && stretch.from >= from) {
      yield { reason: "dst_gap", stretch, begin: reached, end: shown };
    }
  }
}
