import type { PreviewTriggerResponse } from "#contract/preview.ts";
import { addMs } from "../../platform/clock.ts";
import { checkBounds } from "../check-bounds.ts";
import { anchorOf } from "../create-trigger.ts";
import { skippedTimes } from "../due-instants/daylight-marks.ts";
import { noteOf } from "../due-instants/daylight-note.ts";
import { instantsIn, type TimeSchedule } from "../due-instants/due-instants.ts";
import { localText, localTimeText, offsetText } from "../due-instants/local-text.ts";
import { offsetAt } from "../due-instants/zone-offsets.ts";
import { readSettings } from "../read-schedule.ts";
import type { CheckedSchedule } from "../schedule-config.ts";

/**
 * A yearly expression asked for 1,000 times would make the answer look at the offsets of a thousand years of its
 * zone, at most of a millisecond each.
 */
const HORIZON_YEARS = 100;
/** The wire writes years with four digits; a day is left for local times ahead of UTC. */
const LAST = new Date("9999-12-31T00:00:00Z");
const MAX_SKIPPED = 1000;

/**
 * The next `count` due instants of a draft after `from`, as if it were created then, and what does not run among them;
 * of a conditional trigger its checks, each of which may fire.
 * Throws as creating it would: `contradictory_bounds`, `cron_never_fires`.
 */
export function preview(
  draft: Exclude<CheckedSchedule, { type: "event" }>,
  from: Date,
  count: number,
): PreviewTriggerResponse {
  const { schedule, maxExecutions } = readSettings(draft, {
    createdAt: from,
    anchorAt: anchorOf(draft, from),
  });
  if (schedule.kind === "event")
    throw new Error("unreachable: a draft without events has instants of its own");
  // The creation itself can be due with start_immediately, and is a condition's first check.
  const fromCreation =
    draft.type === "conditional" || (draft.type === "interval" && draft.config.start_immediately === true);
  const after = fromCreation ? addMs(from, -1) : from;
  checkBounds(draft, schedule, after, from);

  const horizon = horizonOf(from);
  // A check need not fire.
  const wanted = Math.min(count, (draft.type === "conditional" ? null : maxExecutions) ?? Infinity);
  const due: Date[] = [];
  for (const instant of instantsIn(schedule, after, horizon)) {
    due.push(instant);
    if (due.length === wanted) break;
  }
  const end = schedule.endAt !== null && schedule.endAt < horizon ? schedule.endAt : horizon;
  const through = due.length === wanted ? due.at(-1)! : end;
  const zone = schedule.kind === "cron" ? schedule.timezone : "UTC";
  return {
    occurrences: due.map((instant) => ({
      at: instant.toISOString(),
      local: localText(zone, instant),
      note: noteOf(schedule, instant),
    })),
    skipped: skippedOf(schedule, after, through),
    through: through.toISOString(),
  };
}

function skippedOf(schedule: TimeSchedule, after: Date, through: Date): PreviewTriggerResponse["skipped"] {
  const skipped: PreviewTriggerResponse["skipped"] = [];
  if (schedule.kind !== "cron") return skipped;
  for (const { at, local, reason } of skippedTimes(schedule, after, through)) {
    const offset = offsetAt(schedule.timezone, at.getTime());
    skipped.push({ at: at.toISOString(), local: localTimeText(local) + offsetText(offset), note: reason });
    if (skipped.length === MAX_SKIPPED) break;
  }
  return skipped;
}

function horizonOf(from: Date): Date {
  const horizon = new Date(from);
  horizon.setUTCFullYear(horizon.getUTCFullYear() + HORIZON_YEARS);
  if (horizon < LAST) return horizon;
  return from < LAST ? LAST : from;
}
