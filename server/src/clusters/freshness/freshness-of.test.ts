import assert from "node:assert/strict";
import { it } from "node:test";

import { freshnessOf, type FreshnessRow } from "./freshness-of.ts";

const now = new Date("2026-03-01T12:00:00.000Z");
const computed: FreshnessRow = {
  now,
  completed_at: new Date("2026-03-01T11:00:00.900Z"),
  completed_run_id: "run_1",
  documents_since: 0,
  max_age_seconds: null,
  due: null,
};

it("says the first of what holds", () => {
  const cases: [Partial<FreshnessRow>, string][] = [
    [
      { completed_at: null, completed_run_id: null, documents_since: 5, max_age_seconds: 1 },
      "never_computed",
    ],
    [{ documents_since: 5, max_age_seconds: 3598 }, "too_old"],
    // It may become as old as that.
    [{ documents_since: 5, max_age_seconds: 3599 }, "behind"],
    [{ documents_since: 1 }, "behind"],
    [{ max_age_seconds: 3599 }, "fresh"],
    [{}, "fresh"],
  ];
  for (const [change, verdict] of cases) {
    assert.equal(freshnessOf({ ...computed, ...change }).verdict, verdict, JSON.stringify(change));
  }
});

it("counts whole seconds, and none that are not over for a run that ended ahead of this clock", () => {
  assert.equal(freshnessOf(computed).age_seconds, 3599);
  assert.equal(freshnessOf({ ...computed, completed_at: new Date("2026-03-01T12:00:05Z") }).age_seconds, 0);
});

it("is due when the first of its triggers is, and not at an instant at which one is only closed", () => {
  const trigger = (trigger_id: string, due_at: string, schedule_config = {}) => ({
    ...{ trigger_id, due_at, schedule_config },
  });
  const ends = { end_at: "2026-03-01T12:30:00Z" };
  const due = [
    trigger("trig_1", "2026-03-01T14:00:00+00:00"),
    trigger("trig_2", "2026-03-01T13:00:00+00:00"),
    trigger("trig_3", "2026-03-01T12:30:00.001+00:00", ends),
  ];
  assert.equal(freshnessOf({ ...computed, due }).next_due_at, "2026-03-01T13:00:00.000Z");
  assert.equal(freshnessOf({ ...computed, due: due.slice(2) }).next_due_at, null);
  assert.equal(freshnessOf(computed).next_due_at, null);
});
