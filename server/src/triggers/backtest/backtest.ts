import { sql } from "kysely";

import type { BacktestResponse } from "#contract/backtest.ts";
import type { Sql } from "../../db/database.ts";
import { AppError, notFound } from "../../platform/app-error.ts";
import { addMs } from "../../platform/clock.ts";
import type { Condition } from "../conditions/condition.ts";
import { countInstants, nthInstant } from "../due-instants/due-instants.ts";
import type { EventSchedule } from "../read-schedule.ts";
import type { TriggerState } from "../trigger-state.ts";
import { toBacktestDecision } from "./backtest-decision.ts";
import { countReasons, readActual } from "./count-reasons.ts";
import { readDuration, readEvents, readRuns, tooLong, type Window } from "./read-past.ts";
import { type PastCheck, readMeasurements } from "./read-measurements.ts";
import { simulate } from "./simulate.ts";
import { countUnmeasured, simulateChecks } from "./simulate-checks.ts";
import { tellBacktest } from "./tell-backtest.ts";

const DAY_MS = 86_400_000;
const DEFAULT_WINDOW_MS = 30 * DAY_MS;
/** Due instants a backtest decides at most. */
const MOST_INSTANTS = 100_000;

/** What is tested: a trigger as it would stand at the beginning of the window, active. */
export interface Candidate {
  readonly state: TriggerState;
  readonly namespaceId: string;
  readonly cluster: { readonly clusterId: string; readonly collectionIds: readonly string[]; readonly createdAt: Date };
  /** Of a trigger that exists: whose own runs do not count as in its way, and whose record is set beside. */
  readonly triggerId: string | null;
  readonly createdAt: Date | null;
  /** Decisions before this are not stored any more. */
  readonly recordsKeptFrom: Date | null;
} // prettier-ignore

export type Backtest = Omit<BacktestResponse, "resume">;

/** Due instants in the window that is taken when none is asked for. */
const DEFAULT_INSTANTS = 10_000;

/** Of a window that nobody asked for: since the cluster exists, and as much of the end as has not too many due instants. */
export function fitWindow({ state: { schedule }, cluster }: Candidate, asked: Window): Window {
  const { before } = asked;
  const after =
    asked.after < cluster.createdAt && cluster.createdAt < before ? cluster.createdAt : asked.after;
  if (schedule.kind === "event") return { after, before };
  const instants = countInstants(schedule, after, before);
  if (instants <= DEFAULT_INSTANTS) return { after, before };
  return { after: nthInstant(schedule, after, before, instants - DEFAULT_INSTANTS), before };
}

/** The window asked for; throws `invalid_value` for one that is empty or reaches into the future. */
export function readWindow(
  request: { readonly after?: string | null; readonly before?: string | null },
  now: Date,
): Window {
  const before = request.before ? new Date(request.before) : now;
  const after = request.after ? new Date(request.after) : addMs(before, -DEFAULT_WINDOW_MS);
  if (before > now) {
    throw new AppError(
      "invalid_value",
      `before (${before.toISOString()}) lies in the future; it is ${now.toISOString()} now, and a backtest is about the past. Give an earlier one; 'preview' lists coming instants.`,
    );
  }
  if (after >= before) {
    throw new AppError(
      "invalid_value",
      `after (${after.toISOString()}) is not before ${before.toISOString()}. Give an earlier one.`,
    );
  }
  return { after, before };
}

/**
 * What the trigger would have done in the window, from the stored events and runs. Nothing is invented: where the
 * past is not stored, `unknown` says so. Throws `invalid_value` for a window that holds more than it takes.
 */
export async function backtest(
  run: Sql,
  candidate: Candidate,
  window: Window,
  limit: number,
): Promise<Backtest> {
  const { state, cluster, triggerId } = candidate;
  const { schedule } = state;
  if (schedule.kind !== "event") {
    const instants = countInstants(schedule, window.after, window.before);
    if (instants > MOST_INSTANTS) throw tooLong(`${instants} due instants`);
  }
  const duration = await readDuration(run, cluster.clusterId);
  const runs = await readRuns(run, cluster.clusterId, window, triggerId);
  const counted = schedule.kind === "event" ? await watched(run, candidate, schedule) : null;
  const events =
    schedule.kind === "event" ? await readEvents(run, counted!.found, schedule.eventType, window) : [];
  const checks = state.condition ? await readMeasurements(run, candidate, window) : [];
  const past = { runs, events, checks, runDurationMs: duration.medianMs };
  const { decisions, computeMs } = state.condition
    ? simulateChecks(state, state.condition, past)
    : await simulate(state, past, window.before);
  const figures = {
    after: window.after.toISOString(),
    before: window.before.toISOString(),
    firings: decisions.filter((draft) => draft.fires).length,
    suppressed: decisions.reduce((sum, draft) => sum + (draft.fires ? 0 : draft.count), 0),
    by_reason: countReasons(decisions),
    decisions: decisions.slice(0, limit).map(toBacktestDecision),
    decisions_total: decisions.length,
    expected_compute_minutes: computeMs === null ? null : Math.round(computeMs / 600) / 100,
    run_duration_ms: duration.medianMs,
    run_duration_from: duration.runs,
    actual: await readActual(run, candidate, window),
    unknown: [
      ...unknownOf(candidate, window, counted?.missing ?? []),
      ...(state.condition ? unmeasured(state.condition, window, checks) : []),
    ],
    assumptions: assumptionsOf(candidate, duration),
  };
  return { text: tellBacktest(figures), ...figures };
}

