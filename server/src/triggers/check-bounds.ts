import { AppError } from "../platform/app-error.ts";
import { nextDueInstant } from "./due-instants/due-instants.ts";
import type { Settings } from "./read-schedule.ts";
import { contradictory, type CheckedSchedule } from "./schedule-config.ts";

/**
 * Throws if the trigger could never be due after `after`: `contradictory_bounds` if its end has passed or nothing lies
 * between, `cron_never_fires` if its zone's clock skips every time it names and `dst` is `skip`.
 */
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
    if (schedule.kind === "cron" && schedule.endAt === null) {
      throw new AppError(
        "cron_never_fires",
        `cron_expression '${schedule.cron.text}' names only times that the clocks of ${schedule.timezone} skip, so with dst 'skip' it would never fire. Name another time, or give dst 'run_once'.`,
        { details: { cron_expression: schedule.cron.text, timezone: schedule.timezone } },
      );
    }
    throw contradictory(
      `No due instant lies between ${start_at ?? "now"} and end_at (${end_at ?? ""}). Give a later end_at or another schedule.`,
    );
  }
}
