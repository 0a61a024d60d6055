import { sql } from "kysely";

import type { TriggerExecutionConfig } from "#contract/triggers.ts";
import { requireOwnFilters, type Filters } from "../clusters/definition-filters.ts";
import type { ClusterDefinition } from "../clusters/definition.ts";
import { insertClusterForTrigger } from "../clusters/insert-cluster-for-trigger.ts";
import { readClock } from "../db/database-clock.ts";
import type { Tx } from "../db/database.ts";
import { json } from "../db/json.ts";
import type { TriggerStatus, TriggerType } from "../db/tables.ts";
import { AppError, notFound } from "../platform/app-error.ts";
import { clusterNotFound } from "../clusters/cluster-not-found.ts";
import { addMs } from "../platform/clock.ts";
import { newId } from "../platform/ids.ts";
import type { Caller } from "../tenancy/caller.ts";
import { checkBounds } from "./check-bounds.ts";
import { checkQuota } from "./check-quota.ts";
import { baselineFor } from "./conditions/baseline.ts";
import { FRESH } from "./conditions/condition.ts";
import { checkAt, decideAt } from "./decide-at.ts";
import type { TriggersDeps } from "./deps.ts";
import { jitterMs } from "./jitter.ts";
import { lockCollections, watch } from "./positions.ts";
import { readSettings } from "./read-schedule.ts";
import { logChange } from "./save-status.ts";
import { checkScheduleConfig, type CheckedSchedule, type ScheduleValues } from "./schedule-config.ts";
import { nextAfterChange } from "./state-change.ts";
import type { TriggerState } from "./trigger-state.ts";

export interface NewTrigger {
  /** Exactly one of the two is given. */
  readonly clusterId: string | null;
  /** If given, the cluster must have the same. */
  readonly filters?: Filters | null;
  readonly executionConfig: TriggerExecutionConfig | null;
  readonly triggerType: TriggerType;
  readonly scheduleConfig: ScheduleValues;
  readonly description: string | null;
  readonly status: TriggerStatus;
}

/** Creates a trigger under the id, and with an execution_config the cluster it runs. Returns the id. */
export async function createTrigger(
  deps: TriggersDeps,
  caller: Caller,
  namespaceId: string,
  wanted: NewTrigger,
  triggerId = newId("trig"),
): Promise<string> {
  const { status } = wanted;
  if (status !== "active" && status !== "paused") {
    throw new AppError(
      "illegal_state_change",
      `A trigger cannot be created as '${status}'. Create it as 'active' or 'paused'.`,
    );
  }
  const checked = checkScheduleConfig(wanted.triggerType, wanted.scheduleConfig, deps.limits);
  return deps.db.transaction(async (tx) => {
    if (status === "active") await checkQuota(deps, tx, namespaceId, null);
    const cluster = await clusterOf(tx, caller, namespaceId, wanted);
    const watched = await lockWatched(tx, namespaceId, checked, cluster.collectionIds);
    const baseline = await baselineFor(tx, checked, cluster);
    const now = await readClock(tx, deps.clock);
    const anchorAt = anchorOf(checked, now);
    const state = newState(triggerId, checked, status, now, anchorAt);
    checkBounds(checked, state.schedule, state.progress.decidedThrough, now);
    const nextDueAt = nextAfterChange(state, now);
    const next = { ...state, progress: { ...state.progress, nextDueAt } };
    await sql`
      insert into triggers (trigger_id, namespace_id, organization_id, cluster_id, trigger_type, schedule_config, status,
        status_since, status_by, description, anchor_at, next_due_at, decide_at, check_at, decided_through,
        baseline_run_id, baseline_at, created_at, updated_at, created_by)
      values (${triggerId}, ${namespaceId}, ${caller.organizationId}, ${cluster.clusterId}, ${checked.type},
        ${json(checked.config)}, ${status}, ${now}, ${caller.actor}, ${wanted.description}, ${anchorAt},
        ${nextDueAt}, ${decideAt(next)}, ${checkAt(next)}, ${state.progress.decidedThrough},
        ${baseline}, ${baseline && now}, ${now}, ${now}, ${caller.userId})`.execute(tx);
    await watch(tx, triggerId, watched);
    await logChange(tx, triggerId, {
      at: now,
      actor: caller.actor,
      change: "created",
      from: null,
      to: status,
      details: { trigger_type: checked.type, schedule_config: checked.config },
    });
    deps.db.wakeAfterCommit(tx, "triggers");
    deps.db.wakeAfterCommit(tx, "checks");
    return triggerId;
  });
} // prettier-ignore

async function clusterOf(
  tx: Tx,
  { organizationId }: Caller,
  namespaceId: string,
  { clusterId, filters = null, executionConfig, triggerType }: NewTrigger,
): Promise<{ clusterId: string; collectionIds: readonly string[]; definition: ClusterDefinition }> {
  if (executionConfig !== null) {
    const owner = { organizationId, namespaceId };
    const made = await insertClusterForTrigger(tx, owner, executionConfig, `${triggerType}-trigger`);
    const { clusterId: own, definition } = made;
    return { clusterId: own, collectionIds: definition.collectionIds, definition };
  }
  const row = await tx
    .selectFrom("clusters")
    .select(["cluster_id", "collection_ids", "definition"])
    .where("cluster_id", "=", clusterId)
    .where("namespace_id", "=", namespaceId)
    .executeTakeFirst();
  if (!row) throw clusterNotFound(clusterId ?? "");
  const definition = row.definition as unknown as ClusterDefinition;
  requireOwnFilters(definition.filters, filters);
  return { clusterId: row.cluster_id, collectionIds: row.collection_ids, definition };
}

/** The collections an event trigger counts, locked until it is there; none for the other types. */
export async function lockWatched(
  tx: Tx,
  namespaceId: string,
  checked: CheckedSchedule,
  clusterCollections: readonly string[],
): Promise<string[]> {
  if (checked.type !== "event") return [];
  const own = checked.config.collection_id;
  const found = await lockCollections(tx, namespaceId, own === undefined ? clusterCollections : [own]);
  if (own !== undefined && found.length === 0) throw notFound("collection", own);
  return found;
}

/** The origin of an interval's grid: as given, else now. */
export function anchorOf(checked: CheckedSchedule, now: Date): Date {
  return checked.type === "interval" && checked.config.anchor_at !== undefined
    ? new Date(checked.config.anchor_at)
    : now;
}

/** A trigger as it is at its creation. */
export function newState(
  triggerId: string,
  checked: CheckedSchedule,
  status: TriggerStatus,
  now: Date,
  anchorAt: Date,
): TriggerState {
  // The creation instant itself can be due: with start_immediately, by documents committed in that millisecond, and as
  // the first check of a condition. Everything before it counts as decided.
  const immediately =
    checked.type === "event" ||
    checked.type === "conditional" ||
    (checked.type === "interval" && checked.config.start_immediately === true);
  const settings = readSettings(checked, { createdAt: now, anchorAt });
  return {
    ...settings,
    status,
    statusSince: now,
    statusBy: null,
    delayMs: jitterMs(triggerId, settings.jitterSeconds),
    progress: {
      nextDueAt: null,
      decidedThrough: immediately ? addMs(now, -1) : now,
      closedAt: null,
      scheduledCount: 0,
      lastTriggeredAt: null,
      eventCounter: 0,
      lastCooldownAt: null,
      trial: null,
      openSkip: null,
      checks: FRESH,
    },
  };
}
