import type { BacktestResume } from "#contract/backtest.ts";
import type { Backtest } from "./backtest.ts";

/** The figures as one paragraph for a person. */
export function tellBacktest(figures: Omit<Backtest, "text">): string {
  const { after, before, firings, suppressed, by_reason, expected_compute_minutes, actual, unknown } =
    figures;
  const reasons = Object.entries(by_reason)
    .filter(([, { instants }]) => instants > 0)
    .map(([reason, { instants }]) => `${instants} ${reason}`);
  const sentences = [
    `From ${after} to ${before} it would have fired ${times(firings)} and been kept from it ${times(suppressed)}${reasons.length > 0 ? ` (${reasons.join(", ")})` : ""}.`,
    expected_compute_minutes === null
      ? "How long that would have computed is not known, since no run of the cluster has completed."
      : `That is about ${expected_compute_minutes} minutes of computing.`,
    ...(actual ? [`It really fired ${times(actual.firings)} in that time.`] : []),
    ...unknown.map(({ what }) => what),
  ];
  return sentences.join(" ");
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}

/** What resuming it now does, in a sentence. */
export function tellResume({ decisions, fires_at_once, next }: BacktestResume): string {
  const kept = decisions.filter((row) => row.outcome === "skipped");
  const instants = kept.reduce((sum, row) => sum + row.count, 0);
  return [
    `Resumed now, it would ${fires_at_once ? "fire at once" : "not fire at once"}`,
    instants > 0
      ? ` and record ${instants} due instant(s) as ${kept.map((row) => row.reason).join(", ")}`
      : "",
    next === null ? "; no instant would be scheduled after that." : `; it would be due next at ${next}.`,
  ].join("");
}