/** The collections an event trigger counts: those there are, and those that are gone with their logs. */
async function watched(
  run: Sql,
  { namespaceId, cluster }: Candidate,
  { collectionId }: EventSchedule,
): Promise<{ found: string[]; missing: string[] }> {
  const wanted = collectionId === null ? cluster.collectionIds : [collectionId];
  const { rows } = await sql<{ collection_id: string }>`
    select collection_id from collections
    where collection_id = any(${wanted}::text[]) and namespace_id = ${namespaceId}`.execute(run);
  const found = rows.map((row) => row.collection_id);
  if (collectionId !== null && found.length === 0) throw notFound("collection", collectionId);
  return { found, missing: wanted.filter((id) => !found.includes(id)) };
}

function unknownOf(
  { cluster, triggerId, createdAt, recordsKeptFrom }: Candidate,
  { after, before }: Window,
  missing: readonly string[],
): Backtest["unknown"] {
  const unknown: Backtest["unknown"] = [];
  const until = (instant: Date) => (instant < before ? instant : before).toISOString();
  if (after < cluster.createdAt) {
    unknown.push({
      from: after.toISOString(),
      to: until(cluster.createdAt),
      what: `The cluster was made at ${cluster.createdAt.toISOString()}: what would have been in the way before is not known.`,
    });
  }
  for (const id of missing) {
    unknown.push({
      from: after.toISOString(),
      to: before.toISOString(),
      what: `The collection '${id}' is deleted, and the log of its documents with it: they are not counted.`,
    });
  }
  if (createdAt !== null && after < createdAt) {
    unknown.push({
      from: after.toISOString(),
      to: until(createdAt),
      what: `The trigger was made at ${createdAt.toISOString()}: what it really did is told from then on.`,
    });
  }
  if (triggerId !== null && recordsKeptFrom !== null && after < recordsKeptFrom) {
    unknown.push({
      from: after.toISOString(),
      to: until(recordsKeptFrom),
      what: `Decisions before ${recordsKeptFrom.toISOString()} were removed by retention: what the trigger really did then is not known.`,
    });
  }
  return unknown;
}

/** Where nothing on record says what a check would have found. */
function unmeasured(condition: Condition, { after, before }: Window, checks: readonly PastCheck[]): Backtest["unknown"] {
  const told = (to: Date, what: string) => [{ from: after.toISOString(), to: to.toISOString(), what }];
  const [first] = checks;
  if (!first) return told(before, `No check of this cluster measured ${condition.metric} in that time, so what it would have found is not known.`);
  const without = countUnmeasured(condition, checks);
  return [
    ...told(first.dueAt, `The first check on record that measured ${condition.metric} is that of ${first.dueAt.toISOString()}.`),
    ...(without === 0 ? [] : told(before, `${without} checks measured nothing, since the trigger wanted more documents then.`)),
  ];
} // prettier-ignore

function assumptionsOf(
  { state, triggerId }: Candidate,
  duration: { medianMs: number | null; runs: number },
): string[] {
  return [
    "A scheduler was there all the time, the trigger was active, and every run completed.",
    duration.medianMs === null
      ? "No run of this cluster has completed, so how long one lasts is not known: none is taken to be in the trigger's own way."
      : `A run lasts ${duration.medianMs} ms, the median of the cluster's ${duration.runs} newest completed ones.`,
    ...(state.condition
      ? [
          "The checks are those on record, whatever check_interval_seconds says.",
          "Each found what it found then, against the baseline of that time: a firing that really was not would have given another.",
        ]
      : []),
    ...(state.schedule.kind === "event"
      ? ["When the window began, its counter was 0 and no cooldown was running."]
      : []),
    ...(state.maxExecutions === null ? [] : ["max_executions counts from the beginning of the window."]),
    ...(state.jitterSeconds > 0 ? ["Jitter is left out: each instant is decided when it is due."] : []),
    ...(triggerId === null
      ? []
      : ["What it really did counts the whole of each decision that touches the window."]),
  ];
}
