import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterPlacement } from "#contract/placements.ts";
import { placementText } from "./placements.ts";

const nothing: ClusterPlacement = {
  ...{ state: "current", message: null, run_id: "run_1", placed: 0, unplaced: 0 },
  ...{ unplaced_share: null, settled: null },
};

test("what was not looked at yet is not called nothing", () => {
  assert.equal(placementText(nothing), "Nothing has come since run_1.");
  assert.equal(
    placementText({ ...nothing, state: "placing" }),
    "What has come since run_1 is being looked at.",
  );
  assert.equal(
    placementText({ ...nothing, state: "placing", run_id: null }),
    "What has come since the last run is being looked at.",
  );
});

test("placed documents are counted, and those before the last run compared with it", () => {
  const text = placementText({
    ...{ ...nothing, state: "placing", placed: 3, unplaced: 1, unplaced_share: 0.25 },
    settled: { run_id: "run_1", documents: 8, as_predicted: 6 },
  });
  assert.match(text, /^3 new documents have a predicted cluster of run_1, 1 \(25\.0 %\) belongs to none\. /);
  assert.match(text, / More are being placed\. Of 8 placed before run_1, it put 6 \(75\.0 %\) where/);
});
