import assert from "node:assert/strict";

import { sql } from "kysely";

import type { Sql } from "../../../server/src/db/database.ts";
import type { Ledger, LedgerDecision, LedgerExecution, LedgerTrigger } from "./ledger.ts";

const COUNTED = {
  documents_added: "added",
  documents_updated: "updated",
  batch_completed: "batches",
} as const;

interface LogEvent {
  readonly collection_id: string;
  readonly seq: number;
  readonly committed_at: Date;
  readonly added: number;
  readonly updated: number;
  readonly batches: number;
}

/**
 * The runs of an event trigger consume its collections' logs piece by piece: each begins where the one before ended,
 * or, where that failed and gave its events back, where it had begun. What is behind the last is the counter.
 */
export async function checkConsumption(run: Sql, ledger: Ledger): Promise<void> {
  const { rows: log } = await sql<LogEvent>`
    select collection_id, seq, committed_at, added, updated, batches from document_events
    order by collection_id, seq`.execute(run);
  const { rows: positions } = await sql<{ trigger_id: string; collection_id: string; seq: number }>`
    select trigger_id, collection_id, seq from trigger_positions`.execute(run);
  const logs = Map.groupBy(log, (event) => event.collection_id);
  const positionsOf = Map.groupBy(positions, (position) => position.trigger_id);
  const runsOf = Map.groupBy(ledger.executions, (execution) => execution.trigger_id);
  const decisionOf = new Map(ledger.decisions.map((decision) => [decision.run_id, decision]));
  for (const trigger of ledger.triggers) {
    const runs = runsOf.get(trigger.trigger_id) ?? [];
    if (trigger.trigger_type === "event")
      checkOne(trigger, runs, positionsOf.get(trigger.trigger_id) ?? [], logs, decisionOf);
    else for (const { run_id, consumed } of runs) assert.equal(consumed, null, `${run_id} consumes nothing`);
  }
}

function checkOne(
  trigger: LedgerTrigger,
  runs: readonly LedgerExecution[],
  positions: readonly { readonly collection_id: string; readonly seq: number }[],
  logs: ReadonlyMap<string, readonly LogEvent[]>,
  decisionOf: ReadonlyMap<string | null, LedgerDecision>,
): void {
  const { trigger_id: id, schedule_config: config } = trigger;
  const counted = COUNTED[config.event_type as keyof typeof COUNTED];
  const amount = (collection: string, from: number, to: number) =>
    (logs.get(collection) ?? []).slice(from, to).reduce((sum, event) => sum + event[counted], 0);
  const at = new Map(
    positions.map(({ collection_id }) => {
      const before = (logs.get(collection_id) ?? []).filter(
        (event) => event.committed_at <= trigger.created_at,
      );
      return [collection_id, before.length];
    }),
  );
  for (const run of runs) {
    if (run.due_at === null) {
      assert.equal(run.consumed, null, `${run.run_id} was asked for and consumes nothing`);
      continue;
    }
    assert.ok(run.consumed, `${run.run_id} of ${id} consumed events`);
    let sum = 0;
    for (const { collection_id, from_seq, to_seq, from_totals } of run.consumed.positions) {
      const expected = at.get(collection_id);
      const name = `${run.run_id} of ${id} in ${collection_id}`;
      assert.ok(
        from_seq === expected && to_seq > from_seq,
        `${name} consumed (${from_seq}, ${to_seq}] from ${expected}`,
      );
      assert.equal(
        from_totals[counted],
        amount(collection_id, 0, from_seq),
        `the totals where ${name} begins`,
      );
      sum += amount(collection_id, from_seq, to_seq);
      at.set(collection_id, gaveBack(run, runs) ? from_seq : to_seq);
    }
    const { count } = decisionOf.get(run.run_id)!.evidence;
    assert.equal(count, sum, `${run.run_id} of ${id} consumed what its decision says`);
  }
  for (const { collection_id, seq } of positions)
    assert.equal(seq, at.get(collection_id), `the position of ${id} in ${collection_id}`);
  if (trigger.status === "disabled") return;
  const behind = positions.reduce(
    (sum, { collection_id, seq }) => sum + amount(collection_id, seq, Infinity),
    0,
  );
  assert.equal(trigger.event_counter, behind, `event_counter of ${id}`);
}

/** A failed run gives back, unless a later one had completed by then. */
function gaveBack(run: LedgerExecution, runs: readonly LedgerExecution[]): boolean {
  const isLater = (other: LedgerExecution) =>
    other.trigger_ordinal! > run.trigger_ordinal! &&
    other.status === "completed" &&
    other.ended_at! <= run.ended_at!;
  return run.status === "failed" && !runs.some(isLater);
}
