import { addMs } from "../platform/clock.ts";
import { skip, type DecisionDraft } from "./decide.ts";
import { daylightMarks, type DaylightMark } from "./due-instants/daylight-marks.ts";
import type { CronSchedule, TimeSchedule } from "./due-instants/due-instants.ts";

/** Local times that do not run because the clock changed: rows that cover no due instant. */
export function marksOf(schedule: TimeSchedule, after: Date, through: Date): DecisionDraft[] {
  if (schedule.kind !== "cron") return [];
  return daylightMarks(schedule, after, through).map((mark) =>
    skip({ first: mark.first, last: mark.last, count: 0 }, mark.reason, daylightEvidence(schedule, mark)),
  );
}

function daylightEvidence({ timezone }: CronSchedule, mark: DaylightMark): Record<string, unknown> {
  const { localTimes, count, offsetBefore, offsetAfter } = mark;
  return {
    timezone,
    local_times: localTimes,
    times: count,
    offset_before: offsetBefore,
    offset_after: offsetAfter,
  };
}

/** For a firing that stands for local times the clock skipped: which. */
export function madeUp(schedule: TimeSchedule, due: Date): { readonly dst_gap?: Record<string, unknown> } {
  if (schedule.kind !== "cron" || schedule.dst !== "run_once") return {};
  const skipped = daylightMarks({ ...schedule, dst: "skip" }, addMs(due, -1), due);
  const gap = skipped.find((mark) => mark.reason === "dst_gap");
  return gap ? { dst_gap: daylightEvidence(schedule, gap) } : {};
}
