import { sql } from "kysely";

import { EVENT_TYPES } from "#contract/events.ts";
import { readClock, type DatabaseClock } from "../../db/database-clock.ts";
import type { Database, Tx } from "../../db/database.ts";
import { recordEvent } from "../../events/record-event.ts";
import { systemClock } from "../../platform/clock.ts";
import type { Logger } from "../../platform/logger.ts";
import { Loop, type Service } from "../../platform/service.ts";
import type { TestSignals } from "../../platform/test-signals.ts";

export interface FreshnessWatchDeps {
  readonly db: Database;
  readonly clock: DatabaseClock;
  readonly logger: Logger;
  readonly signals: TestSignals;
}

export interface FreshnessWatch extends Service {
  /** One round; how many events it recorded. */
  runOnce(): Promise<{ readonly recorded: number; readonly sleepMs: number }>;
}

/** It looks by itself this often: a run that ends late, or another clock, moves the instant. */
const LONGEST_SLEEP_MS = 60_000;
/** Clusters told in one transaction. */
const BATCH = 100;

/**
 * Records `cluster.too_old` when a cluster's last result becomes older than its `max_age_seconds`: once a result, however
 * many servers watch. A cluster that has never been computed is not too old, and one whose maximum age is changed after it
 * was told is not told again until another run has completed.
 */
export function createFreshnessWatch(deps: FreshnessWatchDeps): FreshnessWatch {
  const runOnce = () => watch(deps);
  const loop = new Loop({
    name: "freshness",
    logger: deps.logger,
    signals: deps.signals,
    clock: systemClock,
    runOnce: async () => (await runOnce()).sleepMs,
  });
  let stopWaking: (() => void) | undefined;
  return {
    name: "freshness",
    start: async () => {
      stopWaking = deps.db.wakes.on("freshness", () => loop.wake());
      await loop.start();
    },
    stop: async () => {
      stopWaking?.();
      await loop.stop();
    },
    runOnce,
  };
}

async function watch({ db, clock }: FreshnessWatchDeps): Promise<{ recorded: number; sleepMs: number }> {
  let recorded = 0;
  for (;;) {
    const told = await db.transaction((tx) => tellTooOld(tx, clock));
    recorded += told;
    if (told < BATCH) break;
  }
  return { recorded, sleepMs: await untilNext(db, clock) };
}

interface TooOld {
  readonly cluster_id: string;
  readonly organization_id: string;
  readonly namespace_id: string;
  readonly run_id: string;
  readonly ended_at: Date;
  readonly max_age_seconds: number;
}

/** The last completed run of each cluster that may not become older than something, and when it will be too old. */
const WATCHED = sql`
  clusters c cross join lateral (
    select run_id, ended_at, ended_at + c.max_age_seconds * interval '1 second' as too_old_at from executions e
    where e.cluster_id = c.cluster_id and e.status = 'completed' order by triggered_at desc, run_id desc limit 1
  ) as done
  where c.max_age_seconds is not null and c.too_old_run_id is distinct from done.run_id`;

/** Whoever marks the run first tells of it: the mark is looked at again once the row is held. */
async function tellTooOld(tx: Tx, clock: DatabaseClock): Promise<number> {
  const now = await readClock(tx, clock);
  const { rows } = await sql<TooOld>`
    with late as (
      select c.cluster_id, done.run_id, done.ended_at from ${WATCHED} and done.too_old_at < ${now}
      order by c.cluster_id limit ${BATCH} for update of c skip locked
    )
    update clusters set too_old_run_id = late.run_id from late
    where clusters.cluster_id = late.cluster_id and clusters.too_old_run_id is distinct from late.run_id
    returning clusters.cluster_id, clusters.organization_id, clusters.namespace_id, clusters.max_age_seconds,
      late.run_id, late.ended_at`.execute(tx);
  for (const row of rows) {
    await recordEvent(tx, {
      organizationId: row.organization_id,
      namespaceId: row.namespace_id,
      type: EVENT_TYPES.clusterTooOld,
      at: now,
      clusterId: row.cluster_id,
      runId: row.run_id,
      data: {
        last_success_at: row.ended_at.toISOString(),
        max_age_seconds: row.max_age_seconds,
        age_seconds: Math.floor((now.getTime() - row.ended_at.getTime()) / 1000),
      },
    });
  }
  return rows.length;
}

async function untilNext(db: Database, clock: DatabaseClock): Promise<number> {
  const { rows } = await sql<{ next: Date | null; now: Date }>`
    select ${clock.now} as now, (select min(done.too_old_at) from ${WATCHED}) as next`.execute(db.sql);
  const { next, now } = rows[0]!;
  // It is too old after that instant, not at it.
  const wait = next === null ? LONGEST_SLEEP_MS : next.getTime() - now.getTime() + 1;
  return Math.max(1, Math.min(wait, LONGEST_SLEEP_MS));
}
