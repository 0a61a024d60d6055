import assert from "node:assert/strict";

import { expectedInstants } from "./expected-instants.ts";
import type { Ledger, LedgerDecision, LedgerTrigger } from "./ledger.ts";

/** Rows that stand beside the rule: what somebody asked for, what the clock change made of an instant, the end. */
const MARKS = new Set(["manual", "dst_gap", "dst_overlap", "outside_bounds", "max_executions", "disabled"]);

/**
 * Every due instant up to `decided_through` lies in exactly one decision. Returns how many instants of interval,
 * cron and conditional triggers there were.
 */
export function checkDueInstants({ triggers, decisions }: Ledger): number {
  const byTrigger = Map.groupBy(decisions, (decision) => decision.trigger_id);
  let instants = 0;
  for (const trigger of triggers) {
    const rows = byTrigger.get(trigger.trigger_id) ?? [];
    for (const row of rows) checkShape(row);
    const spans = rows.filter((row) => row.count > 0);
    if (trigger.trigger_type === "event") checkApart(trigger, spans);
    else instants += checkPartition(trigger, spans, endOf(trigger, rows));
  }
  const known = new Set(triggers.map((trigger) => trigger.trigger_id));
  const strangers = decisions.filter((decision) => !known.has(decision.trigger_id));
  assert.deepEqual(strangers, [], "each decision belongs to a trigger");
  return instants;
}

function checkShape(row: LedgerDecision): void {
  const name = `decision ${row.decision_id} (${row.reason})`;
  if (row.count === 0) assert.ok(MARKS.has(row.reason), `${name} covers no instant but is no mark`);
  else assert.ok(!MARKS.has(row.reason), `${name} is a mark but covers ${row.count} instants`);
  assert.ok(row.count >= 0 && row.first_due <= row.last_due, `${name} has a span of ${row.count} instants`);
  if (row.count <= 1) assert.deepEqual(row.first_due, row.last_due, `${name} spans more than its instant`);
}

/** An event trigger's instants follow from what was committed when; that none is decided twice can be told. */
function checkApart(trigger: LedgerTrigger, spans: readonly LedgerDecision[]): void {
  for (const [index, span] of spans.entries()) {
    const before = spans[index - 1];
    assert.ok(
      before === undefined || before.last_due < span.first_due,
      `an instant of ${trigger.trigger_id} lies in two decisions: ${JSON.stringify([before, span])}`,
    );
    assert.ok(
      span.last_due <= trigger.decided_through,
      `${trigger.trigger_id} has a decision behind decided_through: ${JSON.stringify(span)}`,
    );
  }
}

/** The spans, in order, are exactly the instants, in order: no gap, no overlap, counts equal. */
function checkPartition(trigger: LedgerTrigger, spans: readonly LedgerDecision[], end: Date): number {
  const instants = expectedInstants(trigger, end);
  const fail = (what: string, span: LedgerDecision | undefined, at: number) =>
    assert.fail(
      `${what} of ${trigger.trigger_id} ${JSON.stringify(trigger.schedule_config)}: expected the instant ` +
        `${iso(instants[at])}, there is ${JSON.stringify(span ?? null)}`,
    );
  let next = 0;
  for (const span of spans) {
    if (instants[next] !== span.first_due.getTime())
      fail("an instant is not decided exactly once", span, next);
    next += span.count;
    if (instants[next - 1] !== span.last_due.getTime()) fail("a span miscounts the instants", span, next - 1);
  }
  if (next !== instants.length) fail("an instant is not decided", undefined, next);
  return instants.length;
}

/** After the last of max_executions there are no due instants; the closing row says when that was. */
function endOf(trigger: LedgerTrigger, rows: readonly LedgerDecision[]): Date {
  const closings = rows.filter((row) => row.reason === "max_executions" || row.reason === "outside_bounds");
  assert.equal(closings.length, trigger.closed_at === null ? 0 : 1, `closing rows of ${trigger.trigger_id}`);
  const [closing] = closings;
  if (!closing) return trigger.decided_through;
  const { end_at, max_executions } = trigger.schedule_config;
  if (closing.reason === "outside_bounds") {
    assert.equal(closing.first_due.getTime(), Date.parse(String(end_at)) + 1, "closed right after its end");
    return trigger.decided_through;
  }
  assert.equal(trigger.scheduled_count, max_executions, `${trigger.trigger_id} ran as often as it may`);
  return closing.first_due;
}

function iso(ms: number | undefined): string {
  return ms === undefined ? "(none)" : new Date(ms).toISOString();
}
