import type { TimeSchedule } from "./due-instants.ts";
import { countLocal } from "./local-times.ts";
import { stretchesFrom } from "./zone-offsets.ts";

const DAY_MS = 86_400_000;

/**
 * What a change of the clock has to do with an instant that is due: `dst_gap` if it stands for a local time that was
 * skipped, `dst_overlap` if its local time is shown twice, else null.
 */
export function noteOf(schedule: TimeSchedule, instant: Date): "dst_gap" | "dst_overlap" | null {
  if (schedule.kind !== "cron" || schedule.timezone === "UTC") return null;
  const { cron, timezone, dst } = schedule;
  const at = instant.getTime();
  let local: number | null = null;
  for (const stretch of stretchesFrom(timezone, at)) {
    const shown = stretch.from + stretch.offset;
    if (local === null) {
      local = at + stretch.offset;
      const makesUp = !cron.followsWallClock && dst === "run_once" && at === stretch.from;
      if (makesUp && countLocal(cron, stretch.reached, shown) > 0) return "dst_gap";
      if (local < stretch.reached) return "dst_overlap";
    } else if (local >= shown) return "dst_overlap";
    // The clock is never set back by a day or more: what comes later cannot repeat this local time.
    if (stretch.to - at >= DAY_MS) return null;
  }
  return null;
}
