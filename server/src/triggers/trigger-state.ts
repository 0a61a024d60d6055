import type { Selectable } from "kysely";

import type { Tables, TriggerStatus } from "../db/tables.ts";
import type { ConditionProgress } from "./conditions/condition.ts";
import { jitterMs } from "./jitter.ts";
import { OPEN_LIMITS } from "./open-limits.ts";
import { readSettings, type Settings } from "./read-schedule.ts";
import { checkScheduleConfig } from "./schedule-config.ts";

export type TriggerRow = Selectable<Tables["triggers"]>;

/** The decision that the next skip for the same reason only makes longer: one row a stretch, not one an instant. */
export interface OpenSkip {
  readonly decision_id: string;
  readonly reason: string;
  /** The execution in the way, for `overlap`; the baseline that was measured against, for checks. */
  readonly run_id: string | null;
  /** The highest value of a stretch of checks below the threshold. */
  readonly highest?: number | null;
}

/** A failed trigger's one trial run: from when it may be made, and which one it is once it is. */
export interface Trial {
  readonly at: Date;
  readonly runId: string | null;
}

/** The part of a trigger that moves when instants are decided. */
export interface Progress {
  /** The next instant to decide; the closing instant counts as one. Null: none, or not yet. */
  readonly nextDueAt: Date | null;
  /** Every due instant up to here lies in a decision. */
  readonly decidedThrough: Date;
  readonly closedAt: Date | null;
  readonly scheduledCount: number;
  readonly lastTriggeredAt: Date | null;
  readonly eventCounter: number;
  readonly lastCooldownAt: Date | null;
  readonly trial: Trial | null;
  readonly openSkip: OpenSkip | null;
  /** Of a conditional trigger: what its checks have found so far. */
  readonly checks: ConditionProgress;
}

/** A trigger as the rules see it: pure values, no columns. */
export interface TriggerState extends Settings {
  readonly status: TriggerStatus;
  readonly statusSince: Date;
  readonly statusBy: string | null;
  /** Its jitter: how long after being due an instant is decided. */
  readonly delayMs: number;
  readonly progress: Progress;
}

/** Reads a row; throws if its configuration cannot be understood (it was checked when it was written). */
export function readTriggerState(row: TriggerRow): TriggerState {
  const checked = checkScheduleConfig(row.trigger_type, row.schedule_config, OPEN_LIMITS);
  const settings = readSettings(checked, { createdAt: row.created_at, anchorAt: row.anchor_at });
  return {
    ...settings,
    status: row.status,
    statusSince: row.status_since,
    statusBy: row.status_by,
    delayMs: jitterMs(row.trigger_id, settings.jitterSeconds),
    progress: {
      nextDueAt: row.next_due_at,
      decidedThrough: row.decided_through ?? row.created_at,
      closedAt: row.closed_at,
      scheduledCount: row.scheduled_count,
      lastTriggeredAt: row.last_triggered_at,
      eventCounter: row.event_counter,
      lastCooldownAt: row.last_cooldown_at,
      trial: row.trial_at === null ? null : { at: row.trial_at, runId: row.trial_run_id },
      openSkip: row.open_skip as OpenSkip | null,
      checks: { breaches: row.breaches, fired: row.fired_uncleared },
    },
  };
}
