import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Cron } from "croner";
import fc from "fast-check";

import { AppError } from "../../platform/app-error.ts";
import { parseCron } from "./cron-expression.ts";
import { countInstants, instantsIn, nextDueInstant, spanOf, type IntervalSchedule } from "./due-instants.ts";

const noBounds = { startAt: null, endAt: null };
const cron = (text: string, timezone = "UTC") =>
  ({ kind: "cron", cron: parseCron(text), timezone, dst: "run_once", ...noBounds }) as const;
const interval = (seconds: number, anchor: string, extra: string | null = null): IntervalSchedule => ({
  kind: "interval",
  intervalMs: seconds * 1000,
  anchor: new Date(anchor),
  extra: extra === null ? null : new Date(extra),
  ...noBounds,
});

describe("cron instants", () => {
  const table: [string, string, string][] = [
    ["@daily", "2026-05-04T10:00:00Z", "2026-05-05T00:00:00.000Z"],
    ["@Weekly", "2026-05-04T10:00:00Z", "2026-05-10T00:00:00.000Z"],
    ["0 9 * * MON-FRI", "2026-05-08T09:00:00Z", "2026-05-11T09:00:00.000Z"],
    ["0 0 L * *", "2026-02-01T00:00:00Z", "2026-02-28T00:00:00.000Z"],
    ["0 0 L 2 *", "2026-03-01T00:00:00Z", "2027-02-28T00:00:00.000Z"],
    ["0 12 * * FRI#2", "2026-05-01T00:00:00Z", "2026-05-08T12:00:00.000Z"],
    ["0 12 * * FRI#L", "2026-05-01T00:00:00Z", "2026-05-29T12:00:00.000Z"],
    ["0 12 * * 7", "2026-05-01T00:00:00Z", "2026-05-03T12:00:00.000Z"],
    ["0 0 13 * FRI", "2026-05-02T00:00:00Z", "2026-05-08T00:00:00.000Z"],
    ["15 30 4 * * *", "2026-05-01T04:30:15Z", "2026-05-02T04:30:15.000Z"],
    ["0 0 29 2 *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00.000Z"],
    ["0-10/5 0 1 JAN,JUL *", "2026-01-01T00:05:00Z", "2026-01-01T00:10:00.000Z"],
  ];
  for (const [text, after, expected] of table) {
    it(`${text} after ${after}`, () => {
      assert.equal(nextDueInstant(cron(text), new Date(after))?.toISOString(), expected);
    });
  }

  it("agrees with croner where no clock changes", () => {
    const field = (low: number, high: number) =>
      fc.oneof(
        fc.constant("*"),
        fc.integer({ min: low, max: high }).map(String),
        fc.integer({ min: 2, max: 6 }).map((step) => `*/${step}`),
        fc
          .tuple(fc.integer({ min: low, max: high }), fc.integer({ min: low, max: high }))
          .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`),
      );
    const expressions = fc
      .tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6))
      .map((fields) => fields.join(" "));
    fc.assert(
      fc.property(
        expressions,
        fc.date({ min: new Date("2024-01-01"), max: new Date("2030-01-01"), noInvalidDate: true }),
        (text, after) => {
          const theirs = new Cron(text, { timezone: "UTC", paused: true }).nextRuns(3, after);
          const ours: Date[] = [];
          for (const instant of instantsIn(cron(text), after, theirs.at(-1)!)) ours.push(instant);
          assert.deepEqual(ours, theirs);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("counts centuries without walking them", () => {
    const from = new Date("1970-01-01T00:00:00Z");
    assert.equal(countInstants(cron("* * * * *"), from, new Date("2970-01-01T00:00:00Z")), 365_243 * 1440);
    assert.equal(
      countInstants(cron("0 0 29 2 *", "Europe/Berlin"), from, new Date("2370-01-01T00:00:00Z")),
      97,
    );
  });

  const wrong: [string, string, RegExp][] = [
    ["0 25 * * *", "invalid_cron", /Field 2 \(hour\) is '25'; it takes 0-23/],
    ["61 * * * *", "invalid_cron", /Field 1 \(minute\)/],
    ["61 * * * * *", "invalid_cron", /Field 1 \(second\)/],
    ["* * * * FUNDAY", "invalid_cron", /Field 5 \(day of week\)/],
    ["*/0 * * * *", "invalid_cron", /Field 1/],
    ["5-1 * * * *", "invalid_cron", /Field 1/],
    ["0 0 15W * *", "invalid_cron", /Field 3/],
    ["0 0 * *", "invalid_cron", /4 fields; expected 5/],
    ["* * * * * * 2027", "invalid_cron", /7 field/],
    ["", "invalid_cron", /0 field/],
    ["@fortnightly", "invalid_cron", /@yearly/],
    ["0 0 30 2 *", "cron_never_fires", /February 30th/],
    ["0 0 31 4,6,9,11 *", "cron_never_fires", /never fire/],
  ];
  for (const [text, code, message] of wrong) {
    it(`refuses '${text}'`, () => {
      assert.throws(
        () => parseCron(text),
        (error) => error instanceof AppError && error.code === code && message.test(error.message),
      );
    });
  }
});

describe("interval instants", () => {
  it("is a grid of elapsed seconds from the anchor, both ways", () => {
    const schedule = interval(60, "2026-05-04T10:00:30.250Z");
    assert.equal(
      nextDueInstant(schedule, new Date("2026-05-04T10:00:30.250Z"))?.toISOString(),
      "2026-05-04T10:01:30.250Z",
    );
    assert.equal(
      nextDueInstant(schedule, new Date("2026-05-04T09:00:00Z"))?.toISOString(),
      "2026-05-04T09:00:30.250Z",
    );
  });

  it("has the creation beside the grid with start_immediately", () => {
    const schedule = interval(60, "2026-05-04T10:00:00Z", "2026-05-04T10:00:10Z");
    const all = [...instantsIn(schedule, new Date("2026-05-04T10:00:00Z"), new Date("2026-05-04T10:01:00Z"))];
    assert.deepEqual(
      all.map((instant) => instant.getUTCSeconds()),
      [10, 0],
    );
    assert.equal(
      countInstants(schedule, new Date("2026-05-04T10:00:00Z"), new Date("2026-05-04T10:01:00Z")),
      2,
    );
  });

  it("counts and spans as if it had walked, inside bounds", () => {
    const instant = fc.integer({ min: 0, max: 10_000_000 }).map((ms) => new Date(ms));
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 900 }),
        instant,
        fc.option(instant),
        instant,
        instant,
        fc.option(instant),
        fc.option(instant),
        (seconds, anchor, extra, after, through, startAt, endAt) => {
          const schedule: IntervalSchedule = {
            kind: "interval",
            intervalMs: seconds * 1000,
            anchor,
            extra,
            startAt,
            endAt,
          };
          const walked = [...instantsIn(schedule, after, through)];
          for (const at of walked) {
            const onGrid = (at.getTime() - anchor.getTime()) % (seconds * 1000) === 0;
            assert.ok(onGrid || at.getTime() === extra?.getTime());
            assert.ok((!startAt || at >= startAt) && (!endAt || at <= endAt));
          }
          assert.equal(countInstants(schedule, after, through), walked.length);
          const span = spanOf(schedule, after, through);
          assert.deepEqual(
            span,
            walked.length === 0 ? null : { first: walked[0], last: walked.at(-1), count: walked.length },
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("spans a paused year of seconds at once", () => {
    const span = spanOf(
      interval(1, "2026-01-01T00:00:00Z"),
      new Date("2026-01-01T00:00:00Z"),
      new Date("2027-01-01T00:00:00.500Z"),
    );
    assert.equal(span?.count, 31_536_000);
    assert.equal(span.last.toISOString(), "2027-01-01T00:00:00.000Z");
  });
});

it("is not due outside of its bounds, which are included", () => {
  const schedule = {
    ...cron("0 * * * *"),
    startAt: new Date("2026-05-04T10:00:00Z"),
    endAt: new Date("2026-05-04T12:00:00Z"),
  };
  const all = [...instantsIn(schedule, new Date("2026-01-01"), new Date("2027-01-01"))];
  assert.deepEqual(
    all.map((instant) => instant.getUTCHours()),
    [10, 11, 12],
  );
  assert.equal(nextDueInstant(schedule, new Date("2026-05-04T12:00:00Z")), null);
});
