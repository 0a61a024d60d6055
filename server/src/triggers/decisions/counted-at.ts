import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import { readTriggerState, type TriggerRow } from "../trigger-state.ts";

const COLUMN = {
  documents_added: "added",
  documents_updated: "updated",
  batch_completed: "batches",
} as const;

/**
 * What an event trigger's counter said at an instant in its past, from the event log: the events committed by then
 * behind the position it had, which is the one its next firing consumed from, or today's if it has not fired since.
 * Null for other triggers, for instants outside its life, and where that past is not known any more: what it counted
 * was edited since, or a collection it counted is gone with its log.
 */
export async function countedAt(run: Sql, trigger: TriggerRow, at: Date): Promise<number | null> {
  const { schedule } = readTriggerState(trigger);
  if (schedule.kind !== "event" || at < trigger.created_at) return null;
  if (!(await isKnown(run, trigger, schedule.collectionId, at))) return null;
  const column = sql.ref(COLUMN[schedule.eventType]);
  const { rows } = await sql<{ counted: number }>`
    with next_firing as (
      select consumed from executions
      where trigger_id = ${trigger.trigger_id} and due_at > ${at} and consumed is not null
      order by trigger_ordinal limit 1
    ), positions as (
      select consumed.collection_id, consumed.from_seq as seq
      from next_firing, jsonb_to_recordset(next_firing.consumed->'positions') as consumed(collection_id text, from_seq bigint)
      union all
      select collection_id, seq from trigger_positions
      where trigger_id = ${trigger.trigger_id} and not exists (select from next_firing)
    )
    select coalesce(sum(${column}), 0)::bigint as counted from positions
    join document_events using (collection_id)
    where document_events.seq > positions.seq and committed_at <= ${at}`.execute(run);
  return rows[0]!.counted;
}

async function isKnown(
  run: Sql,
  { trigger_id, cluster_id }: TriggerRow,
  collectionId: string | null,
  at: Date,
): Promise<boolean> {
  const { rows } = await sql<{ edited: boolean; watched: number; wanted: number }>`
    select exists (
        select from trigger_changes where trigger_id = ${trigger_id} and change = 'edited' and at > ${at}
          and jsonb_exists_any(details->'schedule_config', array['event_type', 'event_threshold', 'collection_id'])) as edited,
      (select count(*) from trigger_positions where trigger_id = ${trigger_id}) as watched,
      (select cardinality(collection_ids) from clusters where cluster_id = ${cluster_id}) as wanted`.execute(
    run,
  );
  const { edited, watched, wanted } = rows[0]!;
  return !edited && watched === (collectionId === null ? wanted : 1);
}
