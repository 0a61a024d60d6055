import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { cronSchedule, differences } from "../../../../test/daylight-saving/compare.ts";
import { EXPRESSIONS } from "../../../../test/daylight-saving/expressions.ts";
import { expected, walk } from "../../../../test/daylight-saving/oracle.ts";
import { changesOf, HOUR, offsetsOf, piecesOf } from "../../../../test/daylight-saving/zone-clock.ts";
import { daylightMarks } from "./daylight-marks.ts";
import { noteOf } from "./daylight-note.ts";
import { countInstants, instantsIn, nextDueInstant, type CronSchedule } from "./due-instants.ts";
import { localText } from "./local-text.ts";

/** Zone, years, and at least how many changes the runtime's time zone data must have in them. */
const ZONES: [string, number, number, number][] = [
  ["America/New_York", 2026, 2026, 2],
  ["Europe/Berlin", 2026, 2026, 2],
  ["Australia/Lord_Howe", 2026, 2026, 2],
  ["Antarctica/Troll", 2026, 2026, 2],
  ["Africa/Casablanca", 2024, 2025, 3],
  ["Africa/Cairo", 2024, 2024, 2],
  ["Asia/Beirut", 2024, 2024, 2],
  ["America/Sao_Paulo", 2016, 2018, 6],
  ["Asia/Tehran", 2020, 2022, 6],
  ["Pacific/Apia", 2011, 2011, 3],
  ["Pacific/Chatham", 2026, 2026, 2],
  // Clocks put back, and forward, with the turn of a year in UTC, where stretches of offsets are cut.
  ["Antarctica/Palmer", 1964, 1965, 1],
  ["Antarctica/Casey", 1968, 1969, 1],
];

const noon = (day: string) => new Date(`${day}T12:00:00Z`);
const iso = (instants: Iterable<Date>) => Array.from(instants, (instant) => instant.toISOString());

