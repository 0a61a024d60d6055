import assert from "node:assert/strict";
import { test } from "node:test";

import { takeTokens, type RateBucket } from "./rate-bucket.ts";

const START = new Date("2026-05-01T12:00:00Z");
const at = (seconds: number) => new Date(START.getTime() + seconds * 1000);

test("a bucket holds a second's worth, goes into debt by one write, and says when it is out of it", () => {
  let bucket: RateBucket | undefined;
  const steps: [seconds: number, documents: number, wait: number | null, tokens: number][] = [
    [0, 4, null, 6],
    [0, 5, null, 1],
    [0, 1000, null, -999],
    [0, 1, 100, -999],
    [99.85, 1, 1, -999],
    [99.95, 1, null, -0.5],
    [99.95, 1, 1, -0.5],
    [101.95, 10, null, 0],
    [101.95, 1, 1, 0],
    // Full after a long rest, with a second's worth and no more.
    [999, 1, null, 9],
    // A clock that was set back fills nothing and takes nothing.
    [500, 1, null, 8],
  ];
  for (const [seconds, documents, wait, tokens] of steps) {
    const taken = takeTokens(bucket, 10, documents, at(seconds));
    assert.equal(taken.passes ? null : taken.retryAfterSeconds, wait, `at ${seconds}`);
    if (taken.passes) bucket = taken.bucket;
    assert.ok(Math.abs(bucket!.tokens - tokens) < 1e-9, `at ${seconds}: ${bucket!.tokens}`);
  }
});

test("whoever waits as told passes, and over a long time the rate is kept", () => {
  let bucket: RateBucket | undefined;
  let seconds = 0;
  let written = 0;
  for (let write = 0; write < 500; write++) {
    const documents = 1 + ((write * 37) % 91);
    const taken = takeTokens(bucket, 7, documents, at(seconds));
    if (!taken.passes) {
      seconds += taken.retryAfterSeconds;
      const next = takeTokens(bucket, 7, documents, at(seconds));
      assert.ok(next.passes);
      bucket = next.bucket;
    } else bucket = taken.bucket;
    written += documents;
    assert.ok(written <= 7 * (seconds + 1) + 91);
  }
  assert.ok(seconds <= written / 7 + 500);
});
