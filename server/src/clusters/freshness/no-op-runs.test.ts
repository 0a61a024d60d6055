import assert from "node:assert/strict";
import { it } from "node:test";

import { noOpRuns } from "./no-op-runs.ts";

const DAY_MS = 86_400_000;

/** A run a day, told oldest first, given as the function takes them. */
function daily(...shares: number[]) {
  return shares
    .map((changedShare, day) => ({ endedAt: new Date(Date.UTC(2026, 0, 1) + day * DAY_MS), changedShare }))
    .reverse();
}

it("counts runs that changed under one percent, and says how seldom would have been enough", () => {
  // The fifth day adds up to 1.2 % with those before it, the eighth is large by itself.
  const found = noOpRuns(daily(0.5, 0.003, 0.003, 0.003, 0.003, 0.001, 0.001, 0.2));
  assert.deepEqual(found, {
    runs: 8,
    unchanged: 6,
    below: 0.01,
    enough_every_seconds: 3 * 86_400,
    sentence:
      "6 of the last 8 runs changed under 1 % of the documents; a run every 3 days would have been enough.",
  });
});

it("does not count what the oldest changed among what came after it", () => {
  const found = noOpRuns(daily(0.2, 0, 0))!;
  assert.equal(found.unchanged, 2);
  assert.match(found.sentence, /all that came after the oldest of them together changed less, so none/);
});

it("says that none was needed when all of them add up to less", () => {
  const found = noOpRuns(daily(0, 0.001, 0, 0.002))!;
  assert.equal(found.unchanged, 4);
  assert.equal(found.enough_every_seconds, 3 * 86_400);
  assert.match(found.sentence, /none was needed in 3 days/);
});

it("has no cadence to offer when every run was worth it, and nothing to say of few runs", () => {
  const found = noOpRuns(daily(0.1, 0.01, 0.4))!;
  assert.deepEqual([found.unchanged, found.enough_every_seconds], [0, null]);
  assert.match(found.sentence, /Each of the last 3 runs/);
  assert.equal(noOpRuns(daily(0, 0)), null);
  assert.equal(noOpRuns([]), null);
});
