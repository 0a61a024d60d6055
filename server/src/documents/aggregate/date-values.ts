import type { DATE_PARTS, DATE_UNITS } from "#contract/document-aggregates.ts";

/** A date, or an instant with or without an offset; one without is taken for UTC. */
const DATE = /^\d{4}-\d\d-\d\d(?:[Tt ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:\d\d)?)?$/;
const HAS_ZONE = /[Zz]$|[+-]\d\d:\d\d$/;
const DAY_MS = 86_400_000;

/** The instant in a text; null for what is none. */
export function readDate(value: unknown): Date | null {
  if (typeof value !== "string" || !DATE.test(value)) return null;
  const text = value.replace(" ", "T");
  const date = new Date(text.length === 10 || HAS_ZONE.test(text) ? text : `${text}Z`);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** The beginning of the unit an instant lies in, UTC, as an instant's text. Weeks begin on Monday. */
export function truncateDate(date: Date, unit: (typeof DATE_UNITS)[number]): string {
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const at = date.getTime();
  const floor = (ms: number) => new Date(Math.floor(at / ms) * ms).toISOString();
  switch (unit) {
    case "year":
      return beginning(year, 0, 1);
    case "month":
      return beginning(year, month, 1);
    case "week":
      return beginning(year, month, day - (isoDay(date) - 1));
    case "day":
      return floor(DAY_MS);
    case "hour":
      return floor(3_600_000);
    case "minute":
      return floor(60_000);
    case "second":
      return floor(1_000);
  }
}

/** A part of an instant in UTC: months and days from 1, days of the week from Monday, 1, to Sunday, 7, weeks as ISO 8601 counts them. */
export function datePart(date: Date, part: (typeof DATE_PARTS)[number]): number {
  switch (part) {
    case "year":
      return date.getUTCFullYear();
    case "month":
      return date.getUTCMonth() + 1;
    case "week":
      return isoWeek(date);
    case "day":
      return date.getUTCDate();
    case "dayOfWeek":
      return isoDay(date);
    case "dayOfYear":
      return dayOfYear(date);
    case "hour":
      return date.getUTCHours();
    case "minute":
      return date.getUTCMinutes();
    case "second":
      return date.getUTCSeconds();
  }
}

/** Date.UTC takes years below 100 for 1900 and later. */
function beginning(year: number, month: number, day: number): string {
  const date = new Date(0);
  date.setUTCFullYear(year, month, day);
  return date.toISOString();
}

const isoDay = (date: Date) => date.getUTCDay() || 7;

function dayOfYear(date: Date): number {
  const first = Date.parse(beginning(date.getUTCFullYear(), 0, 1));
  return Math.floor((date.getTime() - first) / DAY_MS) + 1;
}

/** A week belongs to the year its Thursday lies in. */
function isoWeek(date: Date): number {
  const thursday = new Date(date.getTime() + (4 - isoDay(date)) * DAY_MS);
  return Math.ceil(dayOfYear(thursday) / 7);
}
