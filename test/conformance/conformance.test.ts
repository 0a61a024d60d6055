import assert from "node:assert/strict";
import { test } from "node:test";

import { assertConforms, assertSeedShape, covered } from "./conformance.ts";

const HISTORY = "/v1/clusters/triggers/{trigger_id}/history";
const page = { trigger_id: "trig_1", executions: [], total: 0, offset: 0, limit: 50 };

test("an answer of the right shape passes both, and is counted as covered", () => {
  assertConforms("POST", HISTORY, 200, page);
  assertSeedShape(200, page);
  assertSeedShape(404, {
    success: false,
    status: 404,
    error: { message: "m", type: "t", code: "not_found" },
  });
  assert.match(covered(), /^POST \/v1\/clusters\/triggers\/\{trigger_id\}\/history: 200$/m);
  assert.match(covered(), /^GET \/v1\/tasks\/\{task_id\}: -$/m);
});

test("a wrong type, a missing field, a bad instant and an unknown status are refused", () => {
  const item = { job_id: "run_1", triggered_at: "yesterday", status: "pending" };
  assert.throws(() => assertSeedShape(200, { ...page, total: "0" }), /total must be integer/);
  assert.throws(() => assertSeedShape(200, { ...page, limit: undefined }), /limit/);
  assert.throws(() => assertSeedShape(200, { ...page, executions: [item] }), /triggered_at.*date-time/);
  assert.throws(() => assertSeedShape(201, page), /has no POST/);
  assert.throws(() => assertConforms("GET", "/v1/nothing", 200, {}), /has no GET/);
});
