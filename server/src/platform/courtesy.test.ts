import assert from "node:assert/strict";
import { test } from "node:test";

import { Courtesy } from "./courtesy.ts";
import { sleep } from "./timers.ts";

async function workedFor(ms: number, giveWay: () => Promise<void>): Promise<number> {
  const until = performance.now() + ms;
  while (performance.now() < until);
  const began = performance.now();
  await giveWay();
  return performance.now() - began;
}

test("pauses for as long as it has worked while somebody asks, and at most for a moment", async () => {
  const courtesy = new Courtesy(1);
  const giveWay = courtesy.begin();
  let others = 0;
  const waiting = setInterval(() => others++, 5);
  await workedFor(40, giveWay);
  assert.ok(others <= 2, "alone it goes on at the next turn");
  others = 0;
  courtesy.asked();
  assert.ok((await workedFor(40, giveWay)) >= 39);
  assert.ok(others >= 1, "others had their turns");
  clearInterval(waiting);
  const slow = courtesy.begin();
  await sleep(2_000);
  courtesy.asked();
  const paused = await workedFor(0, slow);
  assert.ok(paused >= 199 && paused < 1_900, `a slow step is no reason to stand still: ${paused}`);
});
