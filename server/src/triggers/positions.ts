import { sql } from "kysely";

import type { Tx } from "../db/database.ts";
import { rowsOf } from "../db/json.ts";
import type { ConsumedEvents } from "../runs/enqueue.ts";
import type { EventSchedule } from "./read-schedule.ts";

export interface EventTotals {
  readonly added: number;
  readonly updated: number;
  readonly batches: number;
}

/** Where a trigger stands in the event log of one collection it watches, and where that log ends. */
export interface WatchedLog {
  readonly triggerId: string;
  readonly collectionId: string;
  readonly position: { readonly seq: number; readonly totals: EventTotals };
  readonly head: { readonly seq: number; readonly totals: EventTotals };
  /** When the first event behind the position and the last one were committed; null if there are none. */
  readonly firstAt: Date | null;
  readonly lastAt: Date | null;
}

const TOTAL_OF = {
  documents_added: "added",
  documents_updated: "updated",
  batch_completed: "batches",
} as const;

/**
 * The logs these triggers watch. The caller holds the triggers' rows: a write that is being committed adds to a
 * trigger's counter under that lock, so every event seen here is counted there and no other is.
 */
export async function readWatchedLogs(
  tx: Tx,
  triggerIds: readonly string[],
): Promise<Map<string, WatchedLog[]>> {
  const logs = new Map<string, WatchedLog[]>(triggerIds.map((id) => [id, []]));
  if (triggerIds.length === 0) return logs;
  const { rows } = await sql<{
    trigger_id: string; collection_id: string; seq: number; added: number; updated: number; batches: number;
    head_seq: number; head_added: number; head_updated: number; head_batches: number;
    first_at: Date | null; last_at: Date | null;
  }>`
    select p.trigger_id, p.collection_id, p.seq, p.total_added as added, p.total_updated as updated,
      p.total_batches as batches, c.event_seq as head_seq, c.total_added as head_added,
      c.total_updated as head_updated, c.total_batches as head_batches,
      (select committed_at from document_events e where e.collection_id = p.collection_id and e.seq = p.seq + 1) as first_at,
      (select committed_at from document_events e
       where e.collection_id = p.collection_id and e.seq = c.event_seq and c.event_seq > p.seq) as last_at
    from trigger_positions p join collections c using (collection_id)
    where p.trigger_id = any(${triggerIds})
    order by p.trigger_id, p.collection_id`.execute(tx); // prettier-ignore
  for (const row of rows) {
    logs.get(row.trigger_id)!.push({
      triggerId: row.trigger_id,
      collectionId: row.collection_id,
      position: { seq: row.seq, totals: { added: row.added, updated: row.updated, batches: row.batches } },
      head: {
        seq: row.head_seq,
        totals: { added: row.head_added, updated: row.head_updated, batches: row.head_batches },
      },
      firstAt: row.first_at,
      lastAt: row.last_at,
    });
  }
  return logs;
}

/** How much of what the trigger counts lies behind its positions. */
export function countBehind(eventType: EventSchedule["eventType"], logs: readonly WatchedLog[]): number {
  const total = TOTAL_OF[eventType];
  return logs.reduce((sum, { head, position }) => sum + head.totals[total] - position.totals[total], 0);
}

/** What a firing takes: everything up to the heads. With the totals, it can be given back without the log's rows. */
export function consume(logs: readonly WatchedLog[]): ConsumedEvents {
  return {
    positions: logs
      .filter(({ head, position }) => head.seq > position.seq)
      .map(({ collectionId, head, position }) => ({
        collection_id: collectionId,
        from_seq: position.seq,
        to_seq: head.seq,
        from_totals: position.totals,
      })),
  };
}

/** Moves triggers to the heads of all logs they watch. */
export async function moveToHeads(tx: Tx, logs: readonly WatchedLog[]): Promise<void> {
  await move(
    tx,
    logs.map(({ triggerId, collectionId, head }) => ({ triggerId, collectionId, to: head })),
  );
}

/** Moves a trigger back to where it stood before a firing; a position that is further back already stays. */
export async function giveBack(tx: Tx, triggerId: string, consumed: ConsumedEvents): Promise<void> {
  await move(
    tx,
    consumed.positions.map(({ collection_id, from_seq, from_totals }) => ({
      triggerId,
      collectionId: collection_id,
      to: { seq: from_seq, totals: from_totals },
    })),
    sql`and p.seq > moved.seq`,
  );
}

interface Move {
  readonly triggerId: string;
  readonly collectionId: string;
  readonly to: WatchedLog["head"];
}

async function move(tx: Tx, moves: readonly Move[], onlyIf = sql``): Promise<void> {
  if (moves.length === 0) return;
  const rows = moves.map(({ triggerId, collectionId, to }) => ({
    trigger_id: triggerId,
    collection_id: collectionId,
    seq: to.seq,
    ...to.totals,
  }));
  const columns =
    "trigger_id text, collection_id text, seq bigint, added bigint, updated bigint, batches bigint";
  await sql`
    update trigger_positions p set seq = moved.seq, total_added = moved.added, total_updated = moved.updated,
      total_batches = moved.batches
    from (select * from ${rowsOf(rows, columns)}) as moved
    where p.trigger_id = moved.trigger_id and p.collection_id = moved.collection_id
      and p.trigger_id = any(${rows.map((row) => row.trigger_id)}::text[]) ${onlyIf}`.execute(tx);
}

/**
 * Makes the trigger watch exactly these collections, new ones from their heads on. The caller holds their rows
 * (`lockCollections`), before the trigger's: no document can come between reading a head and being counted from it.
 */
export async function watch(tx: Tx, triggerId: string, collectionIds: readonly string[]): Promise<void> {
  await sql`
    delete from trigger_positions where trigger_id = ${triggerId} and collection_id <> all(${collectionIds}::text[])`.execute(tx);
  await sql`
    insert into trigger_positions (trigger_id, collection_id, seq, total_added, total_updated, total_batches)
    select ${triggerId}, collection_id, event_seq, total_added, total_updated, total_batches
    from collections where collection_id = any(${collectionIds}::text[])
    on conflict do nothing`.execute(tx);
} // prettier-ignore

/** Holds back writes to these collections until the transaction ends; returns those there are in the namespace. */
export async function lockCollections(
  tx: Tx,
  namespaceId: string,
  collectionIds: readonly string[],
): Promise<string[]> {
  const { rows } = await sql<{ collection_id: string }>`
    select collection_id from collections
    where collection_id = any(${collectionIds}::text[]) and namespace_id = ${namespaceId}
    order by collection_id for share`.execute(tx);
  return rows.map((row) => row.collection_id);
}
