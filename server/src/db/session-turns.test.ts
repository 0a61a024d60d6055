import assert from "node:assert/strict";
import { test } from "node:test";

import { nextTurn } from "../platform/timers.ts";
import { SessionTurns, type SessionUse } from "./session-turns.ts";

/** The order in which they had their turns, all of them waiting when the first one's ended. */
async function orderOf(uses: readonly SessionUse[]): Promise<string[]> {
  const turns = new SessionTurns();
  const order: string[] = [];
  let holders = 0;
  const release = await turns.take("transaction");
  const all = uses.map(async (use, i) => {
    const end = await turns.take(use);
    assert.equal(++holders, 1, "two have a turn at once");
    order.push(`${use[0]}${i}`);
    await nextTurn();
    holders--;
    end();
  });
  release();
  await Promise.all(all);
  return order;
}

test("statements go before transactions, like among like in the order they came", async () => {
  const order = await orderOf(["transaction", "statement", "transaction", "statement"]);
  assert.deepEqual(order, ["s1", "s3", "t0", "t2"]);
});

test("a transaction lets sixteen statements pass, and the next one sixteen more", async () => {
  const uses = (["transaction", "transaction"] as SessionUse[]).concat(new Array(40).fill("statement"));
  const order = await orderOf(uses);
  assert.deepEqual([order.indexOf("t0"), order.indexOf("t1")], [16, 33]);
  assert.equal(order.length, 42);
});

test("who asks again on an answer goes before a transaction that waits meanwhile, sixteen times", async () => {
  const turns = new SessionTurns();
  const order: string[] = [];
  const end = await turns.take("statement");
  const transaction = turns.take("transaction").then((free) => {
    order.push("t");
    free();
  });
  const reader = (async () => {
    end();
    for (let i = 0; i < 20; i++) {
      const free = await turns.take("statement");
      order.push("s");
      await nextTurn();
      free();
    }
  })();
  await Promise.all([reader, transaction]);
  assert.equal(order.indexOf("t"), 16);
  assert.equal(order.length, 21);
});

test("an idle session is given at once, again and again", async () => {
  const turns = new SessionTurns();
  for (let i = 0; i < 3; i++) (await turns.take("statement"))();
  const end = await turns.take("transaction");
  let isTaken = false;
  const second = turns.take("statement").then((free) => {
    isTaken = true;
    free();
  });
  await nextTurn();
  assert.equal(isTaken, false);
  end();
  await second;
});
