import assert from "node:assert/strict";
import { after, before, test } from "node:test";

import fc from "fast-check";
import { sql } from "kysely";

import { createTestDatabase, type TestDatabase } from "../factories/database.ts";
import { life } from "./life-steps.ts";
import { liveALife } from "./live-a-life.ts";

/** How many lives: LIVES, or as many as a CI job has the time for. */
const LIVES = Number(process.env.LIVES ?? 80);
/** The default seed is fixed, so that CI lives the same lives each time; TEST_SEED gives others. */
const SEED = Number(process.env.TEST_SEED ?? 1);
/** The path that a failure prints beside its seed: only that life, as it was shrunk. */
const { LIFE_PATH } = process.env;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.close());

test("any life of triggers is decided as a naive model of the semantics decides it", async () => {
  const reasons = new Map<string, number>();
  const steps = new Map<string, number>();
  let lives = 0;
  const began = performance.now();
  await fc.assert(
    fc.asyncProperty(life, async (one) => {
      const { model, done } = await liveALife(database.db, one);
      lives++;
      for (const [step, times] of done) steps.set(step, (steps.get(step) ?? 0) + times);
      for (const { reason, count } of model.triggers.flatMap(({ rows }) => rows)) {
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
        reasons.set("instants", (reasons.get("instants") ?? 0) + count);
      }
      await sql`truncate namespaces, organizations cascade`.execute(database.db.sql);
    }),
    { numRuns: LIVES, seed: SEED, ...(LIFE_PATH === undefined ? {} : { path: LIFE_PATH }) },
  );
  console.log(`seed ${SEED}: ${lives} lives in ${Math.round((performance.now() - began) / 1000)} s`);
  console.log("steps", Object.fromEntries([...steps].toSorted()));
  console.log("decisions", Object.fromEntries([...reasons].toSorted()));
  for (const reason of [
    ...["on_time", "late", "catch_up", "manual", "threshold_reached", "overlap", "missed", "paused"],
    ...["trigger_failed", "disabled", "cooldown", "outside_bounds", "max_executions"],
    ...["condition_met", "no_baseline", "below_threshold", "insufficient_data", "check_failed"],
  ]) {
    assert.ok((reasons.get(reason) ?? 0) > 0, `no decision for ${reason} in ${lives} lives`);
  }
});
