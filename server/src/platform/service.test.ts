import assert from "node:assert/strict";
import { test } from "node:test";

import { systemClock } from "./clock.ts";
import { silentLogger } from "./logger.ts";
import { Loop } from "./service.ts";
import { TestSignals } from "./test-signals.ts";

function createLoop(runOnce: (signal: AbortSignal) => Promise<number>, retryMs = { first: 1, longest: 4 }) {
  const signals = new TestSignals();
  const loop = new Loop({
    name: "test",
    logger: silentLogger,
    signals,
    clock: systemClock,
    runOnce,
    retryMs,
  });
  return { loop, signals };
}
const FOREVER = 2 ** 40;

test("a round that throws is tried again and does not end the loop", async () => {
  let rounds = 0;
  const { loop, signals } = createLoop(() => {
    rounds++;
    return rounds < 4 ? Promise.reject(new Error(`round ${rounds}`)) : Promise.resolve(FOREVER);
  });
  const failures: unknown[] = [];
  signals.on("test.failed", (error) => failures.push((error as Error).message));
  const done = signals.next("test.round");
  await loop.start();
  await done;
  await loop.stop();
  assert.deepEqual(failures, ["round 1", "round 2", "round 3"]);
  assert.equal(rounds, 4);
});

test("the pause after failures doubles up to the longest, and a good round resets it", async () => {
  const pauses: number[] = [];
  let rounds = 0;
  const loop = new Loop({
    name: "test",
    logger: { error: ({ retryInMs }: { retryInMs: number }) => pauses.push(retryInMs) } as never,
    signals: new TestSignals(),
    clock: systemClock,
    retryMs: { first: 1, longest: 4 },
    runOnce: () => {
      rounds++;
      if (rounds === 5) return Promise.resolve(0);
      if (rounds === 7) void loop.stop();
      return Promise.reject(new Error("no"));
    },
  });
  await loop.start();
  await loop.stopped;
  assert.deepEqual(pauses, [1, 2, 4, 4, 1, 2]);
});

test("wake ends the sleep; a wake during a round makes the next one follow at once", async () => {
  let rounds = 0;
  const { loop, signals } = createLoop(() => {
    rounds++;
    if (rounds === 2) loop.wake();
    return Promise.resolve(FOREVER);
  });
  let seen = signals.next("test.round");
  await loop.start();
  await seen;
  seen = signals.next("test.round", () => rounds === 3);
  loop.wake();
  await seen;
  await loop.stop();
  assert.equal(rounds, 3);
});

test("a wake that comes before the failed round's pause does not turn retries into a spin", async () => {
  let rounds = 0;
  const { loop, signals } = createLoop(
    () => {
      rounds++;
      loop.wake();
      return rounds === 1 ? Promise.reject(new Error("away")) : Promise.resolve(FOREVER);
    },
    { first: 30, longest: 30 },
  );
  const begun = performance.now();
  const recovered = signals.next("test.round");
  await loop.start();
  await recovered;
  await loop.stop();
  assert.ok(performance.now() - begun >= 25, "the pause was kept");
});

test("stop waits for the round in hand, tells it, and starts no other", async () => {
  const { promise: inRound, resolve: entered } = Promise.withResolvers<void>();
  let finished = false;
  const { loop } = createLoop(async (signal) => {
    entered();
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    finished = true;
    return 0;
  });
  await loop.start();
  await inRound;
  await loop.stop();
  assert.equal(finished, true);
});

test("stop of a loop that never started, and twice, is nothing", async () => {
  const { loop } = createLoop(() => Promise.resolve(FOREVER));
  await loop.stop();
  await loop.start();
  await loop.stop();
  await loop.stop();
});
