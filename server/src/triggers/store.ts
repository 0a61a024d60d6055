import { sql } from "kysely";

import type { DatabaseClock } from "../db/database-clock.ts";
import type { Sql, Tx } from "../db/database.ts";
import { notFound } from "../platform/app-error.ts";
import type { TriggerRow } from "./trigger-state.ts";

/** Up to `limit` triggers that are to be decided, oldest first, that nobody else holds, and the instant of the claim. */
export async function claimDue(
  tx: Tx,
  clock: DatabaseClock,
  limit: number,
): Promise<{ rows: TriggerRow[]; now: Date } | undefined> {
  // The clock is read once, in a subquery: a volatile function beside the column would rule the index out.
  const { rows } = await sql<TriggerRow & { claimed_at: Date }>`
    with clock as materialized (select ${clock.now} as now)
    select triggers.*, (select now from clock) as claimed_at from triggers
    where decide_at is not null and decide_at <= (select now from clock)
    order by decide_at, trigger_id limit ${limit} for update of triggers skip locked`.execute(tx);
  return rows[0] && { rows, now: rows[0].claimed_at };
}

/** Takes triggers for update, in the order of their ids. */
export async function lockTriggers(tx: Tx, triggerIds: readonly string[]): Promise<TriggerRow[]> {
  return tx
    .selectFrom("triggers")
    .selectAll()
    .where("trigger_id", "in", triggerIds)
    .orderBy("trigger_id")
    .forUpdate()
    .execute();
}

/** A trigger of the namespace, locked; throws `not_found`. */
export async function lockTrigger(tx: Tx, namespaceId: string, triggerId: string): Promise<TriggerRow> {
  const [row] = await lockTriggers(tx, [triggerId]);
  if (row?.namespace_id !== namespaceId) throw notFound("trigger", triggerId);
  return row;
}

/** The same without a lock. */
export async function findTrigger(run: Sql, namespaceId: string, triggerId: string): Promise<TriggerRow> {
  const row = await run
    .selectFrom("triggers")
    .selectAll()
    .where("trigger_id", "=", triggerId)
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  if (!row) throw notFound("trigger", triggerId);
  return row;
}

/** Event triggers that count documents of these collections or fire for this cluster; final ones left out. */
export async function lockEventTriggersOf(tx: Tx, collectionId: string): Promise<TriggerRow[]> {
  const { rows } = await sql<TriggerRow>`
    select * from triggers
    where trigger_id in (select trigger_id from trigger_positions where collection_id = ${collectionId})
      and status <> 'disabled'
    order by trigger_id for update`.execute(tx);
  return rows;
}

/** The trigger of a run and every event and conditional trigger of its cluster, in the order of their ids. */
export async function lockTriggersOfRun(
  tx: Tx,
  clusterId: string,
  triggerId: string | null,
): Promise<TriggerRow[]> {
  const { rows } = await sql<TriggerRow>`
    select * from triggers
    where trigger_id in (
      select trigger_id from triggers where cluster_id = ${clusterId} and trigger_type in ('event', 'conditional') and status <> 'disabled'
      union all select ${triggerId}::text)
    order by trigger_id for update`.execute(tx);
  return rows;
}
