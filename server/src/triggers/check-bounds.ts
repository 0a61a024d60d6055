import { nextDueInstant } from "./due-instants/due-instants.ts";
import type { Settings } from "./read-schedule.ts";
import { contradictory, type CheckedSchedule } from "./schedule-config.ts";

/** Throws `contradictory_bounds` if the trigger could never be due after `after`: its end has passed, or nothing lies between. */
export function checkBounds(
  checked: CheckedSchedule,
  schedule: Settings["schedule"],
  after: Date,
  now: Date,
): void {
  const { start_at, end_at } = checked.config;
  if (schedule.endAt !== null && schedule.endAt <= now) {
    throw contradictory(
      `end_at (${end_at ?? ""}) is not in the future; it is ${now.toISOString()} now. Give a later end_at.`,
    );
  }
  if (schedule.kind !== "event" && nextDueInstant(schedule, after) === null) {
    throw contradictory(
      `No due instant lies between ${start_at ?? "now"} and end_at (${end_at ?? ""}). Give a later end_at or another schedule.`,
    );
  }
}
