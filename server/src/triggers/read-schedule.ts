import type { CronScheduleConfig, EventScheduleConfig } from "#contract/schedule-config.ts";
import { type Condition, readCondition } from "./conditions/condition.ts";
import { parseCron } from "./due-instants/cron-expression.ts";
import type { Bounds, TimeSchedule } from "./due-instants/due-instants.ts";
import type { CheckedSchedule } from "./schedule-config.ts";

/** Due when documents come, not when time passes. */
export interface EventSchedule extends Bounds {
  readonly kind: "event";
  readonly eventType: EventScheduleConfig["event_type"];
  readonly threshold: number;
  readonly cooldownMs: number;
  /** Null: all collections of its cluster. */
  readonly collectionId: string | null;
}

/** What an instant does that finds its cluster busy. */
export type OverlapPolicy = NonNullable<EventScheduleConfig["overlap"]>;
/** What happens to several instants that nobody decided in time. */
export type MissedPolicy = NonNullable<CronScheduleConfig["missed"]>;

export interface Settings {
  /** Of a conditional trigger the grid of its checks. */
  readonly schedule: TimeSchedule | EventSchedule;
  /** What a check has to find for a conditional trigger to fire; null for the other types. */
  readonly condition: Condition | null;
  readonly maxExecutions: number | null;
  readonly overlap: OverlapPolicy;
  /** Whether a trigger that has failed makes one trial run by itself. */
  readonly probation: boolean;
  readonly missed: MissedPolicy;
  readonly catchupWindowMs: number;
  readonly jitterSeconds: number;
}

const DEFAULT_COOLDOWN_SECONDS = 300;
const DEFAULT_CATCHUP_SECONDS = 86_400;
const DEFAULT_CHECK_SECONDS = 3_600;

/** What a checked configuration means, with its defaults filled in. */
export function readSettings(checked: CheckedSchedule, row: { createdAt: Date; anchorAt: Date }): Settings {
  const { config } = checked;
  // An event trigger has one due instant at a time, which waits until it is decided: nothing to miss, nothing to spread.
  // Of the checks that nobody made in time only the newest is worth making: what is measured is the present.
  const timeConfig: Partial<
    Pick<CronScheduleConfig, "missed" | "catchup_window_seconds" | "jitter_seconds">
  > = checked.type === "event" || checked.type === "conditional" ? {} : checked.config;
  const instant = (text: string | undefined) => (text === undefined ? null : new Date(text));
  const bounds = { startAt: instant(config.start_at), endAt: instant(config.end_at) };
  return {
    schedule: readSchedule(checked, row, bounds),
    condition: checked.type === "conditional" ? readCondition(checked.config) : null,
    maxExecutions: config.max_executions ?? null,
    overlap: config.overlap ?? "skip",
    probation: config.probation ?? false,
    missed: timeConfig.missed ?? "once",
    catchupWindowMs: 1000 * (timeConfig.catchup_window_seconds ?? DEFAULT_CATCHUP_SECONDS),
    jitterSeconds: timeConfig.jitter_seconds ?? 0,
  };
}

function readSchedule(
  checked: CheckedSchedule,
  row: { createdAt: Date; anchorAt: Date },
  bounds: Bounds,
): Settings["schedule"] {
  switch (checked.type) {
    case "cron": {
      const { cron_expression, timezone = "UTC", dst = "run_once" } = checked.config;
      return { kind: "cron", cron: parseCron(cron_expression), timezone, dst, ...bounds };
    }
    case "interval": {
      const { interval_seconds, start_immediately = false } = checked.config;
      return {
        kind: "interval",
        intervalMs: interval_seconds * 1000,
        anchor: row.anchorAt,
        extra: start_immediately ? row.createdAt : null,
        ...bounds,
      };
    }
    case "conditional": {
      const { check_interval_seconds = DEFAULT_CHECK_SECONDS } = checked.config;
      return {
        kind: "interval",
        intervalMs: check_interval_seconds * 1000,
        anchor: row.anchorAt,
        extra: null,
        ...bounds,
      };
    }
    case "event": {
      const { event_type, event_threshold, collection_id = null, cooldown_seconds } = checked.config;
      return {
        kind: "event",
        eventType: event_type,
        threshold: event_threshold,
        cooldownMs: (cooldown_seconds ?? DEFAULT_COOLDOWN_SECONDS) * 1000,
        collectionId: collection_id,
        ...bounds,
      };
    }
  }
}
