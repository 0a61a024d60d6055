import type { BacktestResume } from "#contract/backtest.ts";
import type { Sql } from "../../db/database.ts";
import { decide } from "../decide.ts";
import { readQueues } from "../lock-clusters.ts";
import { nextAfterChange } from "../state-change.ts";
import type { TriggerRow, TriggerState } from "../trigger-state.ts";
import { toBacktestDecision } from "./backtest-decision.ts";

/**
 * What happens if a paused or failed trigger is resumed at `now`: the steps of resuming and of the scheduler's next
 * look, by the same rules, with nothing written.
 */
export async function resumeNow(run: Sql, row: TriggerRow, state: TriggerState, now: Date): Promise<BacktestResume> {
  const queue = (await readQueues(run, [row.cluster_id])).get(row.cluster_id)!;
  const circumstances = { queue, quota: null, hurry: true, check: null };
  const settled = decide(state, now, circumstances);
  const active: TriggerState = { ...state, status: "active", progress: settled.progress };
  const nextDueAt = nextAfterChange(active, now);
  const resumed = decide({ ...active, progress: { ...active.progress, nextDueAt } }, now, circumstances);
  const decisions = [...settled.decisions, ...resumed.decisions];
  const { endAt } = state.schedule;
  const next = resumed.progress.nextDueAt;
  return {
    decisions: decisions.map(toBacktestDecision),
    fires_at_once: resumed.decisions.some((draft) => draft.fires),
    next: next === null || (endAt !== null && next > endAt) ? null : next.toISOString(),
  };
} // prettier-ignore
