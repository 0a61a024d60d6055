import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { AppError } from "../../platform/app-error.ts";
import { OPEN_LIMITS } from "../open-limits.ts";
import { checkScheduleConfig } from "../schedule-config.ts";
import { preview } from "./preview.ts";

const NEW_YORK = { timezone: "America/New_York" };

function previewOf(type: "cron" | "interval", config: Record<string, unknown>, from: string, count: number) {
  const checked = checkScheduleConfig(type, config, OPEN_LIMITS);
  assert.ok(checked.type !== "event");
  return preview(checked, new Date(from), count);
}

describe("preview", () => {
  it("shows a skipped time run after the gap, and with skip as skipped", () => {
    const config = { cron_expression: "30 2 * * *", ...NEW_YORK };
    const made = previewOf("cron", config, "2026-03-07T12:00:00Z", 2);
    assert.deepEqual(made, {
      occurrences: [
        { at: "2026-03-08T07:00:00.000Z", local: "2026-03-08T03:00:00-04:00", note: "dst_gap" },
        { at: "2026-03-09T06:30:00.000Z", local: "2026-03-09T02:30:00-04:00", note: null },
      ],
      skipped: [],
      through: "2026-03-09T06:30:00.000Z",
    });
    const skipping = previewOf("cron", { ...config, dst: "skip" }, "2026-03-07T12:00:00Z", 1);
    assert.deepEqual(skipping, {
      occurrences: [{ at: "2026-03-09T06:30:00.000Z", local: "2026-03-09T02:30:00-04:00", note: null }],
      skipped: [{ at: "2026-03-08T07:00:00.000Z", local: "2026-03-08T02:30:00-04:00", note: "dst_gap" }],
      through: "2026-03-09T06:30:00.000Z",
    });
  });

  it("shows the first pass of a repeated time as due and the second as skipped", () => {
    const config = { cron_expression: "30 1 * * *", ...NEW_YORK };
    const { occurrences, skipped } = previewOf("cron", config, "2026-11-01T00:00:00Z", 2);
    assert.deepEqual(
      occurrences.map(({ local, note }) => [local, note]),
      [
        ["2026-11-01T01:30:00-04:00", "dst_overlap"],
        ["2026-11-02T01:30:00-05:00", null],
      ],
    );
    assert.deepEqual(skipped, [
      { at: "2026-11-01T06:30:00.000Z", local: "2026-11-01T01:30:00-05:00", note: "dst_overlap" },
    ]);
    const both = previewOf("cron", { ...config, cron_expression: "30 * * * *" }, "2026-11-01T05:00:00Z", 3);
    assert.deepEqual(
      both.occurrences.map(({ note }) => note),
      ["dst_overlap", "dst_overlap", null],
    );
    assert.deepEqual(both.skipped, []);
  });

  it("lays an interval's grid from its creation or its anchor", () => {
    const at = (config: object, count = 2) =>
      previewOf("interval", { interval_seconds: 60, ...config }, "2026-05-04T10:00:30.250Z", count);
    const times = (config: object) => at(config).occurrences.map((one) => one.at.slice(11));
    assert.deepEqual(times({}), ["10:01:30.250Z", "10:02:30.250Z"]);
    assert.deepEqual(times({ start_immediately: true }), ["10:00:30.250Z", "10:01:30.250Z"]);
    assert.deepEqual(times({ anchor_at: "2020-01-01T00:00:00Z" }), ["10:01:00.000Z", "10:02:00.000Z"]);
    assert.equal(at({}).occurrences[0]?.local, "2026-05-04T10:01:30.250+00:00");
  });

  it("ends with the schedule: after max_executions, at end_at, after a century, with the year 9999", () => {
    const daily = { cron_expression: "@daily" };
    const from = "2026-05-04T10:00:00Z";
    const limited = previewOf("cron", { ...daily, max_executions: 3 }, from, 10);
    assert.equal(limited.occurrences.length, 3);
    assert.equal(limited.through, "2026-05-07T00:00:00.000Z");
    const bounded = previewOf("cron", { ...daily, end_at: "2026-05-06T12:00:00Z" }, from, 10);
    assert.equal(bounded.occurrences.length, 2);
    assert.equal(bounded.through, "2026-05-06T12:00:00.000Z");
    const rare = { cron_expression: "0 0 29 2 *", ...NEW_YORK };
    const century = previewOf("cron", rare, from, 1000);
    assert.equal(century.occurrences.length, 24, "2100 has no February 29th");
    assert.equal(century.through, "2126-05-04T10:00:00.000Z");
    const last = previewOf("cron", rare, "9990-01-01T00:00:00Z", 1000);
    assert.deepEqual(
      last.occurrences.map(({ local }) => local),
      ["9992-02-29T00:00:00-05:00", "9996-02-29T00:00:00-05:00"],
    );
    assert.equal(last.through, "9999-12-31T00:00:00.000Z");
    const beyond = previewOf("cron", daily, "9999-12-31T12:00:00Z", 5);
    assert.deepEqual(beyond, { occurrences: [], skipped: [], through: "9999-12-31T12:00:00.000Z" });
  });

  it("lists no more than 1,000 skipped times", () => {
    const config = { cron_expression: "0-59 0-59 2 * 3 SUN#2", ...NEW_YORK, dst: "skip" };
    const config2 = { ...config, cron_expression: "0-59 0-59 2 8 3 *" };
    assert.equal(previewOf("cron", config2, "2026-01-01T00:00:00Z", 1).skipped.length, 1000);
    assert.throws(
      () => previewOf("cron", config, "2026-01-01T00:00:00Z", 1),
      (error) => error instanceof AppError && error.code === "cron_never_fires",
    );
  });

  it("refuses a draft that could never be due", () => {
    assert.throws(
      () =>
        previewOf(
          "cron",
          { cron_expression: "@yearly", end_at: "2026-06-01T00:00:00Z" },
          "2026-05-04T10:00:00Z",
          1,
        ),
      (error) => error instanceof AppError && error.code === "contradictory_bounds",
    );
  });
});
