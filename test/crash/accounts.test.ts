import assert from "node:assert/strict";
import { after, before, it } from "node:test";

import { sql } from "kysely";

import type { Tx } from "../../server/src/db/database.ts";
import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { balance } from "./accounts.ts";
import { DAMAGES } from "./accounts/damages.ts";
import { createSmallWorld, type SmallWorld } from "./accounts/small-world.ts";
import { SentDocuments } from "./sent-documents.ts";

let test: TestDatabase;
let world: SmallWorld;
before(async () => {
  test = await createTestDatabase();
  world = await createSmallWorld(test.db);
});
after(async () => {
  await world.close();
  await test.close();
});

it("balances what the product left, which has some of everything", async () => {
  const { reasons, executions, lostAttempts, checks } = await balance(test.db.sql);
  for (const reason of [
    "on_time",
    "late",
    "catch_up",
    "overlap",
    "paused",
    "manual",
    "threshold_reached",
    "cooldown",
    "max_executions",
    "insufficient_data",
    "no_baseline",
    "condition_met",
    "below_threshold",
    "check_failed",
    "missed",
  ])
    assert.ok(reasons[reason], `${reason} in ${JSON.stringify(reasons)}`);
  for (const status of ["completed", "failed", "canceled"]) assert.ok(executions[status], status);
  assert.ok(lostAttempts > 0);
  assert.equal(checks, 7);
});

for (const [what, damage, says] of DAMAGES) {
  it(`notices that ${what}`, async () => {
    await damaged(damage, async (tx) => {
      await assert.rejects(balance(tx), says);
    });
  });
}

it("notices a document that is lost, and one that was never sent", async () => {
  const { sql: run } = test.db;
  const sent = new SentDocuments();
  for (let index = 0; index < 6; index++) sent.acknowledged.add(`d${index}`);
  await sent.check(run);
  sent.acknowledged.delete("d0");
  await assert.rejects(sent.check(run), /not sent/);
  sent.unanswered.add("d0").add("d6");
  await sent.check(run);
  sent.acknowledged.add("d7");
  await assert.rejects(sent.check(run), /every acknowledged/);
});

class Undo extends Error {}

/** Applies SQL, in which :names are ids of the world, and takes it back. */
async function damaged(damage: string, look: (tx: Tx) => Promise<void>): Promise<void> {
  const text = damage.replace(/:([a-z]+)/g, (_, name: keyof SmallWorld["ids"]) => `'${world.ids[name]}'`);
  const undone = test.db.transaction(async (tx) => {
    const { numAffectedRows } = await sql.raw(text).execute(tx);
    // A block does not say what it did.
    assert.ok(damage.startsWith("do ") || numAffectedRows! > 0n, "the damage is done");
    await look(tx);
    throw new Undo();
  });
  await assert.rejects(undone, Undo);
}
