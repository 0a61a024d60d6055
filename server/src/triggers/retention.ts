import { sql, type RawBuilder } from "kysely";

import type { Tx } from "../db/database.ts";
import { readClock } from "../db/database-clock.ts";
import { addMs, systemClock } from "../platform/clock.ts";
import { Loop, type Service } from "../platform/service.ts";
import type { TriggersDeps } from "./deps.ts";

/** How long records of triggers are kept, in days; null: for ever. Measurements are kept as long as decisions. */
export interface Retention {
  readonly keepDecisionsDays: number | null;
  readonly keepChangesDays: number | null;
}

export interface RetentionService extends Service {
  /** One round; how many rows it removed. */
  runOnce(): Promise<{ readonly decisions: number; readonly measurements: number; readonly changes: number }>;
}

const DAY_MS = 86_400_000;
const ROUND_MS = 3_600_000;
/** Rows removed in one transaction. */
const BATCH = 5_000;

/**
 * Removes decisions and changes of state that are older than they are to be kept, in short transactions, and leaves a
 * mark on their triggers, so that nobody takes a removed past for one in which nothing happened. What the present
 * still needs stays, however old: decisions whose run has not ended, or whose span still grows, and each trigger's
 * last change before the limit, which says in what state it was then.
 */
export function createRetention(deps: TriggersDeps, retention: Retention): RetentionService {
  const runOnce = () => removeOld(deps, retention);
  const loop = new Loop({
    name: "retention",
    logger: deps.logger,
    signals: deps.signals,
    clock: systemClock,
    runOnce: async () => {
      const removed = await runOnce();
      if (removed.decisions + removed.measurements + removed.changes > 0) deps.logger.info(removed, "removed old records of triggers");
      return ROUND_MS;
    },
  });
  return { name: "retention", start: () => loop.start(), stop: () => loop.stop(), runOnce };
} // prettier-ignore

async function removeOld(deps: TriggersDeps, { keepDecisionsDays, keepChangesDays }: Retention) {
  const now = await readClock(deps.db.sql, deps.clock);
  const removeAll = async (days: number | null, old: (limit: Date) => RawBuilder<unknown>) => {
    if (days === null) return 0;
    const limit = addMs(now, -days * DAY_MS);
    let removed = 0;
    for (let batch = BATCH; batch === BATCH; removed += batch) {
      batch = await deps.db.transaction((tx) => removeBatch(tx, old(limit), limit));
    }
    return removed;
  };
  return {
    decisions: await removeAll(keepDecisionsDays, OLD_DECISIONS),
    measurements: await removeAll(keepDecisionsDays, OLD_MEASUREMENTS),
    changes: await removeAll(keepChangesDays, OLD_CHANGES),
  };
}

/** Decisions whose run has not ended, or whose span still grows, are of the present. */
const OLD_DECISIONS = (limit: Date) => sql`
  delete from decisions where decision_id in (
    select decision_id from decisions d
    where last_due < ${limit}
      and not exists (select from executions e where e.run_id = d.run_id and e.status in ('pending', 'processing'))
      and not exists (select from triggers t where t.trigger_id = d.trigger_id and t.open_skip->>'decision_id' = d.decision_id)
    limit ${BATCH})`;

/** What checks have found is kept as long as what was decided by it. */
const OLD_MEASUREMENTS = (limit: Date) => sql`
  delete from measurements where (trigger_id, due_at) in (
    select trigger_id, due_at from measurements where due_at < ${limit} limit ${BATCH})`;

/** The last change before the limit says in what state the trigger was then. */
const OLD_CHANGES = (limit: Date) => sql`
  delete from trigger_changes where change_id in (
    select change_id from trigger_changes c
    where at < ${limit} and exists (
      select from trigger_changes later
      where later.trigger_id = c.trigger_id and later.at < ${limit}
        and (later.at, later.change_id) > (c.at, c.change_id))
    limit ${BATCH})`;

/** One transaction's worth; returns how many rows it removed. */
async function removeBatch(tx: Tx, removal: RawBuilder<unknown>, limit: Date): Promise<number> {
  const { rows } = await sql<{ trigger_id: string; removed: number }>`
    with gone as (${removal} returning trigger_id)
    select trigger_id, count(*) as removed from gone group by trigger_id order by trigger_id`.execute(tx);
  await markRemoved(tx, rows.map((row) => row.trigger_id), limit);
  return rows.reduce((sum, row) => sum + row.removed, 0);
} // prettier-ignore

/** In the order of their ids, as everybody locks them. */
async function markRemoved(tx: Tx, triggerIds: readonly string[], limit: Date): Promise<void> {
  if (triggerIds.length === 0) return;
  await sql`
    update triggers set records_kept_from = greatest(records_kept_from, ${limit}::timestamptz)
    where trigger_id in (
      select trigger_id from triggers where trigger_id = any(${triggerIds}::text[]) order by trigger_id for update)`.execute(
    tx,
  );
}
