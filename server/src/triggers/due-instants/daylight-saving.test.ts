import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { parseCron } from "./cron-expression.ts";
import { countInstants, instantsIn, type CronSchedule } from "./due-instants.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Wall clock of a zone at an instant, by Intl's calendar fields: shares no code with zone-offsets.ts. */
function wallClock(zone: string): (instant: number) => Local {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    weekday: "short",
  });
  return (instant) => {
    const part = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]));
    const [year, month, day, hour, minute] = ["year", "month", "day", "hour", "minute"].map((key) =>
      Number(part[key]),
    ) as [number, number, number, number, number];
    const weekday = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"].indexOf(part.weekday!);
    return { month, day, hour, minute, weekday, asUtc: Date.UTC(year, month - 1, day, hour, minute) };
  };
}

interface Local {
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly weekday: number;
  readonly asUtc: number;
}

type Matches = (local: Local) => boolean;

/** Each expression beside what it means, written out by hand. */
const EXPRESSIONS: [string, "fixed" | "wall", Matches][] = [
  ["30 2 * * *", "fixed", ({ hour, minute }) => hour === 2 && minute === 30],
  ["0 0 * * *", "fixed", ({ hour, minute }) => hour === 0 && minute === 0],
  ["15,45 0-3 * * *", "fixed", ({ hour, minute }) => hour <= 3 && (minute === 15 || minute === 45)],
  ["59 23 * * SUN", "fixed", ({ hour, minute, weekday }) => weekday === 0 && hour === 23 && minute === 59],
  ["0 1,2,3 * * *", "fixed", ({ hour, minute }) => hour >= 1 && hour <= 3 && minute === 0],
  ["*/15 * * * *", "wall", ({ minute }) => minute % 15 === 0],
  ["30 * * * *", "wall", ({ minute }) => minute === 30],
  ["*/20 2 * * *", "wall", ({ hour, minute }) => hour === 2 && minute % 20 === 0],
  ["0 */2 * * *", "wall", ({ hour, minute }) => hour % 2 === 0 && minute === 0],
  ["10 1-3/2 * * *", "wall", ({ hour, minute }) => (hour === 1 || hour === 3) && minute === 10],
];

interface Minute {
  readonly instant: number;
  readonly local: Local;
}

function minutesOf(zone: string, from: number, to: number): Minute[] {
  const at = wallClock(zone);
  const minutes: Minute[] = [];
  for (let instant = from; instant <= to; instant += MINUTE) minutes.push({ instant, local: at(instant) });
  return minutes;
}

/** Walks the minutes of real time; what the wall clock skips or repeats is told from its own jumps. */
function oracle(
  minutes: readonly Minute[],
  kind: "fixed" | "wall",
  matches: Matches,
  from: number,
): number[] {
  const found: number[] = [];
  let reached = minutes[0]!.local.asUtc - MINUTE;
  for (const { instant, local } of minutes) {
    let due = matches(local);
    if (kind === "fixed") {
      if (local.asUtc <= reached) due = false;
      for (let skipped = reached + MINUTE; skipped < local.asUtc; skipped += MINUTE) {
        const day = new Date(skipped);
        due ||= matches({
          month: day.getUTCMonth() + 1,
          day: day.getUTCDate(),
          hour: day.getUTCHours(),
          minute: day.getUTCMinutes(),
          weekday: day.getUTCDay(),
          asUtc: skipped,
        });
      }
      reached = Math.max(reached, local.asUtc);
    }
    if (due && instant >= from) found.push(instant);
  }
  return found;
}

/** Minutes at which the zone's offset changes, from its wall clock. */
function transitions(zone: string, firstYear: number, lastYear: number): number[] {
  const at = wallClock(zone);
  const offset = (instant: number) => at(instant).asUtc - instant;
  const found: number[] = [];
  for (
    let instant = Date.UTC(firstYear, 0, 1);
    instant < Date.UTC(lastYear + 1, 0, 1);
    instant += 24 * HOUR
  ) {
    if (offset(instant) === offset(instant + 24 * HOUR)) continue;
    let minute = instant;
    while (offset(minute) === offset(minute + MINUTE)) minute += MINUTE;
    found.push(minute + MINUTE);
  }
  return found;
}

/** Zone, years, and at least how many transitions the runtime's time zone data must have in them. */
const ZONES: [string, number, number, number][] = [
  ["America/New_York", 2024, 2027, 8],
  ["Europe/Berlin", 2024, 2027, 8],
  ["Australia/Lord_Howe", 2024, 2027, 8],
  ["Antarctica/Troll", 2024, 2027, 8],
  ["Africa/Casablanca", 2024, 2027, 5],
  ["Africa/Cairo", 2024, 2025, 4],
  ["Asia/Beirut", 2024, 2025, 4],
  ["America/Sao_Paulo", 2016, 2018, 6],
  ["Asia/Tehran", 2020, 2022, 6],
  ["Pacific/Apia", 2011, 2011, 3],
  ["Pacific/Chatham", 2026, 2026, 2],
];

describe("daylight saving", () => {
  for (const [zone, first, last, expected] of ZONES) {
    it(`${zone} ${first}-${last}: the 48 hours around each transition equal a walk over the minutes`, () => {
      const changes = transitions(zone, first, last);
      assert.ok(changes.length >= expected, `${changes.length} transitions`);
      for (const change of changes) {
        const from = change - 24 * HOUR;
        const to = change + 24 * HOUR;
        const minutes = minutesOf(zone, from - 24 * HOUR, to);
        for (const [text, kind, matches] of EXPRESSIONS) {
          const schedule: CronSchedule = {
            kind: "cron",
            cron: parseCron(text),
            timezone: zone,
            startAt: null,
            endAt: null,
          };
          assert.equal(schedule.cron.followsWallClock, kind === "wall", text);
          const ours = [...instantsIn(schedule, new Date(from - 1), new Date(to))];
          const where = `${text} in ${zone} around ${new Date(change).toISOString()}`;
          assert.deepEqual(
            ours.map((instant) => instant.toISOString()),
            oracle(minutes, kind, matches, from).map((instant) => new Date(instant).toISOString()),
            where,
          );
          assert.equal(countInstants(schedule, new Date(from - 1), new Date(to)), ours.length, where);
        }
      }
    });
  }

  it("runs a skipped time once, at the first instant after the gap, and a repeated one at its first pass", () => {
    const at = (text: string, after: string, through: string) =>
      [
        ...instantsIn(
          {
            kind: "cron",
            cron: parseCron(text),
            timezone: "America/New_York",
            startAt: null,
            endAt: null,
          },
          new Date(after),
          new Date(through),
        ),
      ].map((instant) => instant.toISOString());
    // 2026-03-08 02:00 EST becomes 03:00 EDT, which is 07:00 UTC; 03:00 itself is the same instant.
    assert.deepEqual(at("0,30 2,3 * * *", "2026-03-08T05:00:00Z", "2026-03-08T12:00:00Z"), [
      "2026-03-08T07:00:00.000Z",
      "2026-03-08T07:30:00.000Z",
    ]);
    // 2026-11-01 02:00 EDT becomes 01:00 EST: 01:30 is 05:30 and again 06:30 UTC.
    assert.deepEqual(at("30 1 * * *", "2026-11-01T00:00:00Z", "2026-11-01T23:00:00Z"), [
      "2026-11-01T05:30:00.000Z",
    ]);
    assert.deepEqual(at("30 * * * *", "2026-11-01T05:00:00Z", "2026-11-01T07:00:00Z"), [
      "2026-11-01T05:30:00.000Z",
      "2026-11-01T06:30:00.000Z",
    ]);
  });
});
