import { sql } from "kysely";

import type { Database, Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";
import type { DocumentsCommitted, OnDocumentsCommitted } from "../documents/hooks.ts";
import { decideAt } from "./decide-at.ts";
import { dueFrom } from "./decide-event.ts";
import type { TriggersDeps } from "./deps.ts";
import { countBehind, readWatchedLogs } from "./positions.ts";
import type { EventSchedule } from "./read-schedule.ts";
import { lockEventTriggersOf } from "./store.ts";
import { readTriggerState, type TriggerRow, type TriggerState } from "./trigger-state.ts";

/**
 * Counts a committed write for the event triggers that watch its collection, in the transaction of that write, so
 * that a counter is the sum of the log behind the trigger's positions at every moment. The commit that reaches a
 * threshold makes its trigger due.
 */
export function createDocumentsHook({ db, logger }: TriggersDeps): OnDocumentsCommitted {
  return async (tx, event) => {
    const counted: Counted[] = [];
    for (const row of await lockEventTriggersOf(tx, event.collectionId)) {
      try {
        const next = count(row, event);
        if (next) counted.push(next);
      } catch (error) {
        // Documents are not refused because of a trigger; settling reads the true counter from the log.
        logger.error({ err: error, trigger: row.trigger_id }, "a trigger's settings could not be read");
      }
    }
    await saveCounters(db, tx, counted);
  };
}

interface Counted {
  readonly trigger_id: string;
  readonly event_counter: number;
  readonly next_due_at: Date | null;
  readonly decide_at: Date | null;
  /** Whether it became due by this. */
  readonly is_due: boolean;
}

function count(row: TriggerRow, event: DocumentsCommitted): Counted | undefined {
  const state = readTriggerState(row);
  if (state.schedule.kind !== "event") return undefined;
  const more = amountOf(state.schedule, event);
  if (more === 0) return undefined;
  const before = state.progress.eventCounter;
  const eventCounter = before + more;
  // Above the threshold already: it is due, or waits for the run that is in its way.
  const crosses = before < state.schedule.threshold && eventCounter >= state.schedule.threshold;
  return counted(row, state, eventCounter, crosses ? event.committedAt : null);
}

function amountOf({ eventType }: EventSchedule, event: DocumentsCommitted): number {
  switch (eventType) {
    case "documents_added":
      return event.added;
    case "documents_updated":
      return event.updated;
    case "batch_completed":
      return event.batches;
  }
}

/** A trigger with another counter; with `dueAt` it is due then if the counter suffices. */
export function counted(
  row: TriggerRow,
  state: TriggerState,
  eventCounter: number,
  dueAt: Date | null,
): Counted {
  const progress = { ...state.progress, eventCounter };
  const next =
    dueAt !== null && state.schedule.kind === "event"
      ? dueFrom(state.schedule, progress, dueAt)
      : row.next_due_at;
  return {
    trigger_id: row.trigger_id,
    event_counter: eventCounter,
    next_due_at: next,
    decide_at: decideAt({ ...state, progress: { ...progress, nextDueAt: next } }),
    is_due: next?.getTime() !== row.next_due_at?.getTime(),
  };
}

export async function saveCounters(db: Database, tx: Tx, rows: readonly Counted[]): Promise<void> {
  if (rows.length === 0) return;
  const columns = "trigger_id text, event_counter bigint, next_due_at timestamptz, decide_at timestamptz";
  await sql`
    update triggers t set event_counter = saved.event_counter, next_due_at = saved.next_due_at,
      decide_at = saved.decide_at
    from (select * from ${rowsOf(rows, columns)}) as saved
    where t.trigger_id = saved.trigger_id and t.trigger_id = any(${rows.map((row) => row.trigger_id)}::text[])`.execute(
    tx,
  );
  if (rows.some((row) => row.is_due)) db.wakeAfterCommit(tx, "triggers");
}

/**
 * To be called before a collection is deleted, in that transaction: its documents no longer count. The caller holds
 * the collection's row.
 */
export function createCollectionDeletedHook({
  db,
}: TriggersDeps): (tx: Tx, collectionId: string) => Promise<void> {
  return async (tx, collectionId) => {
    const rows = await lockEventTriggersOf(tx, collectionId);
    const ids = rows.map((row) => row.trigger_id);
    await sql`delete from trigger_positions where collection_id = ${collectionId}`.execute(tx);
    const logs = await readWatchedLogs(tx, ids);
    const recounted = rows.flatMap((row) => {
      const state = readTriggerState(row);
      if (state.schedule.kind !== "event") return [];
      return [
        counted(row, state, countBehind(state.schedule.eventType, logs.get(row.trigger_id) ?? []), null),
      ];
    });
    await saveCounters(db, tx, recounted);
  };
}
