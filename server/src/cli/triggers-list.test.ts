import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterTrigger } from "#contract/triggers.ts";
import { showSchedule } from "./triggers-list.ts";

test("every type of trigger says when it is due", () => {
  const shown = (trigger_type: ClusterTrigger["trigger_type"], schedule_config: Record<string, unknown>) =>
    showSchedule({ trigger_type, schedule_config, event_counter: 7 });
  assert.equal(shown("cron", { cron_expression: "0 3 * * *" }), "0 3 * * * UTC");
  assert.equal(shown("interval", { interval_seconds: 60 }), "every 60 s");
  assert.equal(
    shown("event", { event_type: "documents_added", event_threshold: 300 }),
    "7 of 300 documents added",
  );
  assert.equal(shown("conditional", { condition_type: "drift" }), "embedding_drift from 0.04, every 3600 s");
  assert.equal(
    shown("conditional", {
      condition_type: "quality",
      metric: "davies_bouldin_degradation",
      threshold: 0.3,
      check_interval_seconds: 60,
    }),
    "davies_bouldin_degradation from 0.3, every 60 s",
  );
  assert.equal(
    shown("conditional", { condition_type: "custom", threshold: 3 }),
    "webhook from 3, every 3600 s",
  );
});
