import assert from "node:assert/strict";
import { it } from "node:test";

import { Turnstile } from "./turnstile.ts";

it("lets so many in at once, in order, and goes on behind one that throws", async () => {
  const turnstile = new Turnstile(2);
  const log: string[] = [];
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<void>());
  const works = gates.map(({ promise }, index) =>
    turnstile.pass(async () => {
      log.push(`in ${index}`);
      await promise;
      if (index === 0) throw new Error("broken");
    }),
  );
  const settled = Promise.allSettled(works);
  await Promise.resolve();
  assert.deepEqual(log, ["in 0", "in 1"]);
  gates[0]!.resolve();
  await assert.rejects(works[0]!, /broken/);
  assert.deepEqual(log, ["in 0", "in 1", "in 2"]);
  for (const gate of gates) gate.resolve();
  assert.deepEqual(
    (await settled).map(({ status }) => status),
    ["rejected", "fulfilled", "fulfilled", "fulfilled"],
  );
  assert.equal(await turnstile.pass(() => Promise.resolve(7)), 7);
});
