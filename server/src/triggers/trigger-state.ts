import type { Selectable } from "kysely";

import type { Tables, TriggerStatus } from "../db/tables.ts";
import { OPEN_LIMITS } from "./open-limits.ts";
import { readSettings, type Settings } from "./read-schedule.ts";
import { checkScheduleConfig } from "./schedule-config.ts";

export type TriggerRow = Selectable<Tables["triggers"]>;

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
}

/** A trigger as the rules see it: pure values, no columns. */
export interface TriggerState extends Settings {
  readonly status: TriggerStatus;
  readonly statusSince: Date;
  readonly statusBy: string | null;
  readonly progress: Progress;
}

/** Reads a row; throws if its configuration cannot be understood (it was checked when it was written). */
export function readTriggerState(row: TriggerRow): TriggerState {
  const checked = checkScheduleConfig(row.trigger_type, row.schedule_config, OPEN_LIMITS);
  return {
    ...readSettings(checked, { createdAt: row.created_at, anchorAt: row.anchor_at }),
    status: row.status,
    statusSince: row.status_since,
    statusBy: row.status_by,
    progress: {
      nextDueAt: row.next_due_at,
      decidedThrough: row.decided_through ?? row.created_at,
      closedAt: row.closed_at,
      scheduledCount: row.scheduled_count,
      lastTriggeredAt: row.last_triggered_at,
      eventCounter: row.event_counter,
      lastCooldownAt: row.last_cooldown_at,
    },
  };
}
