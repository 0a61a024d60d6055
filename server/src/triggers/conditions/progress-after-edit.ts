import type { CheckedSchedule, ScheduleValues } from "../schedule-config.ts";
import type { TriggerRow } from "../trigger-state.ts";
import { readCondition } from "./condition.ts";

/**
 * What earlier checks still say under edited settings: those that breached another threshold breach nothing, and what
 * another metric has fired for is not waited for.
 */
export function progressAfterEdit(
  row: TriggerRow,
  checked: CheckedSchedule,
): Pick<TriggerRow, "breaches" | "fired_uncleared"> {
  const { breaches, fired_uncleared } = row;
  if (checked.type !== "conditional") return { breaches, fired_uncleared };
  // It was checked when it was written.
  const before = readCondition(row.schedule_config as ScheduleValues as typeof checked.config);
  const now = readCondition(checked.config);
  const sameMetric = before.type === now.type && before.metric === now.metric;
  return {
    breaches: sameMetric && before.threshold === now.threshold ? breaches : 0,
    fired_uncleared: sameMetric && fired_uncleared,
  };
}
