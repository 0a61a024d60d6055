/**
 * Due instants one by one, the long way: an interval's by adding, a cron expression's by walking the minutes of the
 * wall clock that Intl shows. Shares no code with server/src/triggers/due-instants. All instants in milliseconds.
 */
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

export type Grid =
  | {
      readonly kind: "interval";
      readonly step: number;
      readonly origin: number;
      readonly extra: number | null;
    }
  | { readonly kind: "cron"; readonly expression: string; readonly zone: string };

export interface Instants {
  readonly grid: Grid;
  readonly startAt: number | null;
  readonly endAt: number | null;
}

interface Meaning {
  /** Fixed local times run once whatever the clock does; `wall` is matched against the clock as it runs. */
  readonly kind: "fixed" | "wall";
  /** A wall clock, as the UTC fields of a Date. */
  readonly matches: (wall: Date) => boolean;
}

const at = (hour: number, minute: number) => (wall: Date) =>
  wall.getUTCHours() === hour && wall.getUTCMinutes() === minute;

/** The expressions the tests use, each beside what it means, written out by hand. */
export const EXPRESSIONS: Readonly<Record<string, Meaning>> = {
  "30 2 * * *": { kind: "fixed", matches: at(2, 30) },
  "@daily": { kind: "fixed", matches: at(0, 0) },
  "0 9 * * MON": { kind: "fixed", matches: (wall) => wall.getUTCDay() === 1 && at(9, 0)(wall) },
  "30 1 * * SUN": { kind: "fixed", matches: (wall) => wall.getUTCDay() === 0 && at(1, 30)(wall) },
  "15,45 1-3 * * *": {
    kind: "fixed",
    matches: (wall) =>
      wall.getUTCHours() >= 1 && wall.getUTCHours() <= 3 && [15, 45].includes(wall.getUTCMinutes()),
  },
  "0 12 1 * *": { kind: "fixed", matches: (wall) => wall.getUTCDate() === 1 && at(12, 0)(wall) },
  "0 * * * *": { kind: "wall", matches: (wall) => wall.getUTCMinutes() === 0 },
  "*/20 * * * *": { kind: "wall", matches: (wall) => wall.getUTCMinutes() % 20 === 0 },
  "10 */6 * * *": {
    kind: "wall",
    matches: (wall) => wall.getUTCHours() % 6 === 0 && wall.getUTCMinutes() === 10,
  },
};

export const ZONES = ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe"] as const;

const QUARTER = 15 * MINUTE;
/** As many days as a month without a match can have, twice. */
const FARTHEST_DAYS = 64;
const formats = new Map<string, Intl.DateTimeFormat>();
const offsets = new Map<string, number>();
const days = new Map<string, readonly number[]>();

/** The due instants in (after, through]. */
export function dueBetween({ grid, startAt, endAt }: Instants, after: number, through: number): number[] {
  const from = Math.max(after + 1, startAt ?? -Infinity);
  const to = Math.min(through, endAt ?? Infinity);
  const found: number[] = [];
  if (grid.kind === "interval") {
    let next = grid.origin + Math.ceil((from - grid.origin) / grid.step) * grid.step;
    for (; next <= to; next += grid.step) found.push(next);
    const { extra } = grid;
    if (extra !== null && extra >= from && extra <= to && !found.includes(extra)) found.push(extra);
    return found.sort((a, b) => a - b);
  }
  for (let day = Math.floor(from / DAY); day * DAY <= to; day++) {
    found.push(...cronInstantsOf(grid.expression, grid.zone, day).filter((due) => due >= from && due <= to));
  }
  return found;
}

/** The first due instant later than `after`; null if there is none. */
export function nextAfter(instants: Instants, after: number): number | null {
  const { grid, startAt, endAt } = instants;
  const from = Math.max(after, (startAt ?? -Infinity) - 1);
  const far = grid.kind === "interval" ? grid.step : FARTHEST_DAYS * DAY;
  const to = Math.min(from + far, endAt ?? Infinity);
  for (let begin = from; begin < to;) {
    const end = Math.min(to, begin + (grid.kind === "interval" ? far : DAY));
    const [first] = dueBetween(instants, begin, end);
    if (first !== undefined) return first;
    begin = end;
  }
  return null;
}

/** Those of a UTC day: every minute of it, and what the wall clock skipped or repeated just before each. */
function cronInstantsOf(expression: string, zone: string, day: number): readonly number[] {
  const key = `${expression} ${zone} ${day}`;
  const known = days.get(key);
  if (known) return known;
  const { kind, matches } = EXPRESSIONS[expression]!;
  const found: number[] = [];
  // A repeated hour that reaches into the day began at most three hours before it.
  const begin = day * DAY - 3 * HOUR;
  let reached = wallClock(zone, begin) - MINUTE;
  for (let instant = begin; instant < (day + 1) * DAY; instant += MINUTE) {
    const wall = wallClock(zone, instant);
    let due = matches(new Date(wall));
    if (kind === "fixed") {
      if (wall <= reached) due = false;
      for (let skipped = reached + MINUTE; skipped < wall; skipped += MINUTE)
        due ||= matches(new Date(skipped));
      reached = Math.max(reached, wall);
    }
    if (due && instant >= day * DAY) found.push(instant);
  }
  days.set(key, found);
  return found;
}

/** What the zone's wall clock shows, as the instant at which UTC shows that. Zones change at quarters of an hour. */
function wallClock(zone: string, instant: number): number {
  if (zone === "UTC") return instant;
  const quarter = Math.floor(instant / QUARTER) * QUARTER;
  const key = `${zone} ${quarter}`;
  let offset = offsets.get(key);
  if (offset === undefined) offsets.set(key, (offset = shown(zone, quarter) - quarter));
  return instant + offset;
}

function shown(zone: string, instant: number): number {
  let format = formats.get(zone);
  if (!format) {
    const field = "numeric";
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone, hourCycle: "h23", year: field, month: field, day: field, hour: field, minute: field,
    }); // prettier-ignore
    formats.set(zone, format);
  }
  const parts = new Map(format.formatToParts(instant).map(({ type, value }) => [type, Number(value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name)!;
  return Date.UTC(part("year"), part("month") - 1, part("day"), part("hour"), part("minute"));
}
