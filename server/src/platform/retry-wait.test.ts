import assert from "node:assert/strict";
import { it } from "node:test";

import { retryWaitMs } from "./retry-wait.ts";

const NOW = new Date("2026-11-22T10:00:00Z");
const wait = (headers: Record<string, string>, tried = 1) => retryWaitMs(new Headers(headers), tried, NOW);

it("waits as it is asked, in seconds, milliseconds or until an instant", () => {
  assert.equal(wait({ "retry-after": "7" }), 7_000);
  assert.equal(wait({ "retry-after": "0.25" }), 250);
  assert.equal(wait({ "retry-after": "20", "retry-after-ms": "15" }), 15);
  assert.equal(wait({ "retry-after": "Sun, 22 Nov 2026 10:01:30 GMT" }), 90_000);
  assert.equal(wait({ "retry-after": "Sun, 22 Nov 2026 09:00:00 GMT" }), 0);
});

it("waits longer each time when it is not told, up to half a minute", () => {
  const waits = [1, 2, 3, 7, 9].map((tried) => wait({}, tried));
  assert.deepEqual(waits, [500, 1_000, 2_000, 30_000, 30_000]);
  assert.equal(wait({ "retry-after": "soon" }), 500);
  assert.equal(retryWaitMs(undefined, 2, NOW), 1_000);
});
