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
  drift: null,
  recent: null,
};

const drift = (value: number | null, p_value: number | null) => ({
  ...{ trigger_id: "trig_1", metric: "embedding_drift", value, p_value, threshold: 0.05 },
  measured_at: "2026-03-01T11:30:00+00:00",
});

it("says the first of what holds", () => {
  const cases: [Partial<FreshnessRow>, string][] = [
    [
      { completed_at: null, completed_run_id: null, documents_since: 5, max_age_seconds: 1 },
      "never_computed",
    ],
    [{ documents_since: 5, max_age_seconds: 3598 }, "too_old"],
    // It may become as old as that.
    [{ documents_since: 5, max_age_seconds: 3599 }, "behind"],
    [{ documents_since: 5, drift: drift(0.05, 0.0002) }, "drifted"],
    [{ documents_since: 5, drift: drift(0.2, null) }, "drifted"],
    // Large by chance, small for sure, below its noise.
    [{ documents_since: 5, drift: drift(0.3, 0.001) }, "behind"],
    [{ documents_since: 5, drift: drift(0.049, 0.0002) }, "behind"],
    [{ drift: drift(null, null) }, "fresh"],
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

it("tells the newest drift, and whether the last runs were worth it", () => {
  const found = freshnessOf({ ...computed, drift: drift(0.031, 0.4) });
  assert.deepEqual([found.drift_since, found.drift?.measured_at], [0.031, "2026-03-01T11:30:00.000Z"]);
  const recent = [0, 2, 1].map((moved, day) => ({
    at: `2026-02-0${9 - day}T00:00:00+00:00`,
    documents: { shared: 90, added: 5, removed: 5, moved },
  }));
  assert.deepEqual([freshnessOf({ ...computed, recent }).no_op?.runs, found.no_op], [3, null]);
  assert.equal(freshnessOf({ ...computed, recent }).no_op?.unchanged, 0, "what came and went is a change");
  const none = recent.map((run) => ({ ...run, documents: { shared: 0, added: 0, removed: 0, moved: 0 } }));
  assert.equal(freshnessOf({ ...computed, recent: none }).no_op?.unchanged, 3);
});
