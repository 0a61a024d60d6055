import assert from "node:assert/strict";

import { explain } from "../../server/src/triggers/decisions/explain.ts";
import { findTrigger } from "../../server/src/triggers/store.ts";
import { iso } from "./compare-worlds.ts";
import type { TwoWorlds } from "./live-a-life.ts";
import { dueBetween, MINUTE } from "./naive-instants.ts";
import type { NaiveRow, NaiveTrigger } from "./naive-state.ts";

/** As many decisions as an explanation shows. */
const MOST_DECISIONS = 20;

/** What an answer about a decision must say; not in which words. */
const FACTS: Readonly<Record<string, (row: NaiveRow) => string | RegExp>> = {
  on_time: () => /on time/,
  late: () => /late/,
  catch_up: ({ count }) => (count > 1 ? String(count) : /caught up|catch|missed|fired/),
  manual: () => /ada/,
  threshold_reached: () => /threshold/,
  overlap: ({ inTheWay }) => inTheWay!.id,
  missed: () => /did not fire/,
  paused: () => /paused/,
  trigger_failed: () => /failed/,
  disabled: () => /disabled/,
  cooldown: () => /cool/,
  outside_bounds: ({ first }) => iso(first - 1)!,
  max_executions: () => /executions/,
  condition_met: () => /volume_change was .*threshold/,
  no_baseline: () => /no completed run/,
  below_threshold: () => /volume_change/,
  insufficient_data: () => /needed/,
  check_failed: () => /its check failed: it broke/,
};

/** Asks about an instant: the end of a decision, the next one, or any; and holds the answer against the model. */
export async function probeExplain(worlds: TwoWorlds, trigger: NaiveTrigger, pick: number): Promise<void> {
  const { db, world } = worlds;
  const now = world.clock.instant;
  const rows = trigger.rows;
  const row = rows.length > 0 ? rows[pick % rows.length]! : null;
  const instants = [row?.first, row?.last, trigger.nextScheduled, row && row.last + 10 * MINUTE, now.getTime() + pick];
  for (const at of new Set(instants.filter((instant) => typeof instant === "number"))) {
    if (at < trigger.createdAt) continue;
    const stored = await findTrigger(db.sql, world.tenant.namespaceId, trigger.id);
    const answer = await explain(db.sql, stored, new Date(at), now);
    const decisions = answer.decisions.filter(({ reason }) => !/^dst_/.test(reason));
    const near = rows.filter(({ first, last }) => last >= at - MINUTE && first <= at + MINUTE);
    const where = `${iso(at)}: ${answer.text}`;
    if (near.length <= MOST_DECISIONS) {
      const told = decisions.map((one) => `${one.reason} ${one.first_due} ${one.last_due} ${one.count}`);
      const expected = near.map((one) => `${one.reason} ${iso(one.first)} ${iso(one.last)} ${one.count}`);
      assert.deepEqual(told.sort(), expected.sort(), where);
    }
    assert.ok(answer.text.includes(answer.due ?? iso(at)!) || answer.text.includes(iso(at)!), where);
    assert.equal(answer.next, iso(trigger.nextScheduled), where);
    const covering = near.filter(({ first, last, count }) => count > 0 && first <= at && at <= last);
    assert.ok(covering.length <= 1, where);
    if (covering[0]) checkDecision(covering[0], at, answer.due, answer.text);
    else if (near.length === 0) assert.equal(answer.due, iso(undecidedAround(trigger, at)), where);
    assert.doesNotMatch(answer.text, /undefined|unknown|NaN|null/, where);
  }
} // prettier-ignore

function checkDecision(row: NaiveRow, at: number, due: string | null, text: string): void {
  if (at === row.first || at === row.last) assert.equal(due, iso(at), text);
  const fact = FACTS[row.reason]!(row);
  if (typeof fact === "string") assert.ok(text.includes(fact), `${row.reason}: ${fact} in ${text}`);
  else assert.match(text, fact, row.reason);
  if (row.run) assert.ok(text.includes(row.run.id), `${row.run.id} in ${text}`);
}

/** The due instant to the minute that has no decision yet and is nearest to `at`. */
function undecidedAround(trigger: NaiveTrigger, at: number): number | null {
  if (trigger.status === "disabled" || trigger.isClosed) return null;
  if (trigger.type === "event") {
    const { waiting } = trigger;
    return waiting !== null && Math.abs(waiting - at) <= MINUTE ? waiting : null;
  }
  const after = Math.max(trigger.decidedThrough, at - MINUTE - 1);
  const around = dueBetween(trigger.instants, after, at + MINUTE);
  return around.toSorted((a, b) => Math.abs(a - at) - Math.abs(b - at) || a - b)[0] ?? null;
}
