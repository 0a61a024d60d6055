import type { BacktestDecision } from "#contract/backtest.ts";
import type { DecisionDraft } from "../decide.ts";

export function toBacktestDecision(draft: DecisionDraft): BacktestDecision {
  return {
    first_due: draft.firstDue.toISOString(),
    last_due: draft.lastDue.toISOString(),
    count: draft.count,
    outcome: draft.outcome,
    reason: draft.reason,
    evidence: draft.evidence,
  };
}
