import type { CronExpression } from "./cron-expression.ts";
import { countLocal, nextLocal } from "./local-times.ts";
import { stretchesFrom, type ZoneStretch } from "./zone-offsets.ts";

/**
 * A zone's time is a row of stretches of constant offset; inside one, local and UTC differ by a constant. What
 * daylight saving means is decided at their joints (semantics, section 3):
 *
 * - an expression that follows the wall clock takes the local times a stretch shows: nothing in a gap, both passes
 *   of a repeated hour;
 * - one with fixed local times takes, in each stretch, the local times from where the stretch before it ended. After
 *   a gap these begin with the skipped ones, which all run at the stretch's first instant; after a repetition they
 *   begin behind the repeated ones, which have run.
 */
function firstLocal(cron: CronExpression, stretch: ZoneStretch): number {
  return stretch.from + (cron.followsWallClock ? stretch.offset : stretch.offsetBefore);
}

/** The first instant at or after `from`, in milliseconds. */
export function nextCronInstant(cron: CronExpression, zone: string, from: number): number {
  for (const stretch of stretchesFrom(zone, from)) {
    const begin = firstLocal(cron, stretch);
    const local = nextLocal(cron, from <= stretch.from ? begin : Math.max(begin, from + stretch.offset));
    if (local < stretch.to + stretch.offset) return Math.max(local - stretch.offset, stretch.from);
  }
  throw new Error("unreachable: the stretches have no end");
}

/** How many instants lie in [from, to], in milliseconds. Costs a constant for each year and change of offset. */
export function countCronInstants(cron: CronExpression, zone: string, from: number, to: number): number {
  let count = 0;
  for (const stretch of stretchesFrom(zone, from)) {
    if (stretch.from > to) break;
    const { offset } = stretch;
    const end = Math.min(stretch.to, to + 1) + offset;
    let begin = firstLocal(cron, stretch);
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
