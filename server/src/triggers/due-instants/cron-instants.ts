import type { CronSchedule } from "./due-instants.ts";
import { countLocal, nextLocal } from "./local-times.ts";
import { stretchesFrom, type ZoneStretch } from "./zone-offsets.ts";

/** What of a schedule says when it is due, without its bounds. */
type CronRule = Pick<CronSchedule, "cron" | "timezone" | "dst">;

const DAY_MS = 86_400_000;

/**
 * With `skip` an expression can name only local times that its zone never shows (02:30 on the Sunday of the change),
 * so the search has to end: the calendar's longest pause is eight years, a century is beyond doubt.
 */
const SEARCH_MS = 100 * 366 * DAY_MS;

/**
 * A zone's time is a row of stretches of constant offset; inside one, local and UTC differ by a constant. What
 * daylight saving means is decided at their joints (semantics, section 3):
 *
 * - an expression that follows the wall clock takes the local times a stretch shows: nothing in a gap, both passes
 *   of a repeated hour;
 * - one with fixed local times takes, in each stretch, the local times from where the clock had come before it. After
 *   a gap these begin with the skipped ones, which all run at the stretch's first instant, or with `skip` not at all;
 *   after a repetition they begin behind the repeated ones, which have run.
 */
function firstLocal({ cron, dst }: CronRule, stretch: ZoneStretch): number {
  const shown = stretch.from + stretch.offset;
  if (cron.followsWallClock) return shown;
  return dst === "skip" ? Math.max(shown, stretch.reached) : stretch.reached;
}

/** The first instant at or after `from`, in milliseconds; null if there is none in the century behind it. */
export function nextCronInstant(rule: CronRule, from: number): number | null {
  const { cron, timezone } = rule;
  // Local and UTC are less than a day apart, so nothing is due more than a day before the next local time: a yearly
  // expression need not look at the stretches between.
  const start = Math.max(from, nextLocal(cron, from - DAY_MS) - DAY_MS);
  for (const stretch of stretchesFrom(timezone, start)) {
    if (stretch.from - start > SEARCH_MS) break;
    const begin = firstLocal(rule, stretch);
    const local = nextLocal(cron, from <= stretch.from ? begin : Math.max(begin, from + stretch.offset));
    if (local < stretch.to + stretch.offset) return Math.max(local - stretch.offset, stretch.from);
  }
  return null;
}

/** How many instants lie in [from, to], in milliseconds. Costs a constant for each year and change of offset. */
export function countCronInstants(rule: CronRule, from: number, to: number): number {
  const { cron, timezone } = rule;
  let count = 0;
  for (const stretch of stretchesFrom(timezone, from)) {
    if (stretch.from > to) break;
    const { offset } = stretch;
    const end = Math.min(stretch.to, to + 1) + offset;
    let begin = firstLocal(rule, stretch);
    if (from > stretch.from) begin = Math.max(begin, from + offset);
    else if (begin < stretch.from + offset) {
      // The skipped times and the first one after the gap are one instant.
      const afterGap = Math.min(stretch.from + offset + 1, end);
      if (countLocal(cron, begin, afterGap) > 0) count++;
      begin = afterGap;
    }
    count += countLocal(cron, begin, end);
  }
  return count;
}
