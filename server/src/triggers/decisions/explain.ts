import { sql } from "kysely";

import type { Explanation, StateChange } from "#contract/decisions.ts";
import type { Sql } from "../../db/database.ts";
import type { TriggerStatus } from "../../db/tables.ts";
import { addMs } from "../../platform/clock.ts";
import { nextDueInstant, spanOf } from "../due-instants/due-instants.ts";
import { nextScheduledAt } from "../next-scheduled-at.ts";
import { readTriggerState, type TriggerRow } from "../trigger-state.ts";
import { toDecision, type StoredDecision } from "./list-decisions.ts";
import { checkAt } from "./check-at.ts";
import { countedAt } from "./counted-at.ts";
import { tell, type Findings } from "./tell.ts";

/** "At 09:00" is meant to the minute, while instants have milliseconds. */
const AROUND_MS = 60_000;
const MOST_DECISIONS = 20;
const MOST_CHANGES = 20;

export interface StoredChange {
  readonly at: Date;
  readonly actor: string;
  readonly change: string;
  readonly from_status: TriggerStatus | null;
  readonly to_status: TriggerStatus | null;
  readonly details: Record<string, unknown>;
}

/** Whether the trigger fired at `at` (to the minute), and why or why not, from what is on record. */
export async function explain(run: Sql, trigger: TriggerRow, at: Date, now: Date): Promise<Explanation> {
  const from = addMs(at, -AROUND_MS);
  const to = addMs(at, AROUND_MS);
  const decisions = await decisionsAround(run, trigger.trigger_id, from, to, at);
  const changes = await changesAround(run, trigger.trigger_id, from, to);
  const covering = decisions.filter((row) => distance(row, at) === 0);
  const undecided = covering.length > 0 ? null : undecidedDue(trigger, from, to, at);
  // Of what lies in that minute the nearest is meant, decided or not.
  const isNearer =
    undecided !== null &&
    (!decisions[0] || Math.abs(undecided.getTime() - at.getTime()) < distance(decisions[0], at));
  const subject = isNearer
    ? null
    : (covering.find((row) => row.count > 0) ??
      decisions[0] ??
      (await skippedByTheClock(run, trigger.trigger_id, at)));
  const due = subject ? dueOf(subject, at) : undecided;
  const findings: Findings = {
    trigger,
    at,
    now,
    subject,
    due,
    check: subject && due ? await checkAt(run, trigger.trigger_id, due) : null,
    counted: covering.length > 0 ? null : await countedAt(run, trigger, at),
    changes,
    before: await neighbour(run, trigger.trigger_id, at),
    next: nextScheduledAt(trigger),
  };
  return {
    text: tell(findings),
    due: due?.toISOString() ?? null,
    decisions: decisions.map(toDecision),
    state_changes: changes.map(toChange),
    next: findings.next?.toISOString() ?? null,
  };
}

/** The decisions whose span touches the time around, nearest first. */
async function decisionsAround(
  run: Sql,
  triggerId: string,
  from: Date,
  to: Date,
  at: Date,
): Promise<StoredDecision[]> {
  // Nearest by the span's end on either side; a long span that holds the instant ends after it.
  const side = (condition: ReturnType<typeof sql>, order: ReturnType<typeof sql>) =>
    sql<StoredDecision>`
    select * from decisions
    where trigger_id = ${triggerId} and last_due >= ${from} and first_due <= ${to} and ${condition}
    order by last_due ${order}, decision_id ${order} limit ${MOST_DECISIONS}`.execute(run);
  const [later, earlier] = [
    await side(sql`last_due >= ${at}`, sql`asc`),
    await side(sql`last_due < ${at}`, sql`desc`),
  ];
  return [...later.rows, ...earlier.rows]
    .toSorted((a, b) => distance(a, at) - distance(b, at))
    .slice(0, MOST_DECISIONS);
}

function distance({ first_due, last_due }: StoredDecision, at: Date): number {
  return Math.max(first_due.getTime() - at.getTime(), at.getTime() - last_due.getTime(), 0);
}

/** The due instant of a decision that is nearest to `at`; for a span, the end on that side; null for a mark. */
function dueOf(row: StoredDecision, at: Date): Date | null {
  if (row.count === 0) return null;
  if (row.first_due.getTime() === row.last_due.getTime()) return row.last_due;
  const toFirst = Math.abs(row.first_due.getTime() - at.getTime());
  const toLast = Math.abs(row.last_due.getTime() - at.getTime());
  return toFirst < toLast ? row.first_due : row.last_due;
}

/** No clock has gone forward by more than three hours at once in this century. */
const LONGEST_GAP_MS = 3 * 3_600_000;

/**
 * The mark of a local time that the clock skipped, asked for by the instant it would have been: "02:30" of a night
 * that has none is written down at the first instant after the gap.
 */
async function skippedByTheClock(run: Sql, triggerId: string, at: Date): Promise<StoredDecision | null> {
  const { rows } = await sql<StoredDecision>`
    select * from decisions
    where trigger_id = ${triggerId} and reason = 'dst_gap' and last_due > ${addMs(at, -LONGEST_GAP_MS)} and last_due <= ${at}
    order by last_due desc limit 1`.execute(run);
  const [row] = rows;
  const { local_times = [], offset_before = "" } = (row?.evidence ?? {}) as {
    local_times?: string[];
    offset_before?: string;
  };
  const asked = local_times.some(
    (local) => Math.abs(Date.parse(`${local}${offset_before}`) - at.getTime()) <= AROUND_MS,
  );
  return row && asked ? row : null;
}

/** The due instant nearest to `at` that is not decided: to come, or due while the trigger is paused or failed. */
function undecidedDue(trigger: TriggerRow, from: Date, to: Date, at: Date): Date | null {
  if (trigger.closed_at !== null || trigger.status === "disabled" || to < trigger.created_at) return null;
  const state = readTriggerState(trigger);
  if (state.schedule.kind === "event") {
    const next = trigger.next_due_at;
    return next !== null && next >= from && next <= to ? next : null;
  }
  const after = state.progress.decidedThrough > from ? state.progress.decidedThrough : addMs(from, -1);
  const before = spanOf(state.schedule, after, at)?.last ?? null;
  const next = nextDueInstant(state.schedule, at > after ? at : after);
  if (next === null || next > to) return before;
  if (before === null) return next;
  return at.getTime() - before.getTime() <= next.getTime() - at.getTime() ? before : next;
}

/** The change in force before that time and those in it, oldest first. */
async function changesAround(run: Sql, triggerId: string, from: Date, to: Date): Promise<StoredChange[]> {
  const { rows } = await sql<StoredChange>`
    (select at, actor, change, from_status, to_status, details from trigger_changes
     where trigger_id = ${triggerId} and at < ${from} order by at desc limit 1)
    union all
    (select at, actor, change, from_status, to_status, details from trigger_changes
     where trigger_id = ${triggerId} and at between ${from} and ${to} order by at limit ${MOST_CHANGES})
    order by at`.execute(run);
  return rows;
}

/** The last decision about due instants before `at`. */
async function neighbour(run: Sql, triggerId: string, at: Date): Promise<StoredDecision | null> {
  const { rows } = await sql<StoredDecision>`
    select * from decisions where trigger_id = ${triggerId} and last_due < ${at} and count > 0
    order by last_due desc, decision_id desc limit 1`.execute(run);
  return rows[0] ?? null;
}

function toChange(row: StoredChange): StateChange {
  return { ...row, at: row.at.toISOString() };
}
