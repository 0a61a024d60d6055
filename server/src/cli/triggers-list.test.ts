import assert from "node:assert/strict";
import { test } from "node:test";

import type { ClusterTrigger } from "#contract/triggers.ts";
import { showSchedule, triggersTable } from "./triggers-list.ts";

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

test("a trigger is listed beside the name of its cluster, or its id if the name is not known", () => {
  const trigger = (trigger_id: string, cluster_id: string) =>
    ({
      ...{ trigger_id, cluster_id, trigger_type: "interval", schedule_config: { interval_seconds: 60 } },
      ...{ status: "active", execution_count: 0, last_triggered_at: null, next_scheduled_at: null },
    }) as unknown as ClusterTrigger;
  const lines = triggersTable(
    [trigger("trig_1", "clust_1"), trigger("trig_2", "clust_2")],
    new Map([["clust_1", "themes"]]),
  )
    .split("\n")
    .map((line) => line.split(/\s\s+/).slice(0, 3));
  assert.deepEqual(lines, [
    ["trigger", "cluster", "schedule"],
    ["trig_1", "themes", "every 60 s"],
    ["trig_2", "clust_2", "every 60 s"],
  ]);
});
