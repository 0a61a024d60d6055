import { CronPattern } from "croner";

import { AppError } from "../../platform/app-error.ts";
import { counted } from "../../platform/counted.ts";

/** A parsed cron expression: which local days and which local times of day it names. */
export interface CronExpression {
  readonly text: string;
  /** Sorted. */
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /**
   * True if hour or minute is a wildcard or a step: such an expression is matched against the wall clock as it runs.
   * False: it names fixed local times.
   */
  readonly followsWallClock: boolean;
  /** Matching days of a year, 0 = January 1st, sorted. They depend on its length and its first weekday only. */
  readonly daysOf: (year: number) => readonly number[];
}

const NICKNAMES: Record<string, string> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const FIELDS = [
  { name: "second", takes: "0-59" },
  { name: "minute", takes: "0-59" },
  { name: "hour", takes: "0-23" },
  { name: "day of month", takes: "1-31, or L for the last day" },
  { name: "month", takes: "1-12 or JAN-DEC" },
  {
    name: "day of week",
    takes: "0-7 or SUN-SAT (0 and 7 are Sunday), MON#2 for the second Monday, FRI#L for the last Friday",
  },
] as const;

const DAY_MS = 86_400_000;
const CACHE_LIMIT = 2_000;
const cache = new Map<string, CronExpression>();

/**
 * Parses an expression of five fields, six with the seconds first, or a nickname. Throws `invalid_cron`, which says
 * the field and what it takes, or `cron_never_fires`.
 */
export function parseCron(text: string): CronExpression {
  const known = cache.get(text);
  if (known) return known;
  const expression = parse(text);
  if (cache.size >= CACHE_LIMIT) cache.clear();
  cache.set(text, expression);
  return expression;
}

function parse(text: string): CronExpression {
  const fields = readFields(text);
  // croner parses; days and times are enumerated by ourselves, since its own walk costs 0.1 ms an instant and has
  // daylight saving bugs on record.
  const pattern = new CronPattern(fields.join(" "));
  const isOpen = (field: string) => /[*?/]/.test(field);
  const byKind: (readonly number[] | undefined)[] = [];
  const expression: CronExpression = {
    text,
    seconds: indexesOf(pattern.second),
    minutes: indexesOf(pattern.minute),
    hours: indexesOf(pattern.hour),
    followsWallClock: isOpen(fields[1]!) || isOpen(fields[2]!),
    daysOf: (year) => (byKind[kindOf(year)] ??= matchingDays(pattern, year)),
  };
  // 28 years in a row without a skipped leap year hold every kind of year.
  for (let year = 2000; year < 2028; year++) if (expression.daysOf(year).length > 0) return expression;
  throw new AppError(
    "cron_never_fires",
    `cron_expression '${text}' names a day that no year has (such as February 30th), so it would never fire. Name another day or month.`,
    { details: { cron_expression: text } },
  );
}

/** The six fields, seconds first, each checked by itself so that the error can name the one that is wrong. */
function readFields(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed.startsWith("@")) {
    const stands = NICKNAMES[trimmed.toLowerCase()];
    if (stands === undefined) {
      throw invalid(text, `'${trimmed}' is not one of ${Object.keys(NICKNAMES).join(", ")}.`, 1);
    }
    return ["0", ...stands.split(" ")];
  }
  const given = trimmed === "" ? [] : trimmed.split(/\s+/);
  if (given.length !== 5 && given.length !== 6) {
    throw invalid(
      text,
      `It has ${counted(given.length, "field")}; expected 5 (minute hour day-of-month month day-of-week), or 6 with the seconds first.`,
      null,
    );
  }
  const first = 6 - given.length;
  given.forEach((field, index) => checkField(text, field, first + index, index + 1));
  return [...Array<string>(first).fill("0"), ...given];
}

function checkField(text: string, field: string, kind: number, position: number): void {
  const { name, takes } = FIELDS[kind]!;
  const fail = (cause?: unknown) =>
    invalid(
      text,
      `Field ${position} (${name}) is '${field}'; it takes ${takes}, *, lists (1,2), ranges (1-5) and steps (*/5, 0-30/10).`,
      position,
      cause,
    );
  // croner also takes W (nearest weekday) and + (both day fields must match); they are not part of our grammar.
  if (!/^[0-9A-Za-z*?,/#-]+$/.test(field) || (kind === 3 && /w/i.test(field))) throw fail();
  const alone = ["0", "0", "0", "*", "*", "*"];
  alone[kind] = field;
  try {
    new CronPattern(alone.join(" "));
  } catch (error) {
    throw fail(error);
  }
}

function invalid(text: string, why: string, position: number | null, cause?: unknown): AppError {
  return new AppError("invalid_cron", `cron_expression '${text}' cannot be read. ${why}`, {
    details: { cron_expression: text, field: position },
    cause,
  });
}

function indexesOf(flags: readonly number[]): number[] {
  return flags.flatMap((flag, index) => (flag ? [index] : []));
}

function weekdayOf(dayMs: number): number {
  return new Date(dayMs).getUTCDay();
}

/** Years of one kind have the same calendar: 0-6 by their first weekday, 7-13 with a February 29th. */
function kindOf(year: number): number {
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return weekdayOf(Date.UTC(year, 0, 1)) + (isLeap ? 7 : 0);
}

/** Bits of croner's weekday masks: the first to the fifth of a month, then the last. */
const LAST_OF_MONTH = 32;

function matchingDays(pattern: CronPattern, year: number): number[] {
  const days: number[] = [];
  let dayOfYear = 0;
  for (let month = 0; month < 12; month++) {
    const length = (Date.UTC(year, month + 1, 1) - Date.UTC(year, month, 1)) / DAY_MS;
    for (let day = 1; day <= length; day++, dayOfYear++) {
      if (!pattern.month[month]) continue;
      const byDate = Boolean(pattern.day[day - 1]) || (pattern.lastDayOfMonth && day === length);
      const nth = 1 << Math.floor((day - 1) / 7);
      const occurrence = nth | (day + 7 > length ? LAST_OF_MONTH : 0);
      const mask = pattern.dayOfWeek[weekdayOf(Date.UTC(year, month, day))] ?? 0;
      const byWeekday = (mask & occurrence) !== 0;
      // As cron always did: if both day fields are given, either is enough.
      const either = !pattern.starDOM && !pattern.starDOW;
      if (either ? byDate || byWeekday : byDate && byWeekday) days.push(dayOfYear);
    }
  }
  return days;
}
