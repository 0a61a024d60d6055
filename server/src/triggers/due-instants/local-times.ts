import type { CronExpression } from "./cron-expression.ts";

/**
 * Local times are written as the milliseconds that UTC would have at that wall clock, so that arithmetic on them
 * knows no daylight saving.
 */
const DAY_MS = 86_400_000;

/** The first local time of the expression at or after `local`. */
export function nextLocal(cron: CronExpression, local: number): number {
  const seconds = Math.ceil(local / 1000);
  let day = Math.floor(seconds / 86_400);
  let time = nextTime(cron, seconds - day * 86_400);
  if (time === undefined || !isMatchingDay(cron, day)) {
    day = nextDay(cron, day + 1);
    time = nextTime(cron, 0)!;
  }
  return day * DAY_MS + time * 1000;
}

/** The last local time of the expression in [from, to), which has to hold one. By bisection. */
export function lastLocal(cron: CronExpression, from: number, to: number): number {
  let last = nextLocal(cron, from);
  while (last < to - 1) {
    const middle = Math.ceil((last + to) / 2);
    const next = nextLocal(cron, middle);
    if (next < to) last = next;
    else to = middle;
  }
  return last;
}

/** How many local times of the expression lie in [from, to). */
export function countLocal(cron: CronExpression, from: number, to: number): number {
  if (to <= from) return 0;
  const perDay = cron.hours.length * cron.minutes.length * cron.seconds.length;
  const first = Math.ceil(from / 1000);
  const end = Math.ceil(to / 1000);
  const firstDay = Math.floor(first / 86_400);
  const endDay = Math.floor(end / 86_400);
  const before = (day: number, seconds: number) =>
    isMatchingDay(cron, day) ? timesBefore(cron, seconds - day * 86_400) : 0;
  return countDays(cron, firstDay, endDay) * perDay - before(firstDay, first) + before(endDay, end);
}

/** The first second of the day at or after `second` that matches. */
function nextTime(cron: CronExpression, second: number): number | undefined {
  const hour = Math.floor(second / 3600);
  const minute = Math.floor((second % 3600) / 60);
  const { hours, minutes, seconds } = cron;
  const firstMinuteAndSecond = minutes[0]! * 60 + seconds[0]!;
  if (hours.includes(hour)) {
    if (minutes.includes(minute)) {
      const found = seconds.find((value) => value >= second % 60);
      if (found !== undefined) return hour * 3600 + minute * 60 + found;
    }
    const later = minutes.find((value) => value > minute);
    if (later !== undefined) return hour * 3600 + later * 60 + seconds[0]!;
  }
  const later = hours.find((value) => value > hour);
  return later === undefined ? undefined : later * 3600 + firstMinuteAndSecond;
}

/** How many matching seconds of a matching day lie before `second`. */
function timesBefore(cron: CronExpression, second: number): number {
  const hour = Math.floor(second / 3600);
  const minute = Math.floor((second % 3600) / 60);
  const below = (values: readonly number[], limit: number) => values.filter((value) => value < limit).length;
  const perMinute = cron.seconds.length;
  let count = below(cron.hours, hour) * cron.minutes.length * perMinute;
  if (!cron.hours.includes(hour)) return count;
  count += below(cron.minutes, minute) * perMinute;
  return cron.minutes.includes(minute) ? count + below(cron.seconds, second % 60) : count;
}

function yearOf(day: number): number {
  return new Date(day * DAY_MS).getUTCFullYear();
}

function firstDayOf(year: number): number {
  return Date.UTC(year, 0, 1) / DAY_MS;
}

/** Where `value` is, or would be inserted, in a sorted list. */
function lowerBound(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isMatchingDay(cron: CronExpression, day: number): boolean {
  const year = yearOf(day);
  const days = cron.daysOf(year);
  const offset = day - firstDayOf(year);
  return days[lowerBound(days, offset)] === offset;
}

function nextDay(cron: CronExpression, from: number): number {
  for (let year = yearOf(from); ; year++) {
    const days = cron.daysOf(year);
    const found = days[lowerBound(days, from - firstDayOf(year))];
    if (found !== undefined) return firstDayOf(year) + found;
  }
}

/** Matching days in [from, to). */
function countDays(cron: CronExpression, from: number, to: number): number {
  let count = 0;
  for (let year = yearOf(from), last = yearOf(to); year <= last; year++) {
    const days = cron.daysOf(year);
    const first = firstDayOf(year);
    count += lowerBound(days, to - first) - lowerBound(days, from - first);
  }
  return count;
}
