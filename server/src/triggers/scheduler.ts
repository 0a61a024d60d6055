import { sql } from "kysely";

import { readClock } from "../db/database-clock.ts";
import { isDatabaseAway, isRetryable } from "../db/database-errors.ts";
import type { Tx } from "../db/database.ts";
import { systemClock } from "../platform/clock.ts";
import { Loop, type Service } from "../platform/service.ts";
import type { TriggersDeps } from "./deps.ts";
import { quarantine } from "./quarantine.ts";
import { settle } from "./settle.ts";
import { claimDue, lockTriggers } from "./store.ts";
import type { TriggerRow } from "./trigger-state.ts";

/** Triggers decided in one transaction: large enough that the statements dominate, short enough for the others. */
const BATCH = 1000;
/** It looks by itself this often, in case a wake-up was lost or the database's clock jumped. */
const LONGEST_SLEEP_MS = 15_000;
/** When all that is due is in somebody else's hands. */
const LOCKED_SLEEP_MS = 20;

export interface Scheduler extends Service {
  /** Decides everything that is due now; what it did, and how long until there is more to do. */
  runOnce(signal?: AbortSignal): Promise<SchedulerRound>;
}

export interface SchedulerRound {
  readonly claimed: number;
  readonly decisions: number;
  readonly fired: number;
  readonly sleepMs: number;
}

/**
 * Sleeps until the next due instant, by the database's clock, and decides what is due: one transaction a batch, so a
 * scheduler killed at any step leaves nothing half done. Any number may run on one database: each claims rows that no
 * other holds.
 */
export function createScheduler(deps: TriggersDeps): Scheduler {
  const runOnce = (signal?: AbortSignal) => runRound(deps, signal);
  const loop = new Loop({
    name: "scheduler",
    logger: deps.logger,
    signals: deps.signals,
    clock: systemClock,
    runOnce: async (signal) => (await runOnce(signal)).sleepMs,
  });
  let stopWaking: (() => void) | undefined;
  return {
    name: "scheduler",
    start: async () => {
      stopWaking = deps.db.wakes.on("triggers", () => loop.wake());
      await loop.start();
    },
    stop: async () => {
      stopWaking?.();
      await loop.stop();
    },
    runOnce,
  };
}

async function runRound(deps: TriggersDeps, signal?: AbortSignal): Promise<SchedulerRound> {
  const total = { claimed: 0, decisions: 0, fired: 0 };
  const lane = async (onFull?: () => void) => {
    for (;;) {
      const batch = await decideBatch(deps, onFull);
      total.claimed += batch.claimed;
      total.decisions += batch.decisions;
      total.fired += batch.fired;
      if ((batch.claimed < BATCH && batch.left === 0) || signal?.aborted) return;
    }
  };
  // When many are due, one batch is decided here while the database writes the other. The second lane waits here, not
  // where it is called: that is inside the first one's transaction.
  const { promise: isMany, resolve: tell } = Promise.withResolvers<boolean>();
  const first = lane(() => tell(deps.db.kind === "postgres")).finally(() => tell(false));
  await Promise.all([first, isMany.then((many) => (many ? lane() : undefined))]);
  let wait = await untilNextDue(deps);
  if (wait <= 0 && total.claimed === 0 && !signal?.aborted) {
    // It may have become due only after the claim.
    await lane();
    wait = await untilNextDue(deps);
  }
  const sleepMs = wait <= 0 && total.claimed === 0 ? LOCKED_SLEEP_MS : Math.min(wait, LONGEST_SLEEP_MS);
  return { ...total, sleepMs };
}

interface Batch extends Omit<SchedulerRound, "sleepMs"> {
  /** Claimed, but left for the next batch. */
  readonly left: number;
}

/** `onFull` is told as soon as a whole batch is claimed: there may be more. */
async function decideBatch(deps: TriggersDeps, onFull?: () => void): Promise<Batch> {
  const { db, clock } = deps;
  let rows: TriggerRow[] = [];
  try {
    const settled = await db.transaction(async (tx) => {
      const claimed = await claimDue(tx, clock, BATCH);
      rows = claimed?.rows ?? [];
      if (!claimed) return { decisions: 0, fired: 0, left: 0 };
      const { now } = claimed;
      if (rows.length === BATCH) onFull?.();
      const result = await settle(deps, tx, rows, now);
      for (const { row, error } of result.unreadable) await quarantine(deps, tx, row, now, error);
      return result;
    });
    const { decisions, fired, left } = settled;
    return { claimed: rows.length, decisions, fired, left };
  } catch (error) {
    if (rows.length === 0 || isDatabaseAway(error) || isRetryable(error)) throw error;
    deps.logger.error(
      { err: error, triggers: rows.length },
      "deciding a batch failed; deciding each by itself",
    );
    return decideEach(deps, rows);
  }
}

/** One trigger that cannot be written must not keep the others from firing. */
async function decideEach(deps: TriggersDeps, rows: readonly TriggerRow[]): Promise<Batch> {
  const { db } = deps;
  const total = { claimed: rows.length, decisions: 0, fired: 0, left: 0 };
  for (const { trigger_id } of rows) {
    try {
      const settled = await db.transaction(async (tx) => {
        const { row, now } = await lockIfDue(deps, tx, trigger_id);
        return row ? settle(deps, tx, [row], now) : { decisions: 0, fired: 0 };
      });
      total.decisions += settled.decisions;
      total.fired += settled.fired;
    } catch (error) {
      if (isDatabaseAway(error) || isRetryable(error)) throw error;
      await db.transaction(async (tx) => {
        const { row, now } = await lockIfDue(deps, tx, trigger_id);
        if (row) await quarantine(deps, tx, row, now, error);
      });
    }
  }
  return total;
}

async function lockIfDue({ clock }: TriggersDeps, tx: Tx, triggerId: string) {
  const [row] = await lockTriggers(tx, [triggerId]);
  const now = await readClock(tx, clock);
  const isDue = row !== undefined && row.decide_at !== null && row.decide_at <= now;
  return { row: isDue ? row : undefined, now };
}

/** Milliseconds until something is due: both instants are the database's, so this host's clock does not matter. */
async function untilNextDue({ db, clock }: TriggersDeps): Promise<number> {
  const { rows } = await sql<{ next: Date | null; now: Date }>`
    select ${clock.now} as now, (
      select decide_at from triggers where decide_at is not null order by decide_at limit 1) as next`.execute(
    db.sql,
  );
  const { next, now } = rows[0]!;
  return next === null ? LONGEST_SLEEP_MS : next.getTime() - now.getTime();
}
