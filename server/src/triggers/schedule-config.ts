import type { TSchema } from "typebox";

import {
  scheduleConfigs,
  type ConditionalScheduleConfig,
  type CronScheduleConfig,
  type EventScheduleConfig,
  type IntervalScheduleConfig,
} from "#contract/schedule-config.ts";
import type { TriggerType } from "../db/tables.ts";
import { AppError, ValidationFailed, type Fault } from "../platform/app-error.ts";
import type { Limits } from "../platform/config.ts";
import { parseCron } from "./due-instants/cron-expression.ts";
import { checkTimezone } from "./check-timezone.ts";
import { checkCondition } from "./conditions/check-condition.ts";
import { INSTANT_TEXT, isInstantText } from "../platform/instant-text.ts";
import { nearestName } from "../platform/nearest-name.ts";

/** A trigger's type with its checked configuration, as it was given: defaults are not written into it. */
export type CheckedSchedule =
  | { readonly type: "cron"; readonly config: CronScheduleConfig }
  | { readonly type: "interval"; readonly config: IntervalScheduleConfig }
  | { readonly type: "event"; readonly config: EventScheduleConfig }
  | { readonly type: "conditional"; readonly config: ConditionalScheduleConfig };

export type ScheduleValues = Record<string, unknown>;

/**
 * Checks `schedule_config` for a type. Throws ValidationFailed with every fault of shape (unknown keys with the
 * nearest known name), then `below_floor`, `invalid_cron`, `cron_never_fires`, `invalid_timezone`, `contradictory_bounds`,
 * or for a condition `invalid_value` or `not_supported`.
 */
export function checkScheduleConfig(
  type: TriggerType,
  given: ScheduleValues,
  limits: Limits,
): CheckedSchedule {
  const faults = shapeFaults(type, given);
  if (faults.length > 0) throw new ValidationFailed(faults);
  const checked = { type, config: given } as unknown as CheckedSchedule;
  if (checked.type === "cron") {
    parseCron(checked.config.cron_expression);
    if (checked.config.timezone !== undefined) checkTimezone(checked.config.timezone);
  }
  if (checked.type === "interval") {
    checkFloor("interval_seconds", checked.config.interval_seconds, limits.minIntervalSeconds);
  }
  if (checked.type === "conditional") {
    const { check_interval_seconds: seconds } = checked.config;
    if (seconds !== undefined) checkFloor("check_interval_seconds", seconds, limits.minCheckSeconds);
    checkCondition(checked.config);
  }
  const { start_at, end_at } = checked.config;
  if (start_at !== undefined && end_at !== undefined && new Date(end_at) <= new Date(start_at)) {
    throw contradictory(`end_at (${end_at}) is not after start_at (${start_at}). Give a later end_at.`);
  }
  return checked;
}

export function contradictory(message: string): AppError {
  return new AppError("contradictory_bounds", message);
}

function checkFloor(field: string, seconds: number, least: number): void {
  if (seconds >= least) return;
  throw new AppError(
    "below_floor",
    `${field} is ${seconds}; this server takes ${least} or more. Give a longer interval.`,
    { details: { field, given: seconds, least } },
  );
}

/** A body of thousands of unknown keys is answered with the first of them, not with megabytes. */
const MOST_UNKNOWN = 20;

function shapeFaults(type: TriggerType, given: ScheduleValues): Fault[] {
  const schema = scheduleConfigs[type];
  const properties = schema.properties as Record<string, TSchema>;
  const required: readonly string[] = schema.required;
  const a = type === "event" || type === "interval" ? "an" : "a";
  const place = (key: string) => ["body", "schedule_config", key];
  const faults: Fault[] = [];
  let unknown = 0;
  for (const [key, value] of Object.entries(given)) {
    const known = Object.hasOwn(properties, key) ? properties[key] : undefined;
    if (!known) {
      if (++unknown > MOST_UNKNOWN) continue;
      const near = key.length > 100 ? undefined : nearestName(key, Object.keys(properties));
      const hint = near
        ? `did you mean '${near}'?`
        : `${a} ${type} trigger takes ${Object.keys(properties).join(", ")}`;
      faults.push({ loc: place(key.slice(0, 100)), msg: `Unknown field; ${hint}`, type: "extra_forbidden" });
      continue;
    }
    const fault = valueFault(known, value);
    if (fault) faults.push({ loc: place(key), ...fault });
  }
  for (const key of required) {
    if (given[key] === undefined) {
      faults.push({ loc: place(key), msg: `Field required for ${a} ${type} trigger`, type: "missing" });
    }
  }
  return faults;
}

/** The keywords the schemas of contract/src/schedule-config.ts use. */
interface ValueSchema {
  readonly type?: "string" | "integer" | "number" | "boolean";
  readonly anyOf?: readonly { readonly const: unknown }[];
  readonly format?: "date-time";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
}

function valueFault(schema: ValueSchema, value: unknown): Omit<Fault, "loc"> | undefined {
  if (schema.anyOf) {
    const allowed = schema.anyOf.map((literal) => literal.const);
    if (allowed.includes(value)) return undefined;
    return {
      msg: `Input should be one of ${allowed.map((one) => JSON.stringify(one)).join(", ")}`,
      type: "enum",
    };
  }
  const isRight = schema.type === "integer" ? Number.isSafeInteger(value) : typeof value === schema.type;
  if (!isRight) return { msg: `Input should be a valid ${schema.type}`, type: `${schema.type}_type` };
  if (typeof value === "number") {
    if (schema.minimum !== undefined && value < schema.minimum)
      return {
        msg: `Input should be greater than or equal to ${schema.minimum}`,
        type: "greater_than_equal",
      };
    if (schema.maximum !== undefined && value > schema.maximum)
      return { msg: `Input should be less than or equal to ${schema.maximum}`, type: "less_than_equal" };
  }
  if (typeof value === "string") {
    if (schema.format && !isInstantText(value))
      return { msg: `Input should be ${INSTANT_TEXT}`, type: "datetime" };
    if (value.length < (schema.minLength ?? 0))
      return { msg: "Input should not be empty", type: "string_too_short" };
    if (value.length > (schema.maxLength ?? Infinity))
      return { msg: `Input should have at most ${schema.maxLength} characters`, type: "string_too_long" };
  }
  return undefined;
}
