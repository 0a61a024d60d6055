import assert from "node:assert/strict";
import { test } from "node:test";

import { clusterHistory, followHistory } from "./follow-history.ts";
import { plantHistory } from "./planted-history.ts";

test("of thirty runs with planted splits, merges, births and deaths the events are named and ids kept", async () => {
  const history = await plantHistory(1);
  assert.equal(history.runs.length, 30);
  const found = followHistory(await clusterHistory(history, 1));
  const shown = JSON.stringify(found);
  assert.ok(found.planted >= 25, shown);
  assert.ok(found.purity > 0.97, shown);
  assert.ok(found.named >= 0.95 * found.planted, shown);
  assert.ok(found.invented.length <= 0.05 * found.planted, shown);
  assert.ok(found.unchanged > 10_000, shown);
  assert.ok(found.kept >= 0.98 * found.unchanged, shown);
});
