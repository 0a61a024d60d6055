import type { BacktestDecision, BacktestResponse } from "#contract/backtest.ts";
import { connect } from "./connect.ts";
import { instant, wholeNumber } from "./options.ts";
import { printAnswer, showInstant } from "./output/answer.ts";
import { table } from "./output/table.ts";
import { readSettings } from "./read-settings.ts";

export interface BacktestOptions {
  readonly after?: string;
  readonly before?: string;
  readonly set?: string;
  readonly limit: string;
  readonly json?: boolean;
}

/** `recluster triggers backtest TRIGGER` */
export async function backtestTrigger(trigger: string, options: BacktestOptions): Promise<void> {
  const after = instant("--after", options.after);
  const before = instant("--before", options.before);
  const answer = await connect().clusterTriggers.backtest(trigger, {
    ...(after ? { after } : {}),
    ...(before ? { before } : {}),
    ...(options.set ? { schedule_config: readSettings(options.set) } : {}),
    limit: wholeNumber("--limit", options.limit),
  });
  printAnswer(options, answer, () => showBacktest(answer));
}

/** What it would have done, its decisions, and what was taken for granted. */
export function showBacktest(answer: BacktestResponse): string {
  const { text, decisions, decisions_total, assumptions } = answer;
  const parts = [text];
  if (decisions.length > 0) {
    parts.push(table(["due", "through", "times", "outcome", "reason"], decisions.map(row)));
    if (decisions_total > decisions.length) parts.push(`${decisions.length} of ${decisions_total} decisions`);
  }
  return [...parts, `Assumed: ${assumptions.join(" ")}`].join("\n\n");
}

function row(decision: BacktestDecision) {
  const { first_due, last_due, count, outcome, reason } = decision;
  return [showInstant(first_due), count > 1 ? showInstant(last_due) : "", count, outcome, reason];
}
