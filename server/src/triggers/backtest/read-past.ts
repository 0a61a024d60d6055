import { sql } from "kysely";

import type { Sql } from "../../db/database.ts";
import { AppError } from "../../platform/app-error.ts";
import { percentile } from "../../platform/percentile.ts";
import type { EventSchedule } from "../read-schedule.ts";
import type { PastRun } from "./past-queue.ts";
import type { PastEvent } from "./simulate.ts";

/** What a backtest takes into memory at most; a longer window is refused, never cut in silence. */
export const MOST_RUNS = 100_000;
export const MOST_EVENTS = 200_000;
/** Of how many of the newest completed runs a run's duration is the median. */
const DURATION_SAMPLE = 100;

export interface Window {
  readonly after: Date;
  readonly before: Date;
}

/** Runs of the cluster that stood, waited or computed in the window, but those of one trigger. */
export async function readRuns(
  run: Sql,
  clusterId: string,
  { after, before }: Window,
  exceptTriggerId: string | null,
): Promise<PastRun[]> {
  const { rows } = await sql<{
    run_id: string;
    triggered_at: Date;
    started_at: Date | null;
    ended_at: Date | null;
  }>`
    select run_id, triggered_at, started_at, ended_at from executions
    where cluster_id = ${clusterId} and triggered_at <= ${before} and (ended_at is null or ended_at > ${after})
      and trigger_id is distinct from ${exceptTriggerId}
    order by triggered_at, run_id limit ${MOST_RUNS + 1}`.execute(run);
  if (rows.length > MOST_RUNS) throw tooLong(`more than ${MOST_RUNS} runs of the cluster`);
  return rows.map((row) => ({
    runId: row.run_id,
    triggeredAt: row.triggered_at,
    startedAt: row.started_at,
    endedAt: row.ended_at,
  }));
}

/** The median duration of the cluster's newest completed runs, in milliseconds, and of how many; null if none has. */
export async function readDuration(
  run: Sql,
  clusterId: string,
): Promise<{ medianMs: number | null; runs: number }> {
  const { rows } = await sql<{ ms: number }>`
    select execution_time_ms as ms from executions
    where cluster_id = ${clusterId} and status = 'completed' and execution_time_ms is not null
    order by triggered_at desc, run_id desc limit ${DURATION_SAMPLE}`.execute(run);
  const medianMs = rows.length === 0 ? null : percentile(rows.map((row) => row.ms), 50);
  return { medianMs, runs: rows.length };
} // prettier-ignore

const AMOUNT_OF = {
  documents_added: sql.ref("added"),
  documents_updated: sql.ref("updated"),
  batch_completed: sql.ref("batches"),
} as const;

/** What the trigger counts of the collections' event logs in the window, in the order of the commits. */
export async function readEvents(
  run: Sql,
  collectionIds: readonly string[],
  eventType: EventSchedule["eventType"],
  { after, before }: Window,
): Promise<PastEvent[]> {
  const amount = AMOUNT_OF[eventType];
  const events: PastEvent[] = [];
  for (const collectionId of collectionIds) {
    const first = await firstSeqAfter(run, collectionId, after);
    const end = await firstSeqAfter(run, collectionId, before);
    if (end - first > MOST_EVENTS) throw tooLong(`${end - first} committed writes of '${collectionId}'`);
    const { rows } = await sql<{ at: Date; amount: number }>`
      select committed_at as at, ${amount} as amount from document_events
      where collection_id = ${collectionId} and seq >= ${first} and seq < ${end} and ${amount} > 0
      order by seq`.execute(run);
    events.push(...rows);
    if (events.length > MOST_EVENTS) throw tooLong(`more than ${MOST_EVENTS} committed writes`);
  }
  return events.sort((a, b) => a.at.getTime() - b.at.getTime());
}

/**
 * The sequence number of a log's first event committed after an instant; one behind its head if there is none. By
 * bisection over the primary key: the instants grow with the sequence, and there is no index on them.
 */
async function firstSeqAfter(run: Sql, collectionId: string, instant: Date): Promise<number> {
  const { rows: heads } = await sql<{ event_seq: number }>`
    select event_seq from collections where collection_id = ${collectionId}`.execute(run);
  let low = 1;
  let high = (heads[0]?.event_seq ?? 0) + 1;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const { rows } = await sql<{ later: boolean }>`
      select committed_at > ${instant} as later from document_events
      where collection_id = ${collectionId} and seq = ${middle}`.execute(run);
    if (rows[0]?.later) high = middle;
    else low = middle + 1;
  }
  return low;
}

export function tooLong(holds: string): AppError {
  return new AppError(
    "invalid_value",
    `The window holds ${holds}, which is more than a backtest takes. Give a later 'after' or an earlier 'before'.`,
  );
}
