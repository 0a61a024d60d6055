import type { BacktestDraftRequest, BacktestTriggerRequest } from "#contract/backtest.ts";
import type { Sql } from "../../db/database.ts";
import { clusterNotFound } from "../../clusters/cluster-not-found.ts";
import type { Limits } from "../../platform/config.ts";
import { mergeSchedule } from "../change-trigger.ts";
import { closingInstant } from "../closing.ts";
import { anchorOf, newState } from "../create-trigger.ts";
import { nextDueInstant } from "../due-instants/due-instants.ts";
import { checkScheduleConfig, type CheckedSchedule } from "../schedule-config.ts";
import type { TriggerRow, TriggerState } from "../trigger-state.ts";
import type { Candidate } from "./backtest.ts";

/** A draft as if it had been created at the window's beginning. */
export async function draftCandidate(
  run: Sql,
  namespaceId: string,
  request: BacktestDraftRequest,
  after: Date,
  limits: Limits,
): Promise<Candidate> {
  const checked = checkScheduleConfig(request.trigger_type, request.schedule_config, limits);
  const cluster = await findCluster(run, namespaceId, request.cluster_id);
  return {
    state: begin(newState("", checked, "active", after, anchorOf(checked, after))),
    namespaceId,
    cluster,
    triggerId: null,
    createdAt: null,
    recordsKeptFrom: null,
  };
}

/** A trigger with its settings of today, or those of the request, as if it had been active in the window. */
export async function triggerCandidate(
  run: Sql,
  row: TriggerRow,
  { schedule_config }: BacktestTriggerRequest,
  after: Date,
  limits: Limits,
): Promise<Candidate> {
  const changes = schedule_config ?? {};
  const checked = mergeSchedule(limits, row, changes);
  const anchorAt = isNewGrid(row, checked) ? anchorOf(checked, after) : row.anchor_at;
  const state = newState(row.trigger_id, checked, "active", row.created_at, anchorAt);
  return {
    state: begin({ ...state, progress: { ...state.progress, decidedThrough: after } }),
    namespaceId: row.namespace_id,
    cluster: await findCluster(run, row.namespace_id, row.cluster_id),
    triggerId: row.trigger_id,
    createdAt: row.created_at,
    recordsKeptFrom: row.records_kept_from,
  };
}

function begin(state: TriggerState): TriggerState {
  const { schedule, progress } = state;
  const nextDueAt = schedule.kind === "event" ? null : nextDueInstant(schedule, progress.decidedThrough);
  return {
    ...state,
    delayMs: 0,
    progress: { ...progress, nextDueAt: nextDueAt ?? closingInstant(schedule) },
  };
}

function isNewGrid(row: TriggerRow, checked: CheckedSchedule): boolean {
  if (checked.type !== "interval") return false;
  const before = row.schedule_config as { interval_seconds?: number; anchor_at?: string };
  return (
    checked.config.anchor_at !== before.anchor_at ||
    checked.config.interval_seconds !== before.interval_seconds
  );
}

async function findCluster(run: Sql, namespaceId: string, clusterId: string): Promise<Candidate["cluster"]> {
  const row = await run
    .selectFrom("clusters")
    .select(["cluster_id", "collection_ids", "created_at"])
    .where("cluster_id", "=", clusterId)
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  if (!row) throw clusterNotFound(clusterId);
  return { clusterId: row.cluster_id, collectionIds: row.collection_ids, createdAt: row.created_at };
}