describe("daylight saving", () => {
  for (const [zone, first, last, least] of ZONES) {
    it(`${zone} ${first}-${last}: the 48 hours around each change equal a walk over the minutes`, () => {
      const offsetAt = offsetsOf(zone);
      const changes = changesOf(offsetAt, Date.UTC(first, 0, 1), Date.UTC(last + 1, 0, 1));
      assert.ok(changes.length >= least, `${changes.length} changes`);
      for (const change of changes) {
        const from = change - 24 * HOUR;
        const to = change + 24 * HOUR;
        const minutes = walk(piecesOf(offsetAt, from - 24 * HOUR, to));
        for (const expression of EXPRESSIONS) {
          for (const dst of ["run_once", "skip"] as const) {
            const schedule = cronSchedule(expression.text, zone, dst);
            assert.deepEqual(
              differences(schedule, from, to, expected(minutes, expression, dst, from, to)),
              [],
              `${expression.text} (${dst}) around ${new Date(change).toISOString()}`,
            );
          }
        }
      }
    });
  }

  // 2026-03-08 02:00 EST becomes 03:00 EDT, which is 07:00 UTC; 2026-11-01 02:00 EDT becomes 01:00 EST at 06:00 UTC.
  const ofNewYork = (text: string, dst: CronSchedule["dst"] = "run_once") =>
    cronSchedule(text, "America/New_York", dst);

  it("runs a skipped time once, at the first instant after the gap; with skip not at all", () => {
    const window = [noon("2026-03-07"), noon("2026-03-08")] as const;
    // 03:00 itself is the same instant.
    const both = ["2026-03-08T07:00:00.000Z", "2026-03-08T07:30:00.000Z"];
    assert.deepEqual(iso(instantsIn(ofNewYork("0,30 2,3 * * *"), ...window)), both);
    assert.deepEqual(iso(instantsIn(ofNewYork("0,30 2,3 * * *", "skip"), ...window)), both);
    assert.deepEqual(iso(instantsIn(ofNewYork("30 2 * * *"), ...window)), [both[0]]);
    assert.deepEqual(iso(instantsIn(ofNewYork("30 2 * * *", "skip"), ...window)), []);
    assert.equal(countInstants(ofNewYork("30 2 * * *", "skip"), ...window), 0);
  });

  it("runs a repeated time at its first pass; one that follows the wall clock at both", () => {
    const window = [noon("2026-10-31"), noon("2026-11-01")] as const;
    const passes = ["2026-11-01T05:30:00.000Z", "2026-11-01T06:30:00.000Z"];
    for (const dst of ["run_once", "skip"] as const) {
      assert.deepEqual(iso(instantsIn(ofNewYork("30 1 * * *", dst), ...window)), [passes[0]]);
      assert.deepEqual(iso(instantsIn(ofNewYork("*/30 1 * * *", dst), ...window)), [
        "2026-11-01T05:00:00.000Z",
        passes[0],
        "2026-11-01T06:00:00.000Z",
        passes[1],
      ]);
    }
  });

  it("marks what does not run, inside the schedule's bounds", () => {
    const year = [noon("2025-12-31"), noon("2026-12-31")] as const;
    const gap = {
      reason: "dst_gap",
      first: new Date("2026-03-08T07:00:00Z"),
      last: new Date("2026-03-08T07:00:00Z"),
      localTimes: ["2026-03-08T02:15:00", "2026-03-08T02:45:00"],
      count: 2,
      offsetBefore: "-05:00",
      offsetAfter: "-04:00",
    };
    const overlap = {
      reason: "dst_overlap",
      first: new Date("2026-11-01T06:15:00Z"),
      last: new Date("2026-11-01T06:45:00Z"),
      localTimes: ["2026-11-01T01:15:00", "2026-11-01T01:45:00"],
      count: 2,
      offsetBefore: "-04:00",
      offsetAfter: "-05:00",
    };
    const skipping = ofNewYork("15,45 1,2 * * *", "skip");
    assert.deepEqual(daylightMarks(skipping, ...year), [gap, overlap]);
    assert.deepEqual(daylightMarks(ofNewYork("15,45 1,2 * * *"), ...year), [overlap]);
    assert.deepEqual(daylightMarks(ofNewYork("*/15 1,2 * * *", "skip"), ...year), []);
    assert.deepEqual(daylightMarks(ofNewYork("0 12 * * *", "skip"), ...year), []);

    const half = { ...overlap, first: overlap.last, localTimes: [overlap.localTimes[1]], count: 1 };
    const startAt = new Date("2026-11-01T06:15:00.001Z");
    assert.deepEqual(daylightMarks({ ...skipping, startAt }, ...year), [half]);
    assert.deepEqual(daylightMarks(skipping, overlap.first, year[1]), [half], "after is excluded");
    assert.deepEqual(daylightMarks({ ...skipping, endAt: gap.first }, ...year), [gap], "bounds are included");
    assert.deepEqual(daylightMarks(skipping, year[0], gap.first), [gap]);
    assert.deepEqual(daylightMarks(skipping, gap.first, overlap.first)[0]?.count, 1);
  });

  it("names ten of many local times", () => {
    const [mark] = daylightMarks(
      ofNewYork("0-59 0-59 2 * * *", "skip"),
      noon("2026-03-07"),
      noon("2026-03-08"),
    );
    assert.equal(mark?.count, 3600);
    assert.equal(mark.localTimes.length, 10);
    assert.equal(mark.localTimes.at(-1), "2026-03-08T02:00:09");
  });

  it("says what a change of the clock has to do with an instant", () => {
    const note = (text: string, at: string, dst: CronSchedule["dst"] = "run_once") =>
      noteOf(ofNewYork(text, dst), new Date(at));
    assert.equal(note("30 2 * * *", "2026-03-08T07:00:00Z"), "dst_gap");
    assert.equal(note("0,30 2,3 * * *", "2026-03-08T07:00:00Z"), "dst_gap");
    assert.equal(note("0,30 2,3 * * *", "2026-03-08T07:00:00Z", "skip"), null);
    assert.equal(note("0 3 * * *", "2026-03-08T07:00:00Z"), null);
    assert.equal(note("0 * * * *", "2026-03-08T07:00:00Z"), null);
    assert.equal(note("30 1 * * *", "2026-11-01T05:30:00Z"), "dst_overlap");
    assert.equal(note("30 * * * *", "2026-11-01T06:30:00Z"), "dst_overlap");
    assert.equal(note("0 2 * * *", "2026-11-01T07:00:00Z"), null);
  });

  it("ends the search if an expression names only times that are always skipped", () => {
    const never = ofNewYork("30 2 * 3 SUN#2", "skip");
    assert.equal(nextDueInstant(never, noon("2026-01-01")), null);
    assert.equal(
      nextDueInstant({ ...never, dst: "run_once" }, noon("2026-01-01"))?.getTime(),
      Date.UTC(2026, 2, 8, 7),
    );
  });

  it("writes an instant as the clocks of its zone show it", () => {
    const at = new Date("2026-03-08T07:00:00Z");
    assert.equal(localText("America/New_York", at), "2026-03-08T03:00:00-04:00");
    assert.equal(localText("Asia/Kathmandu", at), "2026-03-08T12:45:00+05:45");
    assert.equal(localText("UTC", new Date(at.getTime() + 250)), "2026-03-08T07:00:00.250+00:00");
    // Monrovia was 44 minutes and 30 seconds behind until 1972.
    assert.equal(localText("Africa/Monrovia", new Date("1971-01-01T12:44:30Z")), "1971-01-01T12:00:00-00:44");
  });
});
